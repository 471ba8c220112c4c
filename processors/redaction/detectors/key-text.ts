import type { Subject } from '../detector.ts';

/** Longer keys name nothing. */
const maxKey = 256;

/**
 * Where the value starts when the text that `at` stands in is the key of an attribute or of a map, -1 where it is none or
 * goes on for more than `reach` bytes. Keys are gathered in front of their values, with a NUL between.
 */
export function valueOfKey(subject: Subject, at: number, reach: number): number {
  const { text } = subject;
  const nul = text.slice(at, at + reach).indexOf('\0');
  if (nul < 0) return -1;
  const before = text.slice(Math.max(0, at - maxKey), at);
  const key = fromLatin1(text.slice(at - before.length + before.lastIndexOf('\0') + 1, at + nul));
  const start = at + nul + 1;
  if (start >= subject.size || key.length > maxKey) return -1;
  const named = subject.keyAt(start);
  // A key that follows a value is named like itself.
  const isKey = text.startsWith(`${Buffer.from(named).toString('latin1')}\0`, start);
  return named.endsWith(key) && !isKey ? start : -1;
}

function fromLatin1(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
