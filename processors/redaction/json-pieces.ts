import { hexAt, isAlphanumeric } from './bytes.ts';
import { createJsonPosition, startsJson } from './json-position.ts';

/** One text in a buffer, `start` to `end` (exclusive). */
export interface TextBounds extends Match {
  readonly bytes: Uint8Array;
}

/** A match of a pattern, `start` to `end` (exclusive). */
export interface Match {
  readonly start: number;
  readonly end: number;
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * Cuts matches (ascending, apart) in a text that is JSON so that replacing them leaves it JSON: a pattern such as `.+@x`
 * runs over keys, quotes and braces. What stands between quotes is a piece of its own, escapes are not cut, and numbers
 * outside of strings are pieces as a whole. In other text matches stay as they are.
 */
export function cutAtJson(text: TextBounds, matches: readonly Match[]): readonly Match[] {
  const { bytes } = text;
  if (!startsJson(bytes, text.start)) return matches;
  const position = createJsonPosition(bytes, text.start);
  const pieces: Match[] = [];
  for (const match of matches) {
    for (const between of betweenQuotes(bytes, match)) {
      const isBare = position.quoteAt(between.start) !== '' && holdsOnlyJson(between, text);
      if (isBare) pieces.push(...numbersIn(between, text));
      else pieces.push(toWholeEscapes(between, text));
    }
  }
  return apart(pieces);
}

/** The parts of a match between its quotes; the backslashes before a quote belong to it. */
function* betweenQuotes(bytes: Uint8Array, { start, end }: Match): Generator<Match> {
  let from = start;
  for (let at = start; at <= end; at++) {
    // A match that ends at an escaped quote ends before its backslashes.
    const isQuote = bytes[at] === quote && (at < end || bytes[at - 1] === backslash);
    if (!isQuote && at < end) continue;
    let until = at;
    while (isQuote && until > from && bytes[until - 1] === backslash) until--;
    if (until > from) yield { start: from, end: until };
    from = at + 1;
  }
}

/** False for text that only looks like JSON at its beginning, as `[INFO] …` does. */
function holdsOnlyJson(
  { start, end }: Match,
  { bytes, start: from, end: to }: TextBounds,
): boolean {
  let first = start;
  while (first > from && start - first < maxWord && isWord(bytes[first - 1])) first--;
  let last = end;
  while (last < to && last - end < maxWord && isWord(bytes[last])) last++;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + first, last - first).toString('latin1');
  return /^(?:[\s,:{}[\]\d.eE+-]|true|false|null)*$/.test(text);
}

/** Longer than `false`, shorter than any word that would make a difference. */
const maxWord = 32;

function isWord(byte = 0): boolean {
  return isAlphanumeric(byte) || numberSigns.has(byte);
}

/** Numbers of which a part was matched; `true`, `false`, `null` and what holds JSON together stay. */
function numbersIn({ start, end }: Match, text: TextBounds): Match[] {
  const { bytes } = text;
  const found: Match[] = [];
  for (let at = start; at < end; at++) {
    if (!isDecimal(bytes[at])) continue;
    let first = at;
    while (first > text.start && isInNumber(bytes[first - 1])) first--;
    while (at < text.end && isInNumber(bytes[at])) at++;
    found.push({ start: first, end: at });
  }
  return found;
}

const numberSigns: ReadonlySet<number> = new Set(Buffer.from('+-.eE'));

function isInNumber(byte = 0): boolean {
  return isDecimal(byte) || numberSigns.has(byte);
}

function isDecimal(byte = 0): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Hexadecimal digits of `\u0040`, and the characters of it that can stand before a cut. */
const unicodeDigits = 4;
const unicodeLength = 6;

/** Moves the ends of a match in a string to where they cut no escape. */
function toWholeEscapes({ start, end }: Match, text: TextBounds): Match {
  const { bytes } = text;
  let first = escapeStart(bytes, start);
  while (bytes[first - 1] === backslash) first--;
  const last = escapeStart(bytes, end);
  const lead = last === end && bytes[end - 1] === backslash ? end - 1 : last;
  return { start: first, end: lead === end ? end : Math.min(escapeEnd(bytes, lead), text.end) };
}

/** Where the escape `\u0040` starts that `at` is in the midst of; `at` where it is in none. */
function escapeStart(bytes: Uint8Array, at: number): number {
  for (let back = 2; back < unicodeLength; back++) {
    if (bytes[at - back] === backslash && isUnicode(bytes, at - back + 1)) return at - back;
  }
  return at;
}

function escapeEnd(bytes: Uint8Array, backslashAt: number): number {
  let at = backslashAt;
  while (bytes[at] === backslash) at++;
  return isUnicode(bytes, at) ? at + 1 + unicodeDigits : at + 1;
}

/** False for the `u` behind a backslash that is itself escaped, unless digits make it look like an escape. */
function isUnicode(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x75 && hexAt(bytes, at + 1, unicodeDigits) >= 0;
}

/** Pieces may meet once their ends are moved. */
function apart(pieces: readonly Match[]): Match[] {
  const joined: Match[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last !== undefined && piece.start < last.end) {
      joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, piece.end) };
    } else joined.push(piece);
  }
  return joined;
}
