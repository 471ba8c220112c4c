import type { Attributes, Batch, Item } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import type { RedactionConfig } from './config.ts';
import type { Finding } from './entity.ts';
import { entities, userFindings } from './entity.ts';

/** Where a value was found: the item itself, or what it shares with others. */
type Owner = 'item' | 'resource' | 'scope';

/** What became of an attribute, as the Collector tells it: taken away, its value replaced, let be on purpose, not looked into. */
export type Fate = 'redacted' | 'masked' | 'allowed' | 'ignored';

interface Tally {
  readonly byFinding: Map<Finding, number>;
  readonly byFate: Map<Fate, Set<string>>;
}

/**
 * What was done in one batch, to be written as attributes beside it: `redaction.<fate>.count` and `redaction.<fate>.keys`
 * as the Collector's, and `redaction.<entity>.count`. What is counted adds to what a redaction before has counted, save what
 * the next one meets again: allowed and ignored attributes.
 */
export interface Summary {
  /** Counts one value. */
  addValue(owner: Owner, item: number, finding: Finding): void;
  /** Names an attribute, or the place where there is none; `key` must be free of what was found in it. */
  addKey(owner: Owner, item: number, fate: Fate, key: string): void;
  write(batch: Batch): void;
}

/** Makes summaries for one processor; the keys are interned once. */
export function createSummaries(
  config: Pick<RedactionConfig, 'summary' | 'mode' | 'custom'>,
  keys: Keys,
): () => Summary {
  const write = createWriter(config, keys);
  return () => {
    const tallies: Record<Owner, Map<number, Tally>> = {
      item: new Map(),
      resource: new Map(),
      scope: new Map(),
    };
    const tallyOf = (owner: Owner, item: number): Tally => {
      const tally = tallies[owner].get(item) ?? { byFinding: new Map(), byFate: new Map() };
      tallies[owner].set(item, tally);
      return tally;
    };
    return {
      addValue(owner, item, finding) {
        const { byFinding } = tallyOf(owner, item);
        byFinding.set(finding, (byFinding.get(finding) ?? 0) + 1);
      },
      addKey(owner, item, fate, key) {
        const { byFate } = tallyOf(owner, item);
        byFate.set(fate, (byFate.get(fate) ?? new Set()).add(key));
      },
      write(batch) {
        for (const item of batch) writeItem(item, tallies, write);
      },
    };
  };
}

type Write = (attributes: Attributes, tally: Tally) => void;

function writeItem(item: Item, tallies: Record<Owner, Map<number, Tally>>, write: Write): void {
  const own = tallies.item.get(item.ordinal);
  if (own !== undefined) write(item.attributes, own);
  const resource = tallies.resource.get(item.ordinal);
  if (resource !== undefined) write(item.resource, resource);
  const scope = tallies.scope.get(item.ordinal);
  if (scope !== undefined) write(item.scope.attributes, scope);
}

const findings: readonly Finding[] = [...entities, ...userFindings];

/** In the order in which they are written. */
const fates: readonly Fate[] = ['redacted', 'masked', 'allowed', 'ignored'];
/** The Collector counts ignored attributes and does not name them. */
const named: readonly Fate[] = ['redacted', 'masked', 'allowed'];
/** The next redaction meets these again, and redacting twice changes nothing. */
const lasting: ReadonlySet<Fate> = new Set<Fate>(['allowed', 'ignored']);

const namesKeys: ReadonlySet<string> = new Set(named.map((fate) => `redaction.${fate}.keys`));

/** True for the attributes that a summary writes; the user's rules for keys do not concern them. */
export function isSummaryKey(key: string): boolean {
  return namesKeys.has(key) || /^redaction\.[a-z0-9_]+\.count$/.test(key);
}

/** Keys of one summary attribute hold at most so many names. */
const maxKeys = 64;

function createWriter(
  config: Pick<RedactionConfig, 'summary' | 'mode' | 'custom'>,
  keys: Keys,
): Write {
  if (config.summary === 'silent' || config.summary === '') return () => undefined;
  const countKeys = interned(fates, (fate) => keys.key(`redaction.${fate}.count`));
  const nameKeys = interned(config.summary === 'debug' ? named : [], (fate) =>
    keys.key(`redaction.${fate}.keys`),
  );
  const findingKeys = interned([...findings, ...config.custom.map(({ name }) => name)], (finding) =>
    keys.key(`redaction.${finding}.count`),
  );
  return (attributes, { byFinding, byFate }) => {
    for (const [finding, count] of byFinding) {
      const key = findingKeys.get(finding);
      if (key !== undefined) addTo(attributes, key, count);
    }
    for (const fate of fates) {
      const names = byFate.get(fate);
      const countKey = countKeys.get(fate);
      if (names === undefined || countKey === undefined) continue;
      if (lasting.has(fate)) raiseTo(attributes, countKey, names.size);
      else addTo(attributes, countKey, names.size);
      const nameKey = nameKeys.get(fate);
      if (nameKey !== undefined) addNames(attributes, nameKey, names);
    }
  };
}

function interned<Name>(
  names: readonly Name[],
  keyOf: (name: Name) => Key,
): ReadonlyMap<Name, Key> {
  return new Map(names.map((name) => [name, keyOf(name)]));
}

function addTo(attributes: Attributes, key: Key, count: number): void {
  attributes.setInt(key, countBefore(attributes, key) + count);
}

function raiseTo(attributes: Attributes, key: Key, count: number): void {
  if (count > countBefore(attributes, key)) attributes.setInt(key, count);
}

/** What a redaction before has counted; the attribute may come from anywhere. */
function countBefore(attributes: Attributes, key: Key): number {
  const before = attributes.number(key) ?? 0;
  return Number.isSafeInteger(before) && before > 0 ? before : 0;
}

function addNames(attributes: Attributes, key: Key, names: ReadonlySet<string>): void {
  const before = attributes.string(key) ?? '';
  const all = new Set([...before.split(',').filter((name) => name !== ''), ...names]);
  const joined = [...all].sort().slice(0, maxKeys).join(',');
  if (joined !== before) attributes.setString(key, joined);
}
