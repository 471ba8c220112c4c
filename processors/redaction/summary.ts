import type {
  Additions,
  Attributes,
  Batch,
  Item,
  TextKind,
  Texts,
  ValueKind,
} from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import type { RedactionConfig } from './config.ts';
import type { Finding } from './entity.ts';
import { entities, userFindings } from './entity.ts';

/** Where a value was found: the item itself, or what it shares with others. */
type Owner = 'item' | 'resource' | 'scope';

/** What became of an attribute, as the Collector tells it: taken away, its value replaced, let be on purpose, not looked into. */
export type Fate = 'redacted' | 'masked' | 'allowed' | 'ignored';

/** What concerns one owner. Few things are counted of one, so that lists are faster than maps. */
interface Tally {
  readonly findings: Finding[];
  /** How often each of `findings` was found. */
  readonly counts: number[];
  readonly fates: Fate[];
  /** The attributes that each of `fates` befell. */
  readonly names: Set<string>[];
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
  /**
   * Writes it beside texts that are being replaced, which costs little, and returns true; where attributes of its names are
   * there already, which only `write` can read, it leaves that to it, and returns false.
   */
  writeBeside(texts: Texts): boolean;
  /** Writes what is not written yet. */
  write(batch: Batch): void;
}

type Tallies = Readonly<Record<Owner, Map<number, Tally>>>;

const owners: readonly Owner[] = ['item', 'resource', 'scope'];

/** Makes summaries for one processor; the keys are interned once. */
export function createSummaries(
  config: Pick<RedactionConfig, 'summary' | 'mode' | 'custom'>,
  keys: Keys,
): () => Summary {
  const entriesOf = createEntries(config, keys);
  return () => {
    const tallies: Tallies = { item: new Map(), resource: new Map(), scope: new Map() };
    const tallyOf = (owner: Owner, item: number): Tally => {
      let tally = tallies[owner].get(item);
      if (tally === undefined) {
        tally = { findings: [], counts: [], fates: [], names: [] };
        tallies[owner].set(item, tally);
      }
      return tally;
    };
    return {
      addValue(owner, item, finding) {
        const { findings, counts } = tallyOf(owner, item);
        const at = findings.indexOf(finding);
        if (at >= 0) counts[at] = (counts[at] ?? 0) + 1;
        else {
          findings.push(finding);
          counts.push(1);
        }
      },
      addKey(owner, item, fate, key) {
        const tally = tallyOf(owner, item);
        const known = tally.names[tally.fates.indexOf(fate)];
        if (known === undefined) {
          tally.fates.push(fate);
          tally.names.push(new Set([key]));
        } else known.add(key);
      },
      writeBeside(texts) {
        for (const owner of owners) writeOwner(texts, owner, tallies[owner], entriesOf);
        return owners.every((owner) => tallies[owner].size === 0);
      },
      write(batch) {
        for (const item of batch) writeItem(item, tallies, entriesOf);
      },
    };
  };
}

type EntriesOf = (tally: Tally) => Entry[];

function writeOwner(
  texts: Texts,
  owner: Owner,
  tallies: Map<number, Tally>,
  entriesOf: EntriesOf,
): void {
  for (const [item, tally] of tallies) {
    const additions = texts.additions(owner, item, prefix);
    if (additions === undefined) continue;
    addSummary(additions, entriesOf(tally));
    tallies.delete(item);
  }
}

function writeItem(item: Item, tallies: Tallies, entriesOf: EntriesOf): void {
  const write = (attributes: Attributes, tally: Tally | undefined): void => {
    if (tally !== undefined) addToSummary(attributes, entriesOf(tally));
  };
  write(item.attributes, tallies.item.get(item.ordinal));
  write(item.resource, tallies.resource.get(item.ordinal));
  write(item.scope.attributes, tallies.scope.get(item.ordinal));
}

