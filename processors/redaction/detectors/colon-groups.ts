import type { Detector, Subject } from '../detector.ts';
import { textBefore } from '../detector.ts';
import type { IdRule } from './id-rule.ts';
import { valueOfKey } from './key-text.ts';

/** Bytes before a word, and behind it, in which the number that it names is looked for. */
const reach = 64;

/** Twelve digits in fours, at least one colon between; the other gap may be another. */
const fours = /\d{4}(?::\d{4}[: .-]|[ .-]\d{4}:)\d{4}/g;

/**
 * Identity numbers of twelve digits with colons between their groups, as in `3998:7654:3211`, where a word of the rule
 * stands near and the check digits are right. Digits and colons are times of day and addresses, so that no gate of numbers
 * opens for them: the word does.
 */
export function colonGroups({ entity, words, isValid }: IdRule): Detector {
  return {
    gate: {
      kind: 'literal',
      literals: words.map((word) => Buffer.from(word).toString('latin1')),
      ignoreCase: true,
    },
    find(subject, at, report) {
      const before = textBefore(subject, at, reach);
      const near = before + behind(subject, at);
      for (const { index, 0: number } of near.matchAll(fours)) {
        const start = at - before.length + index;
        const end = start + number.length;
        if (isPart(subject, start, end) || !isValid(number.replace(/\D/g, ''))) continue;
        report(entity, start, end);
      }
    },
  };
}

/** True for a piece of something longer. */
function isPart({ text }: Subject, start: number, end: number): boolean {
  return (
    /\d:?$/.test(text.slice(Math.max(0, start - 2), start)) ||
    /^:?\d/.test(text.slice(end, end + 2))
  );
}

/** What follows the word in its text, and in the value of the key that it stands in. */
function behind(subject: Subject, at: number): string {
  const text = subject.text.slice(at, at + reach);
  const end = text.indexOf('\0');
  return end < 0 || valueOfKey(subject, at, reach) >= 0 ? text : text.slice(0, end);
}
