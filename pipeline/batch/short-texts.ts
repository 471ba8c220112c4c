import { readString, type Source } from './value.ts';

/** Longer texts are rarely seen twice, and their decoding costs less for each byte. */
const maxBytes = 32;

/** Texts that are remembered, at most; a power of two. */
const slots = 1024;

/**
 * Decodes texts, remembering short ones: models, providers and users repeat from span to span, and comparing bytes is
 * cheaper than a call of the native decoder. The very same string comes back, so that maps have its hash already.
 */
export class ShortTexts {
  readonly #known: string[] = Array.from({ length: slots }, () => '');

  /** The UTF-8 of `source[start..stop)`. */
  decode(source: Source, start: number, stop: number): string {
    if (stop - start > maxBytes || start === stop) return readString(source, start, stop);
    const slot = hash(source.bytes, start, stop) & (slots - 1);
    const known = this.#known[slot] ?? '';
    if (isText(known, source.bytes, start, stop)) return known;
    const text = readString(source, start, stop);
    this.#known[slot] = text;
    return text;
  }
}

/** Whether a text is these bytes; never where it is not ASCII. */
function isText(text: string, bytes: Uint8Array, start: number, stop: number): boolean {
  if (text.length !== stop - start) return false;
  // Texts of one family, as ids and versions are, differ in their ends.
  for (let at = stop - 1, i = text.length - 1; i >= 0; at--, i--) {
    const byte = bytes[at] ?? 0;
    if (byte > 127 || text.charCodeAt(i) !== byte) return false;
  }
  return true;
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
