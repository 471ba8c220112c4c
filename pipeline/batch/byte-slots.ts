const WORD = 4;

/**
 * Memory in which runs of bytes are kept, one a slot, to find out whether others are the same. They are compared word
 * by word, the last one first: texts of one family, as ids and versions are, differ in their ends.
 */
export class ByteSlots {
  /** The bytes of each, `#maxBytes` apart. */
  readonly #view: DataView;
  readonly #maxBytes: number;
  /** How many they are, -1 where nothing is kept. */
  readonly #lengths: Int32Array;

  constructor(slots: number, maxBytes: number) {
    this.#view = new DataView(new ArrayBuffer(slots * maxBytes));
    this.#maxBytes = maxBytes;
    this.#lengths = new Int32Array(slots).fill(-1);
  }

  /** Whether a slot keeps the bytes `source[start..start + length)`. */
  has(slot: number, source: DataView, start: number, length: number): boolean {
    if (this.#lengths[slot] !== length) return false;
    const at = slot * this.#maxBytes;
    const known = this.#view;
    const last = length - WORD;
    if (last < 0) {
      for (let i = 0; i < length; i++) {
        if (known.getUint8(at + i) !== source.getUint8(start + i)) return false;
      }
      return true;
    }
    if (known.getInt32(at + last, true) !== source.getInt32(start + last, true)) return false;
    for (let i = 0; i < last; i += WORD) {
      if (known.getInt32(at + i, true) !== source.getInt32(start + i, true)) return false;
    }
    return true;
  }

  /** Keeps bytes, at most as many as a slot has room for, in place of those that it kept. */
  keep(slot: number, source: DataView, start: number, length: number): void {
    this.#lengths[slot] = length;
    const at = slot * this.#maxBytes;
    const known = this.#view;
    let i = 0;
    for (; i + WORD <= length; i += WORD) {
      known.setInt32(at + i, source.getInt32(start + i, true), true);
    }
    for (; i < length; i++) known.setUint8(at + i, source.getUint8(start + i));
  }
}
