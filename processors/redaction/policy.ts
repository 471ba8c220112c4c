import type { Action, HashKey } from './actions.ts';
import { replacementOf } from './actions.ts';
import type { RedactionConfig } from './config.ts';
import type { Detector } from './detector.ts';
import { detectorsOf } from './detectors/table.ts';
import type { Entity, Finding } from './entity.ts';
import { entities } from './entity.ts';
import { isSummaryKey } from './summary.ts';
import { checkPattern } from './user-pattern.ts';

/** What the factory reads for the workers. */
export interface RedactionPrepared {
  readonly hmacKey: string | undefined;
}

/** What is to be done with an attribute, told by its key. */
type KeyVerdict = 'scan' | 'ignore' | 'block' | 'remove';

/** The configuration, made ready to be asked. */
export interface Policy {
  readonly isAudit: boolean;
  readonly detectors: readonly Detector[];
  readonly blockedValues: readonly RegExp[];
  /** False where every key is scanned, so that nobody need ask. */
  readonly hasKeyRules: boolean;
  readonly removesKeys: boolean;
  verdictOf(key: string): KeyVerdict;
  actionOf(finding: Finding): Action;
  readonly replace: (finding: Finding, value: string) => string;
  isAllowed(value: string): boolean;
}

const presets: Readonly<Record<RedactionConfig['preset'], readonly Entity[]>> = {
  default: entities,
  all: entities,
  secrets: ['private_key', 'jwt', 'api_key', 'url_credentials', 'credential'],
  pci: ['card', 'card_security_code'],
  none: [],
};

/** Makes the policy of one processor; called once a worker. */
export function createPolicy(config: RedactionConfig, prepared: RedactionPrepared): Policy {
  const hashKey = hashKeyOf(config, prepared);
  const fallback: Action = config.hash_function === '' ? config.action : 'hash';
  const actionOf = (finding: Finding): Action => {
    const own = isEntity(finding) ? config.entities[finding] : undefined;
    return own === undefined || own === 'off' ? fallback : own;
  };
  const wanted = entities.filter((entity) => {
    const own = config.entities[entity];
    return own === undefined ? presets[config.preset].includes(entity) : own !== 'off';
  });
  const allowed = compile(config.allowed_values);
  return {
    ...keyRules(config),
    isAudit: config.mode === 'audit',
    detectors: detectorsOf(wanted),
    blockedValues: compile(config.blocked_values),
    actionOf,
    replace: (finding, value) => replacementOf(finding, value, actionOf(finding), hashKey),
    isAllowed: (value) => allowed.some((pattern) => matches(pattern, value)),
  };
}

function isEntity(finding: Finding): finding is Entity {
  return finding !== 'blocked_value' && finding !== 'blocked_key';
}

function hashKeyOf(config: RedactionConfig, prepared: RedactionPrepared): HashKey | undefined {
  const key = prepared.hmacKey ?? config.hmac_key;
  if (key === undefined) return undefined;
  const algorithm = config.hash_function === 'hmac-sha512' ? 'sha512' : 'sha256';
  return { algorithm, key, id: config.hmac_key_id };
}

function compile(sources: readonly string[]): RegExp[] {
  return sources.flatMap((source) => {
    const checked = checkPattern(source);
    return checked.ok ? [checked.pattern] : [];
  });
}

/** Longer values are judged by their beginning, which bounds the time a pattern takes. */
const maxJudged = 512;

function matches(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(text.slice(0, maxJudged));
}

/** Verdicts that are remembered; keys come from outside and may be many. */
const maxRemembered = 4096;

function keyRules(
  config: RedactionConfig,
): Pick<Policy, 'hasKeyRules' | 'removesKeys' | 'verdictOf'> {
  const ignored = new Set(config.ignored_keys);
  const allowed = new Set(config.allowed_keys);
  const blocked = compile(config.blocked_key_patterns);
  const removesKeys = !(config.allow_all_keys ?? allowed.size === 0);
  const remembered = new Map<string, KeyVerdict>();
  const judge = (key: string): KeyVerdict => {
    if (isSummaryKey(key)) return 'scan';
    if (ignored.has(key)) return 'ignore';
    if (removesKeys && !allowed.has(key)) return 'remove';
    return blocked.some((pattern) => matches(pattern, key)) ? 'block' : 'scan';
  };
  return {
    removesKeys,
    hasKeyRules: ignored.size > 0 || blocked.length > 0,
    verdictOf(key) {
      const known = remembered.get(key);
      if (known !== undefined) return known;
      const verdict = judge(key);
      if (remembered.size >= maxRemembered) remembered.clear();
      remembered.set(key, verdict);
      return verdict;
    },
  };
}
