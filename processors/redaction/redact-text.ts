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

/** What stands in place of the bytes `start` to `end` (exclusive). */
interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Splices replacements for `hits` (ascending, apart) into a text; everything else stays byte for byte. A bare JSON number
 * is replaced by a JSON string, in JSON at any depth of strings.
 */
export function spliceText<Found extends Hit>(
  span: TextSpan,
  hits: readonly Found[],
  replace: (hit: Found, value: string) => string,
): Spliced {
  const source = Buffer.from(span.bytes.buffer, span.bytes.byteOffset, span.end);
  const quoteOf = createNumberQuotes(span.bytes, span.start);
  const replacements: Replacement[] = [];
  for (const hit of hits) {
    const { end } = hit;
    const value = source.toString('utf8', hit.start, end);
    const quote = isNumber(value) ? quoteOf(hit.start, end) : '';
    const isNegative = quote !== '' && source[hit.start - 1] === minus;
    const start = isNegative ? hit.start - 1 : hit.start;
    replacements.push({ start, end, text: `${quote}${replace(hit, value)}${quote}` });
  }
  return assemble(source, span, replacements);
}

function assemble(
  source: Buffer,
  { start, end }: TextSpan,
  replacements: readonly Replacement[],
): Spliced {
  let size = end - start;
  for (const replacement of replacements) {
    size += Buffer.byteLength(replacement.text) - (replacement.end - replacement.start);
  }
  const bytes = Buffer.allocUnsafe(size);
  const places: number[] = [];
  let copied = start;
  let at = 0;
  for (const replacement of replacements) {
    at += source.copy(bytes, at, copied, replacement.start);
    places.push(at);
    at += bytes.write(replacement.text, at);
    places.push(at);
    copied = replacement.end;
  }
  source.copy(bytes, at, copied, end);
  return { bytes, places };
}

const minus = 0x2d;

/** Digits, as most hits are, or what a pattern of the user found of a JSON number. */
function isNumber(value: string): boolean {
  return /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value);
}
