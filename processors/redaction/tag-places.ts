import { entities, userFindings } from './entity.ts';

/**
 * Where replacements stand in a text. They are opaque to detectors: a tag such as `[US_SSN]` names no number beside it, and
 * nothing in it is a value, so that a text that was redacted reads the same to the next redaction.
 */

/** What stands in brackets: a name in capitals, and a token behind it or none. */
const bracketed = /\[([A-Z][A-Z0-9_]{0,63}?)(?:[#~][A-Za-z0-9]{0,7}:[a-p]+|_[a-p]{20})?\]/g;

/** Names of tags that stand for a value or a text, in capitals. */
export const tagNames: ReadonlySet<string> = new Set(
  [...entities, ...userFindings, 'redaction_failed'].map((name) => name.toUpperCase()),
);

/** A part of a text, `start` to `end` (exclusive). */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** The tags in a text whose name is among `names`. */
export function tagsIn(text: string, names: ReadonlySet<string> = tagNames): Part[] {
  if (!text.includes('[')) return [];
  return [...text.matchAll(bracketed)]
    .filter(([, name = '']) => names.has(name))
    .map(({ 0: tag, index }) => ({ start: index, end: index + tag.length }));
}

/** The beginning of a text that a tag reaches into, and the end of one where a tag is cut off. */
const cutTag =
  /^[A-Z0-9_]*(?:[#~][A-Za-z0-9]{0,7}:[a-p]*)?\]|\[[A-Z0-9_]*(?:[#~][A-Za-z0-9]{0,7}:?[a-p]*)?$/g;

/** The text with spaces in place of what its tags say, also of those that it cuts off. */
export function blankTags(text: string): string {
  if (!text.includes('[') && !text.includes(']')) return text;
  return text.replace(bracketed, blankKnown).replace(cutTag, blank);
}

function blankKnown(tag: string, name: string): string {
  return tagNames.has(name) ? blank(tag) : tag;
}

function blank(tag: string): string {
  return tag.replace(/[^[\]]/g, ' ');
}

/** Bytes around a hit in which a tag that it cuts begins or ends; the token of an encrypted value can be longer. */
const around = 128;

/** The parts of a hit outside of tags; `text` has a byte a character. */
export function outsideTags(text: string, hit: Part): readonly Part[] {
  const found = text.slice(hit.start, hit.end);
  if (!found.includes('[') && !found.includes(']')) return [hit];
  const from = Math.max(0, hit.start - around);
  const tags = tagsIn(text.slice(from, hit.end + around));
  return subtract(
    [hit],
    tags.map(({ start, end }) => ({ start: from + start, end: from + end })),
  );
}

/** The parts of `parts` outside of `taken`; both ascend and are apart. */
export function subtract(parts: readonly Part[], taken: readonly Part[]): Part[] {
  const left: Part[] = [];
  let next = 0;
  for (const { start, end } of parts) {
    let from = start;
    while ((taken[next]?.end ?? Infinity) <= from) next++;
    for (let at = next; at < taken.length; at++) {
      const cut = taken[at];
      if (cut === undefined || cut.start >= end) break;
      if (cut.start > from) left.push({ start: from, end: cut.start });
      from = cut.end;
    }
    if (from < end) left.push({ start: from, end });
  }
  return left;
}

const openBracket = 0x5b;
const closeBracket = 0x5d;
const maxName = 64;

/** True where the byte at `at` stands in the name of a tag. `text` holds a character for each of the bytes. */
export function isInTag(bytes: Uint8Array, text: string, at: number): boolean {
  let start = at;
  while (at - start < maxName && isNameByte(bytes[start - 1])) start--;
  if (bytes[start - 1] !== openBracket) return false;
  let end = at;
  while (end - start < maxName && isNameByte(bytes[end])) end++;
  const after = bytes[end];
  if (after === 0x23 || after === 0x7e) {
    // Of a hash or a sealed value, whose name may be one of the user's own.
    token.lastIndex = end;
    return token.test(text) || tagNames.has(text.slice(start, end));
  }
  if (after !== closeBracket && bytes[end - 1] !== underscore) return false;
  const nameEnd = after === closeBracket ? end : end - 1;
  return tagNames.has(text.slice(start, nameEnd));
}

const underscore = 0x5f;
/** What stands behind the name of a hash or a sealed value: the id of its key, and letters. */
const token = /[#~][A-Za-z0-9]{0,7}:[a-p]{20}/y;

function isNameByte(byte = 0): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x30 && byte <= 0x39) || byte === underscore;
}
