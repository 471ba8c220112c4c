import { ByteSlots } from './byte-slots.ts';

/** Longer attributes are rarely the same from item to item. */
const maxKnownBytes = 64;

/** Attributes that are known at most, and those of which is only known that they were seen once; powers of two. */
const slots = 4096;
const sights = 8192;

const WORD = 4;

/** What is known of an attribute. */
export const UNSEEN = 0;
export const SEEN = 1;
export const KNOWN = 2;

/**
 * Short attributes whose texts need not be shown again: models, providers and versions are the same in item after item. They
 * are compared byte by byte, a hash only says where to look. What is seen once need not be made known, so that the many that
 * differ do not drive out the few that repeat.
 */
export class KnownAttributes {
  readonly #bytes = new ByteSlots(slots, maxKnownBytes);
  /** Hashes of what was seen. */
  readonly #seen = new Int32Array(sights);

  /** Tells whether the KeyValue `source[start..end)` is known, or was looked for before: rarely also of one that was not. */
  look(source: DataView, start: number, end: number): number {
    const length = end - start;
    if (length > maxKnownBytes || length < WORD) return UNSEEN;
    const value = hash(source, start, end);
    if (this.#bytes.has(value & (slots - 1), source, start, length)) return KNOWN;
    const sight = (value >>> 8) & (sights - 1);
    if (this.#seen[sight] === value) return SEEN;
    this.#seen[sight] = value;
    return UNSEEN;
  }

  /** Makes one known that is no longer than `maxKnownBytes`, and was looked for. */
  add(source: DataView, start: number, end: number): void {
    const slot = hash(source, start, end) & (slots - 1);
    this.#bytes.keep(slot, source, start, end - start);
  }
}

/** Takes all words, the last of which may overlap the one before it. */
function hash(view: DataView, start: number, end: number): number {
  const last = end - WORD;
  let value = Math.imul(view.getInt32(last) ^ (end - start), 0x9e3779b1);
  for (let at = start; at < last; at += WORD) {
    value = Math.imul(value ^ (value >>> 15) ^ view.getInt32(at), 0x85ebca6b);
  }
  return value ^ (value >>> 16);
}
