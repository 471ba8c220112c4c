import type { Item } from '../../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../../pipeline/batch/key.ts';
import type { Dialect, DialectName, DialectReader } from './dialect.ts';

/** A dialect with its keys interned. */
interface ActiveDialect {
  readonly name: DialectName;
  readonly reader: DialectReader;
  readonly evidence: readonly Key[];
}

/** Finds the dialect of a span; undefined for spans that are not about GenAI. */
export type Detect = (span: Item) => ActiveDialect | undefined;

/** Enough for the scopes of any fleet; hostile scope names start the cache over. */
const maxCachedScopes = 1024;

/**
 * Creates the detector of a worker. The scope's name decides which dialect a span is in, else its keys do, in the order
 * of the table; either way a span without any telling key is none.
 */
export function createDetector(keys: Keys, dialects: readonly Dialect[]): Detect {
  const active = dialects.map(({ name, create, evidence }): ActiveDialect => {
    return { name, reader: create(keys), evidence: evidence.map((key) => keys.key(key)) };
  });
  const byScope = createScopeTable(dialects, active);
  const common = active.at(-1);
  return (span) => {
    const scoped = byScope(span.scope.name, span.scope.version);
    if (scoped !== undefined && hasEvidence(span, scoped)) return scoped;
    // Most dialects write keys of the last one, the convention's, too: it is asked before all the others.
    if (common === undefined || !hasEvidence(span, common)) {
      const byKeys = active.find((dialect) => hasEvidence(span, dialect));
      return byKeys === undefined ? undefined : (scoped ?? byKeys);
    }
    return scoped ?? active.find((dialect) => hasEvidence(span, dialect));
  };
}

function hasEvidence({ attributes }: Item, { evidence }: ActiveDialect): boolean {
  for (const key of evidence) if (attributes.has(key)) return true;
  return false;
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