/** In the order in which they are written. */
const allFates: readonly Fate[] = ['redacted', 'masked', 'allowed', 'ignored'];
/** The Collector counts ignored attributes and does not name them. */
const named: readonly Fate[] = ['redacted', 'masked', 'allowed'];
/** The next redaction meets these again, and redacting twice changes nothing. */
const lasting: ReadonlySet<Fate> = new Set<Fate>(['allowed', 'ignored']);

/** What the names of all attributes of a summary begin with. */
const prefix = 'redaction.';

function countName(counted: string): string {
  return `${prefix}${counted}.count`;
}

function namesName(fate: Fate): string {
  return `${prefix}${fate}.keys`;
}

/** All that a processor may find, the user's own findings included. */
function findingsOf({ custom }: Pick<RedactionConfig, 'custom'>): Finding[] {
  return [...entities, ...userFindings, ...custom.map(({ name }) => name)];
}

/**
 * Makes a function that is true for attributes that a summary of this processor may have written: counts of what it knows,
 * and names; of kind `key` it is the key itself. The user's rules for keys do not concern them.
 */
export function createSummaryCheck(
  config: Pick<RedactionConfig, 'custom'>,
): (key: string, kind: ValueKind | TextKind) => boolean {
  const kinds = new Map<string, ValueKind>([
    ...[...allFates, ...findingsOf(config)].map((name) => [countName(name), 'int'] as const),
    ...named.map((fate) => [namesName(fate), 'string'] as const),
  ]);
  return (key, kind) => kinds.has(key) && (kind === 'key' || kind === kinds.get(key));
}

/** Keys of one summary attribute hold at most so many names. */
const maxKeys = 64;

/** One attribute of a summary: a count, or the names that are counted. */
interface Entry {
  readonly key: Key;
  readonly value: number | ReadonlySet<string>;
  /** The next redaction meets again what is counted. */
  readonly isLasting: boolean;
}

/** Makes the function that tells what is written of a tally, no key twice. */
function createEntries(
  config: Pick<RedactionConfig, 'summary' | 'mode' | 'custom'>,
  keys: Keys,
): EntriesOf {
  if (config.summary === 'silent' || config.summary === '') return () => [];
  const countKeys = interned(allFates, (fate) => keys.key(countName(fate)));
  const nameKeys = interned(config.summary === 'debug' ? named : [], (fate) =>
    keys.key(namesName(fate)),
  );
  const findingKeys = interned(findingsOf(config), (finding) => keys.key(countName(finding)));
  return ({ findings, counts, fates, names }) => {
    const entries: Entry[] = [];
    const add = (key: Key | undefined, value: Entry['value'], isLasting = false): void => {
      if (key !== undefined) entries.push({ key, value, isLasting });
    };
    findings.forEach((finding, at) => {
      add(findingKeys.get(finding), counts[at] ?? 0);
    });
    for (const fate of allFates) {
      const befallen = names[fates.indexOf(fate)];
      if (befallen === undefined) continue;
      add(countKeys.get(fate), befallen.size, lasting.has(fate));
      add(nameKeys.get(fate), befallen);
    }
    return entries;
  };
}

/** Writes a summary where there is none. */
function addSummary(additions: Additions, entries: readonly Entry[]): void {
  for (const { key, value } of entries) {
    if (typeof value === 'number') additions.setInt(key, value);
    else additions.setString(key, joined(value));
  }
}

/** Writes a summary over what a redaction before has written. */
function addToSummary(attributes: Attributes, entries: readonly Entry[]): void {
  for (const { key, value, isLasting } of entries) {
    if (typeof value !== 'number') addNames(attributes, key, value);
    else if (isLasting) raiseTo(attributes, key, value);
    else addTo(attributes, key, value);
  }
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
  const after = joined(all);
  if (after !== before) attributes.setString(key, after);
}

function joined(names: ReadonlySet<string>): string {
  return [...names].sort().slice(0, maxKeys).join(',');
}
