import { noShape } from './name-sequences.ts';

/**
 * Which interned keys a list of attributes has, as `Attributes.keys` tells: reused list after list, because a call
 * for each attribute costs more than to look at it.
 */
export interface AttributeKeys {
  count: number;
  /** How many attributes have other keys, which nobody asked for; fewer where some were deleted. */
  others: number;
  /** Equal for lists that have the same names in the same order, and for no others; `noShape` is equal to none. */
  shape: number;
  /** Whether the list is as it came, so that the shape says where in it everything is. */
  isWalked: boolean;
  /** Ids of the keys, in the order of the list; what follows `count` is of an earlier list. */
  ids: Int32Array;
  /** By the same place: the attribute's index, counted from `first` on. */
  indexes: Int32Array;
  first: number;
}

/** The index of the attribute at a place of `ids`, as `Attributes.at` takes it. */
export function indexAt({ indexes, first }: AttributeKeys, place: number): number {
  return first + (indexes[place] ?? -1);
}

/** Room for the attributes of nearly every span; it grows. */
const initialCount = 64;

/** Memory for the keys of lists. */
export function createAttributeKeys(): AttributeKeys {
  return {
    count: 0,
    others: 0,
    shape: noShape,
    isWalked: false,
    ids: new Int32Array(initialCount),
    indexes: new Int32Array(initialCount),
    first: 0,
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
