import type { Subject } from '../detector.ts';

/** Longer keys name nothing. */
const maxKey = 256;

/**
 * Where the value starts when the text that `at` stands in is the key of an attribute or of a map, -1 where it is none, goes
 * on for more than `reach` bytes, or has a value of fewer than `leastValue`. Keys are gathered in front of their values, with
 * a NUL between.
 */
export function valueOfKey(subject: Subject, at: number, reach: number, leastValue = 0): number {
  const { bytes, text } = subject;
  const nul = nulWithin(bytes, at, reach);
  if (nul < 0) return -1;
  const start = nul + 1;
  if (start >= subject.size || nulWithin(bytes, start, leastValue) >= 0) return -1;
  const before = text.slice(Math.max(0, at - maxKey), at);
  const key = fromLatin1(text.slice(at - before.length + before.lastIndexOf('\0') + 1, nul));
  if (key.length > maxKey) return -1;
  const named = subject.keyAt(start);
  // A key that follows a value is named like itself.
  const isKey = text.startsWith(`${Buffer.from(named).toString('latin1')}\0`, start);
  return named.endsWith(key) && !isKey ? start : -1;
}

/** Offset of the first NUL of the `length` bytes at `from`, -1 where there is none. */
function nulWithin(bytes: Uint8Array, from: number, length: number): number {
  for (let at = from; at < from + length; at++) if (bytes[at] === 0) return at;
  return -1;
}

function fromLatin1(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
