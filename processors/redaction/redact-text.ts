import type { Finding } from './entity.ts';
import type { Hit } from './hits.ts';
import { createNumberQuotes } from './number-quotes.ts';

/** One text in a buffer, from `start` to `end` (exclusive). */
export interface TextSpan {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A text with replacements in it. */
export interface Spliced {
  readonly bytes: Uint8Array;
  /** Start and end of each replacement, ascending. */
  readonly places: readonly number[];
}

/**
 * Splices replacements for `hits` (ascending, apart) into a text; everything else stays byte for byte. A bare JSON number
 * is replaced by a JSON string, in JSON at any depth of strings.
 */
export function spliceText(
  span: TextSpan,
  hits: readonly Hit[],
  replace: (finding: Finding, value: string, index: number) => string,
): Spliced {
  const source = Buffer.from(span.bytes.buffer, span.bytes.byteOffset, span.end);
  const quoteOf = createNumberQuotes(span.bytes, span.start);
  const pieces: Uint8Array[] = [];
  const places: number[] = [];
  let copied = span.start;
  let size = 0;
  const add = (piece: Uint8Array): void => {
    pieces.push(piece);
    size += piece.length;
  };
  for (const [index, hit] of hits.entries()) {
    const quote = isNumber(source, hit) ? quoteOf(hit.start, hit.end) : '';
    const isNegative = quote !== '' && source[hit.start - 1] === 0x2d;
    add(source.subarray(copied, isNegative ? hit.start - 1 : hit.start));
    places.push(size);
    const value = source.toString('utf8', hit.start, hit.end);
    add(Buffer.from(`${quote}${replace(hit.entity, value, index)}${quote}`));
    places.push(size);
    copied = hit.end;
  }
  add(source.subarray(copied, span.end));
  return { bytes: Buffer.concat(pieces, size), places };
}

/** Digits, as most hits are, or what a pattern of the user found of a JSON number. */
function isNumber(source: Buffer, { start, end }: Hit): boolean {
  const first = source[start] ?? 0;
  if (first !== 0x2d && (first < 0x30 || first > 0x39)) return false;
  return /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(source.toString('latin1', start, end));
}
