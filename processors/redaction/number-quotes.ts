import { createJsonPosition } from './json-position.ts';

/** White space, also where it is written as an escape. */
const gap = '(?:[ \\t\\r\\n]|\\\\{1,15}[nrt]){0,256}';
const scalar = '(?:-?\\d[\\d.eE+-]{0,40}|true|false|null|(\\\\{0,15})"[^"]*?\\1")';

/** Behind the name of a member of an object. */
const memberStart = new RegExp(`(\\\\{0,15})"${gap}:${gap}-?$`);
/** Behind the bracket that opens an array, whose elements so far are neither arrays nor objects. */
const elementStart = new RegExp(`^${gap}(?:${scalar}${gap},${gap})*-?$`);
/** Behind another element of the same array. */
const nextElement = new RegExp(`^${gap},${gap}(?:${scalar}${gap},${gap})*-?$`);
const valueEnd = /^(?:[\s,}\]\0]|\\{1,15}[nrt"])/;
/** In front of an array: a name or an element before it, or the quote that opens a string of JSON. */
const arrayStart = new RegExp(
  `(\\\\{0,15})"(?:${gap}([:,])[\\s,:[\\]{}\\d.eE+\\\\nrt-]*|[\\s[]*)$`,
);

/** Bytes before a number in which the name of its member or its array starts, and behind it. */
const bytesBefore = 512;
const bytesBehind = 17;
/** Brackets may stand in strings. */
const maxBrackets = 8;

/**
 * Tells the quote to put around a replacement of the number `start` to `end` (exclusive), as `JsonPosition.quoteAt` does, and
 * also where JSON stands among other text: there the names, strings and brackets around the number tell that it is JSON's, and
 * how its quotes are escaped. Offsets must ascend from call to call. `from` is the text's first byte.
 */
export function createNumberQuotes(
  bytes: Uint8Array,
  from: number,
): (start: number, end: number) => string {
  const position = createJsonPosition(bytes, from);
  const last = { end: 0, quote: '' };
  const quoteAmongText = (start: number, end: number): string => {
    if (!valueEnd.test(latin1(bytes, end, end + bytesBehind))) return '';
    const before = latin1(bytes, Math.max(from, start - bytesBefore), start);
    const [, escapes] = memberStart.exec(before) ?? [];
    if (escapes !== undefined) return `${escapes}"`;
    const isNext = last.quote !== '' && start - last.end < bytesBefore;
    if (isNext && nextElement.test(latin1(bytes, last.end, start))) return last.quote;
    return quoteOfElement(before, position.isInString());
  };
  return (start, end) => {
    const known = position.quoteAt(start);
    const quote = known === '' ? quoteAmongText(start, end) : known;
    last.end = end;
    last.quote = quote;
    return quote;
  };
}

/** The quote of an element of the array that is open at the end of `before`; '' where none is, or nothing tells its escapes. */
function quoteOfElement(before: string, isInString: boolean): string {
  let bracket = before.length;
  for (let tried = 0; tried < maxBrackets && bracket > 0; tried++) {
    bracket = before.lastIndexOf('[', bracket - 1);
    if (bracket < 0) return '';
    const elements = before.slice(bracket + 1);
    if (!elementStart.test(elements)) continue;
    const [, own] = /(\\{0,15})"/.exec(elements) ?? [];
    return own === undefined ? quoteOfArray(before.slice(0, bracket), isInString) : `${own}"`;
  }
  return '';
}

/** The quote in an array of nothing but numbers, by what stands in front of it. */
function quoteOfArray(before: string, isInString: boolean): string {
  const [, escapes, sign] = arrayStart.exec(before) ?? [];
  if (escapes === undefined) return isInString || before.includes('"') ? '' : '"';
  return sign === undefined ? `${'\\'.repeat(2 * escapes.length + 1)}"` : `${escapes}"`;
}

/** Behind the last byte stands a NUL. */
function latin1(bytes: Uint8Array, from: number, to: number): string {
  return `${Buffer.from(bytes.subarray(from, to)).toString('latin1')}\0`.slice(0, to - from);
}
