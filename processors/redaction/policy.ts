import type { TextKind, ValueKind } from '../../pipeline/batch/batch.ts';
import type { Action, ActionKeys } from './actions.ts';
import { replacementOf } from './actions.ts';
import { askedActions } from './asked-actions.ts';
import type { RedactionConfig } from './config.ts';
import { isContentKey } from './content-keys.ts';
import { createDenyList } from './deny-list.ts';
import type { Detector } from './detector.ts';
import { nationalPhone } from './detectors/national-phone.ts';
import { detectorsOf } from './detectors/table.ts';
import { parseEncryptionKey } from './encryption.ts';
import type { Entity, Finding } from './entity.ts';
import { entities, isEntity } from './entity.ts';
import type { Hit } from './hits.ts';
import type { OwnPattern, OwnPatterns } from './own-patterns.ts';
import { createOwnPatterns } from './own-patterns.ts';
import type { Override } from './overrides.ts';
import { createOverrides } from './overrides.ts';
import { presets, regionsOf } from './presets.ts';
import { rememberByKey } from './remember.ts';
import { createSummaryCheck } from './summary.ts';
import type { UserPattern } from './user-pattern.ts';
import { checkPattern } from './user-pattern.ts';

/** What the factory reads for the workers. */
export interface RedactionPrepared {
  readonly hmacKey: string | undefined;
  /** In hex or base64; undefined where nothing is encrypted. */
  readonly encryptionKey: string | undefined;
  /** Made at random where there is no `hmacKey`: pseudonyms then differ from run to run. */
  readonly pseudonymKey: string;
  readonly denyTerms: readonly string[];
  readonly allowTerms: readonly string[];
}

/** What is to be done with an attribute, told by its key. */
type KeyVerdict = 'scan' | 'ignore' | 'block' | 'remove';

/** The configuration, made ready to be asked. */
export interface Policy {
  readonly isAudit: boolean;
  readonly detectors: readonly Detector[];
  readonly ownPatterns: OwnPatterns;
  readonly overrides: readonly Override[];
  /** False where every key is scanned, so that nobody need ask. */
  readonly hasKeyRules: boolean;
  readonly removesKeys: boolean;
  readonly blocksKeys: boolean;
  readonly dropsContent: boolean;
  /** True where an action needs to know the trace. */
  readonly needsTraces: boolean;
  /** What is to be done with the attribute `key` or a text in it, which is of `kind`. */
  verdictOf(key: string, kind: ValueKind | TextKind): KeyVerdict;
  /** The action where no override fits, `off` where only an override asks for it. */
  actionOf(finding: Finding): Action | 'off';
  replace(finding: Finding, value: string, action: Action, traceId: string): string;
  /** True where the user lets the value that was found in `bytes` be. */
  isAllowed(bytes: Uint8Array, hit: Hit): boolean;
}

/** Makes the policy of one processor; called once a worker. */
export function createPolicy(config: RedactionConfig, prepared: RedactionPrepared): Policy {
  const keys = actionKeysOf(config, prepared);
  const own = createOwnPatterns(ownPatternsOf(config));
  return {
    ...keyRules(config),
    isAudit: config.mode === 'audit',
    detectors: [...detectorsFor(config, prepared), ...own.gates],
    ownPatterns: own,
    overrides: createOverrides(config.overrides),
    dropsContent: config.content === 'drop',
    needsTraces: askedActions(config).has('pseudonym'),
    actionOf: createActionOf(config),
    replace: (finding, value, action, traceId) =>
      replacementOf({ finding, value, action, traceId }, keys),
    isAllowed: createAllowed(config, prepared),
  };
}

function detectorsFor(config: RedactionConfig, prepared: RedactionPrepared): Detector[] {
  const regions = new Set(config.regions);
  const isWanted = (entity: Entity): boolean => {
    const own = config.entities[entity];
    if (own !== undefined) return own !== 'off';
    if (config.overrides.some((override) => override.entities[entity] !== undefined)) return true;
    const of = regionsOf(entity);
    const isThere =
      regions.size === 0 || of.length === 0 || of.some((region) => regions.has(region));
    return isThere && presets[config.preset].includes(entity);
  };
  const wanted = entities.filter(isWanted);
  const phones = wanted.includes('phone') ? nationalPhone(config.regions) : [];
  const denied = prepared.denyTerms.length > 0 ? [createDenyList(prepared.denyTerms)] : [];
  return [...detectorsOf(wanted), ...phones, ...denied];
}

