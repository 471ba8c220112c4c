import type { Attributes, Batch, Item } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import type { RedactionConfig } from './config.ts';
import type { Finding } from './entity.ts';
import { entities, userFindings } from './entity.ts';

/** Where a value was found: the item itself, or what it shares with others. */
type Owner = 'item' | 'resource' | 'scope';

interface Tally {
  total: number;
  readonly byFinding: Map<Finding, number>;
  readonly keys: Set<string>;
}

/**
 * What was found in one batch, to be written as attributes beside it: `redaction.masked.count`, `redaction.masked.keys`
 * and `redaction.<entity>.count`. Counts add to those of a redaction before.
 */
export interface Summary {
  /** `key` must be free of what was found in it. */
  add(owner: Owner, item: number, finding: Finding, key: string): void;
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
    return {
      add(owner, item, finding, key) {
        const tally = tallies[owner].get(item) ?? createTally();
        tallies[owner].set(item, tally);
        tally.total++;
        tally.byFinding.set(finding, (tally.byFinding.get(finding) ?? 0) + 1);
        tally.keys.add(key);
      },
      write(batch) {
        for (const item of batch) writeItem(item, tallies, write);
      },
    };
  };
}

function createTally(): Tally {
  return { total: 0, byFinding: new Map(), keys: new Set() };
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

const countName = 'redaction.masked.count';
const namesName = 'redaction.masked.keys';
const summaryNames = new Set([
  countName,
  namesName,
  ...findings.map((finding) => `redaction.${finding}.count`),
]);

/** True for the attributes that a summary writes; the user's rules for keys do not concern them. */
export function isSummaryKey(key: string): boolean {
  return summaryNames.has(key) || /^redaction\.[a-z0-9_]+\.count$/.test(key);
}

/** Keys of one summary attribute hold at most so many names. */
const maxKeys = 64;

function createWriter(
  config: Pick<RedactionConfig, 'summary' | 'mode' | 'custom'>,
  keys: Keys,
): Write {
  if (config.summary === 'silent' || config.summary === '') return () => undefined;
  const countKey = keys.key(countName);
  const namesKey = keys.key(namesName);
  const findingKeys = new Map<Finding, Key>(
    [...findings, ...config.custom.map(({ name }) => name)].map((finding) => [
      finding,
      keys.key(`redaction.${finding}.count`),
    ]),
  );
  const isAudit = config.mode === 'audit';
  return (attributes, tally) => {
    for (const [finding, count] of tally.byFinding) {
      const key = findingKeys.get(finding);
      if (key !== undefined) addTo(attributes, key, count);
    }
    if (isAudit) return;
    addTo(attributes, countKey, tally.total);
    if (config.summary === 'debug') addNames(attributes, namesKey, tally.keys);
  };
}

function addTo(attributes: Attributes, key: Key, count: number): void {
  const before = attributes.number(key) ?? 0;
  attributes.setInt(key, Number.isSafeInteger(before) && before > 0 ? before + count : count);
}

function addNames(attributes: Attributes, key: Key, names: ReadonlySet<string>): void {
  const before = attributes.string(key)?.split(',') ?? [];
  const all = [...new Set([...before.filter((name) => name !== ''), ...names])].sort();
  attributes.setString(key, all.slice(0, maxKeys).join(','));
}
