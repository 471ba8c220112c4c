/** Shapes that are remembered, at most; a power of two. */
const slots = 256;

/** Longer lists are not remembered: a slot has room for so many keys. */
const maxKeys = 64;

/** The shape of a list that is not remembered: it is equal to no other. */
export const noShape = 0;

/** The hash of no keys. */
export const noKeysHash = 0;

/** The hash of keys and of one more. */
export function hashKeys(before: number, id: number): number {
  return Math.imul(before ^ id, 0x9e3779b1) ^ (before >>> 15);
}

/**
 * Numbers the sequences of keys that lists have. Spans of one emitter have the same keys in the same order, so that what
 * follows from the keys alone needs to be found once for each shape.
 */
export class KeyShapes {
  readonly #ids = new Int32Array(slots * maxKeys);
  readonly #counts = new Int32Array(slots).fill(-1);
  /** Doubles, because a number that wrapped could mean two shapes. */
  readonly #shapes = new Float64Array(slots);
  #last = noShape;

  /** The number of the shape `ids[0..count)`: the same one means the same keys, and never comes to mean others. */
  find(ids: Int32Array, count: number, hash: number): number {
    if (count > maxKeys) return noShape;
    const slot = (hash ^ (hash >>> 8)) & (slots - 1);
    if (this.#counts[slot] === count && this.#has(slot, ids, count)) {
      return this.#shapes[slot] ?? noShape;
    }
    this.#counts[slot] = count;
    for (let i = 0; i < count; i++) this.#ids[slot * maxKeys + i] = ids[i] ?? 0;
    this.#last += 1;
    this.#shapes[slot] = this.#last;
    return this.#last;
  }

  #has(slot: number, ids: Int32Array, count: number): boolean {
    const at = slot * maxKeys;
    for (let i = 0; i < count; i++) if (this.#ids[at + i] !== ids[i]) return false;
    return true;
  }
}
