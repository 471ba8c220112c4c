import type { ConfigNode, MapEntry } from './node.ts';

/**
 * Lays `over` on `base` as the Collector merges its files: maps merge key by key, and everything else, lists and empty
 * values included, takes the place of what was there.
 */
export function mergeNodes(base: ConfigNode, over: ConfigNode): ConfigNode {
  if (base.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map<string, MapEntry>(base.entries);
  for (const [key, entry] of over.entries) {
    const below = entries.get(key);
    entries.set(key, below === undefined ? entry : mergeEntries(below, entry));
  }
  return { ...base, entries };
}

/** A map that both have keeps the place where it was first written; what is missing in it is looked for there. */
function mergeEntries(below: MapEntry, over: MapEntry): MapEntry {
  const value = mergeNodes(below.value, over.value);
  return { position: value === over.value ? over.position : below.position, value };
}
