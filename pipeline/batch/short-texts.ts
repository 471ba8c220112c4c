import { readString, type Source } from './value.ts';

/** Longer texts are rarely seen twice, and their decoding costs less for each byte. */
const maxBytes = 48;

/** Texts that are remembered, at most; a power of two. */
const slots = 1024;

const WORD = 4;

/**
 * Decodes texts, remembering short ones: models, providers and users repeat from span to span, and comparing bytes is
 * cheaper than a call of the native decoder. The very same string comes back, so that maps have its hash already.
 */
export class ShortTexts {
  readonly #known: string[] = Array.from({ length: slots }, () => '');
  /** The bytes of each, `maxBytes` apart, and how many they are. */
  readonly #bytes = new Uint8Array(slots * maxBytes);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #lengths = new Uint8Array(slots);

  /** The UTF-8 of `source[start..stop)`. */
  decode(source: Source, start: number, stop: number): string {
    const length = stop - start;
    if (length > maxBytes || length === 0) return readString(source, start, stop);
    const slot = hash(source.bytes, start, stop) & (slots - 1);
    if (this.#lengths[slot] === length && this.#has(slot, source, start, length)) {
      return this.#known[slot] ?? '';
    }
    const text = readString(source, start, stop);
    this.#known[slot] = text;
    this.#lengths[slot] = length;
    this.#keep(slot, source, start, length);
    return text;
  }

  #keep(slot: number, { bytes, view }: Source, start: number, length: number): void {
    const at = slot * maxBytes;
    const last = length - WORD;
    if (last < 0) {
      for (let i = 0; i < length; i++) this.#bytes[at + i] = bytes[start + i] ?? 0;
      return;
    }
    const known = this.#view;
    for (let i = 0; i < last; i += WORD) {
      known.setInt32(at + i, view.getInt32(start + i, true), true);
    }
    known.setInt32(at + last, view.getInt32(start + last, true), true);
  }

  /** Compares word by word, the last word first: texts of one family, as ids and versions are, differ in their ends. */
  #has(slot: number, { bytes, view }: Source, start: number, length: number): boolean {
    const at = slot * maxBytes;
    const last = length - WORD;
    if (last < 0) {
      for (let i = 0; i < length; i++) if (this.#bytes[at + i] !== bytes[start + i]) return false;
      return true;
    }
    const known = this.#view;
    if (known.getInt32(at + last, true) !== view.getInt32(start + last, true)) return false;
    for (let i = 0; i < last; i += WORD) {
      if (known.getInt32(at + i, true) !== view.getInt32(start + i, true)) return false;
    }
    return true;
  }
}

/** Looks at the length and a few bytes only. */
function hash(bytes: Uint8Array, start: number, stop: number): number {
  const length = stop - start;
  let value = Math.imul(length, 0x9e3779b1) ^ (bytes[stop - 1] ?? 0);
  value = Math.imul(value, 31) + (bytes[start + (length >> 1)] ?? 0);
  value = Math.imul(value, 31) + (bytes[stop - 1 - (length >> 3)] ?? 0);
  value = Math.imul(value, 31) + (bytes[stop - 1 - (length >> 2)] ?? 0);
  value = Math.imul(value, 31) + (bytes[start] ?? 0);
  return value ^ (value >>> 15);
}
