import { noShape } from './key-shapes.ts';

/**
 * Which interned keys a list of attributes has, as `Attributes.keys` tells: reused list after list, because a call
 * for each attribute costs more than to look at it.
 */
export interface AttributeKeys {
  count: number;
  /** How many attributes have other keys, which nobody asked for; fewer where some were deleted. */
  others: number;
  /** Equal for lists that have the same interned keys in the same order, and for no others; `noShape` is equal to none. */
  shape: number;
  /** Ids of the keys, in the order of the list; what follows `count` is of an earlier list. */
  ids: Int32Array;
  /** By the same place: the attribute's index. */
  indexes: Int32Array;
}

/** Room for the attributes of nearly every span; it grows. */
const initialCount = 64;

/** Memory for the keys of lists. */
export function createAttributeKeys(): AttributeKeys {
  return {
    count: 0,
    others: 0,
    shape: noShape,
    ids: new Int32Array(initialCount),
    indexes: new Int32Array(initialCount),
  };
}

/** Doubles the room. */
export function growAttributeKeys(keys: AttributeKeys): void {
  keys.ids = grown(keys.ids);
  keys.indexes = grown(keys.indexes);
}

function grown(ints: Int32Array): Int32Array {
  const larger = new Int32Array(ints.length * 2);
  larger.set(ints);
  return larger;
}
