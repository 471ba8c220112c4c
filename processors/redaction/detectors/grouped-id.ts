import { isDigit } from '../bytes.ts';
import type { Detector, Report, Subject } from '../detector.ts';
import { endsNumber, groupStart, startsNumber } from '../number-run.ts';
import type { Context } from './context.ts';
import { contextOf, isNamed } from './context.ts';
import type { IdRule } from './id-rule.ts';

/** Between two groups stand at most so many separators, and a number has at most so many bytes. */
const maxGap = 5;
const maxBytes = 40;

interface GroupedRule {
  readonly rule: IdRule;
  readonly words: Context;
}

/**
 * Identity numbers of digits alone in any groups, with full stops, hyphens, slashes or underscores between, where a
 * word names them and their check digits are right: people write `37.118.705` for `37118705`.
 */
export function groupedId(rules: readonly IdRule[]): Detector {
  const byLength = new Map<number, GroupedRule[]>();
  for (const rule of rules) {
    const words = contextOf(rule.words);
    for (const length of digitLengths(rule)) {
      byLength.set(length, [...(byLength.get(length) ?? []), { rule, words }]);
    }
  }
  const findAt = (subject: Subject, start: number, report: Report): void => {
    const { end, count } = digitsFrom(subject, start);
    const named = byLength.get(count);
    if (named === undefined || count === end - start || !endsNumber(subject.bytes, end)) return;
    const digits = subject.text.slice(start, end).replace(/\D/g, '');
    for (const { rule, words } of named) {
      if (rule.isValid(digits) && isNamed(subject, start, end, words)) {
        report(rule.entity, start, end);
      }
    }
  };
  return {
    gate: { kind: 'number', lengths: [1, 2, 3, 4, 5, 6, 7, 8, 9], leads: true },
    find(subject, group, report) {
      const start = groupStart(subject.run, group);
      if (isFirst(subject, start)) findAt(subject, start, report);
    },
  };
}

/** How many digits the forms of a rule have that have digits only. */
function digitLengths({ alone = [], named = [] }: IdRule): ReadonlySet<number> {
  const forms = [...alone, ...named].filter((form) => !/[AaXx]/.test(form));
  return new Set(forms.map((form) => form.replace(/[^9]/g, '').length));
}

function isFirst({ bytes }: Subject, start: number): boolean {
  return (
    startsNumber(bytes, start) && !(isSeparator(bytes[start - 1]) && isDigit(bytes[start - 2]))
  );
}

/** How many digits there are in the groups from `start` on, and where the last of them ends. */
function digitsFrom(
  { bytes }: Subject,
  start: number,
): { readonly end: number; readonly count: number } {
  let end = start;
  let count = 0;
  for (let at = start; at - start < maxBytes && at - end <= maxGap; at++) {
    if (isDigit(bytes[at])) {
      end = at + 1;
      count++;
    } else if (!isSeparator(bytes[at])) break;
  }
  return { end, count };
}

const separators = new Uint8Array(256);
for (const byte of Buffer.from(' .-/_')) separators[byte] = 1;

function isSeparator(byte = 0): boolean {
  return separators[byte] === 1;
}