function createActionOf(config: RedactionConfig): Policy['actionOf'] {
  const fallback: Action = config.hash_function === '' ? config.action : 'hash';
  const customs = new Map(config.custom.map(({ name, action }) => [name, action ?? fallback]));
  return rememberByKey((finding) => {
    if (!isEntity(finding)) return customs.get(finding) ?? fallback;
    const own = config.entities[finding];
    if (own !== undefined) return own;
    return finding === 'deny_list' || presets[config.preset].includes(finding) ? fallback : 'off';
  });
}

function actionKeysOf(config: RedactionConfig, prepared: RedactionPrepared): ActionKeys {
  const hash = prepared.hmacKey ?? config.hmac_key;
  return {
    algorithm: config.hash_function === 'hmac-sha512' ? 'sha512' : 'sha256',
    hash,
    id: config.hmac_key_id,
    pseudonym: hash ?? prepared.pseudonymKey,
    encryption:
      prepared.encryptionKey === undefined ? undefined : parseEncryptionKey(prepared.encryptionKey),
    encryptionId: config.encryption_key_id,
  };
}

/** What `blocked_values` and `custom` describe. */
export function ownPatternsOf(
  config: Pick<RedactionConfig, 'blocked_values' | 'custom'>,
): OwnPattern[] {
  const blocked = compile(config.blocked_values).map((pattern) => ({
    finding: 'blocked_value',
    pattern,
    keywords: [],
  }));
  const customs = config.custom.flatMap(({ name, pattern: source, keywords }) =>
    compile([source]).map((pattern) => ({ finding: name, pattern, keywords })),
  );
  return [...blocked, ...customs];
}

function compile(sources: readonly string[]): UserPattern[] {
  return sources.flatMap((source) => {
    const checked = checkPattern(source);
    return checked.ok ? [checked.pattern] : [];
  });
}

function createAllowed(config: RedactionConfig, prepared: RedactionPrepared): Policy['isAllowed'] {
  const patterns = compile(config.allowed_values);
  const terms = new Set(prepared.allowTerms.map((term) => term.toLowerCase()));
  if (patterns.length + terms.size === 0) return () => false;
  return (bytes, { entity, start, end }) => {
    // What was said is left out for being content, whatever it says.
    if (entity === 'content') return false;
    const value = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
    if (terms.has(value.toLowerCase())) return true;
    if (value.length > maxAllowedChars) return false;
    // Of a blocked key's value nobody has told apart what is secret: a pattern must know all of it.
    const fits = entity === 'blocked_key' ? 'covers' : 'test';
    return patterns.some((pattern) => pattern[fits](value));
  };
}

/** What nobody would allow, but what would keep a large pattern busy for seconds. */
const maxAllowedChars = 65_536;

function keyRules(
  config: RedactionConfig,
): Pick<Policy, 'hasKeyRules' | 'removesKeys' | 'blocksKeys' | 'verdictOf'> {
  const ignored = new Set(config.ignored_keys);
  const ignoredPatterns = compile(config.ignored_key_patterns);
  const allowed = new Set(config.allowed_keys);
  const blocked = compile(config.blocked_key_patterns);
  const removesUnlisted = !(config.allow_all_keys ?? allowed.size === 0);
  const dropsContent = config.content === 'drop';
  const isSummary = createSummaryCheck(config);
  const verdictOf = rememberByKey((key): KeyVerdict => {
    if (ignored.has(key) || ignoredPatterns.some((pattern) => pattern.test(key))) {
      return 'ignore';
    }
    if (dropsContent && isContentKey(key)) return 'remove';
    if (removesUnlisted && !allowed.has(key)) return 'remove';
    return blocked.some((pattern) => pattern.test(key)) ? 'block' : 'scan';
  });
  return {
    removesKeys: removesUnlisted || dropsContent,
    blocksKeys: blocked.length > 0,
    hasKeyRules: ignored.size + ignoredPatterns.length + blocked.length > 0,
    verdictOf: (key, kind) => (isSummary(key, kind) ? 'scan' : verdictOf(key)),
  };
}
