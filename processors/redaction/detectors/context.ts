import type { Subject } from '../detector.ts';
import { toAsciiLowerCase } from '../literal-table.ts';
import { textAfter, textBefore } from '../detector.ts';

/** Bytes before a value, and after it, in which a word tells what it is. */
const bytesBefore = 64;
const bytesAfter = 72;

/**
 * Compiles words that name a value into one pattern over latin1 text that is UTF-8. A space in a word stands for any or
 * no separator, so that `social security` is found in `social_security_number` and `socialSecurity`.
 */
export function contextOf(words: readonly string[]): Context {
  const patterns = words.map((word) => ({
    opening: openingOf(word),
    pattern: new RegExp(wordPattern(word)),
  }));
  // Other scripts have cases of their own; text in ASCII has none of their words.
  const anyOpening = new RegExp(
    shortest(patterns.map(({ opening }) => opening))
      .map(openingPattern)
      .join('|'),
    'i',
  );
  return {
    test(text) {
      // Most texts have none of them, and one pattern for all is sooner done than each in turn.
      if (!anyOpening.test(text)) return false;
      // Bytes beyond ASCII change too; openings have none.
      const lower = text.toLowerCase();
      return patterns.some(({ opening, pattern }) => lower.includes(opening) && pattern.test(text));
    },
  };
}

/** The openings that hold no other one: where one stands, a shorter one does. The empty one is that of other scripts. */
function shortest(openings: readonly string[]): string[] {
  const all = [...new Set(openings)];
  return all.filter(
    (opening) => !all.some((other) => other !== '' && other !== opening && opening.includes(other)),
  );
}

/** Tells whether one of some words stands in a text. */
export interface Context {
  test(text: string): boolean;
}

/** What a text must hold for the word to be in it: looking for that is much cheaper than a pattern. */
function openingOf(word: string): string {
  const [first = ''] = word.split(' ');
  const bytes = Buffer.from(first).toString('latin1');
  return /^[ -~]*$/.test(first) ? toAsciiLowerCase(bytes) : '';
}

/** Other scripts have cases of their own; text in ASCII has none of their words. */
function openingPattern(opening: string): string {
  return opening === '' ? '[\\x80-\\xff]' : opening.replace(/[^\w]/g, '\\$&');
}

function wordPattern(word: string): string {
  const isAscii = /^[ -~]*$/.test(word);
  const parts = Array.from(word, charPattern);
  if (!isAscii) return parts.join('');
  const [first = '', ...rest] = parts;
  const capital = word.charAt(0).toUpperCase();
  // Not inside a word, but after a hump (`userSsn`) or an escape (`\\nssn`); long words may go on, as German ones do.
  const starts = `(?:(?<![A-Za-z])${first}|(?<=\\\\[nrt])${first}|(?<=[a-z])${capital})`;
  const ends = word.length < longWord ? '(?![a-z]{2})(?!(?<=[A-Z])[A-Z]{2})' : '';
  return `${starts}${rest.join('')}${ends}`;
}

/** Shorter words stand in other words by chance. */
const longWord = 7;

function charPattern(char: string): string {
  if (char === ' ') return '[ _.\\-]?';
  if (/[A-Za-z]/.test(char)) return `[${char.toLowerCase()}${char.toUpperCase()}]`;
  if (/[ -~]/.test(char)) return char.replace(/[^\w]/g, '\\$&');
  const cases = new Set([char, char.toLowerCase(), char.toUpperCase()]);
  return `(?:${[...cases].map(bytesPattern).join('|')})`;
}

function bytesPattern(char: string): string {
  return Array.from(Buffer.from(char), (byte) => `\\x${byte.toString(16)}`).join('');
}

/** True where a word stands shortly before `start`, shortly after `end`, or in the keys of the attribute. */
export function isNamed(subject: Subject, start: number, end: number, words: Context): boolean {
  return (
    words.test(textBefore(subject, start, bytesBefore)) ||
    words.test(textAfter(subject, end, bytesAfter)) ||
    words.test(subject.keyAt(start))
  );
}
