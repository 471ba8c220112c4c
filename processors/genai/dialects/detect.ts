import type { Attributes, Item } from '../../../pipeline/batch/batch.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import { ShapeCache } from '../../../pipeline/batch/shape-cache.ts';
import type { Dialect, DialectName, DialectReader } from './dialect.ts';

/** A dialect with its keys interned. */
export interface ActiveDialect {
  readonly name: DialectName;
  readonly isFirstHand: boolean;
  readonly isToldByScope: boolean;
  readonly reader: DialectReader;
}

/** Finds the dialect of a span; undefined for spans that are not about GenAI. */
export type Detect = (span: Item) => ActiveDialect | undefined;

/** Enough for the scopes of any fleet; hostile scope names start the cache over. */
const maxCachedScopes = 1024;

/**
 * Creates the detector of a worker. The scope's name decides which dialect a span is in, else its keys do, in the order
 * of the table; a span without any telling key is none, save where
 * the scope is enough.
 */
export function createDetector(keys: Keys, dialects: readonly Dialect[]): Detect {
  const active = dialects.map((dialect): ActiveDialect => ({
    name: dialect.name,
    isFirstHand: dialect.isFirstHand === true,
    isToldByScope: dialect.isToldByScope === true,
    reader: dialect.create(keys),
  }));
  const byScope = createScopeTable(dialects, active);
  const evidence = createEvidence(keys, dialects);
  return ({ attributes, scope }) => {
    const named = byScope(scope.name, scope.version);
    const place = evidence(attributes);
    if (place !== none) return named ?? active[place];
    return named?.isToldByScope === true ? named : undefined;
  };
}

/** Stands for a dialect that comes after all others. */
const none = 0x7fffffff;

/** Returns a function that gives the first dialect, by its place in the table, of which a span has a telling key, or `none`. */
function createEvidence(
  keys: Keys,
  dialects: readonly Dialect[],
): (attributes: Attributes) => number {
  const places: number[] = [];
  for (const [place, { evidence }] of dialects.entries()) {
    for (const name of evidence) places[keys.key(name).id] ??= place;
  }
  const known = new ShapeCache<number>();
  return (attributes) => {
    const seen = attributes.keys();
    let first = known.get(seen.shape);
    if (first !== undefined) return first;
    first = none;
    for (let i = 0; i < seen.count; i++) first = Math.min(first, places[seen.ids[i] ?? 0] ?? none);
    known.set(seen.shape, first);
    return first;
  };
}

type ScopeTable = (name: string, version: string) => ActiveDialect | undefined;

function createScopeTable(
  dialects: readonly Dialect[],
  active: readonly ActiveDialect[],
): ScopeTable {
  const known = new Map<string, ActiveDialect | undefined>();
  // Neighbours nearly always share their scope.
  let last: { name: string; version: string; dialect: ActiveDialect | undefined } | undefined;
  return (name, version) => {
    if (last?.name !== name || last.version !== version) {
      last = { name, version, dialect: name === '' ? undefined : find(name, version) };
    }
    return last.dialect;
  };

  function find(name: string, version: string): ActiveDialect | undefined {
    const scope = `${name}@${version}`;
    const dialect = known.get(scope);
    if (dialect !== undefined || known.has(scope)) return dialect;
    if (known.size >= maxCachedScopes) known.clear();
    const found = active[dialects.findIndex(({ scopes }) => scopes?.test(scope) === true)];
    known.set(scope, found);
    return found;
  }
}
