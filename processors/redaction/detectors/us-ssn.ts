import type { Detector, Report, Subject } from '../detector.ts';
import { isAlphanumeric, startsWord } from '../bytes.ts';
import type { Context } from './context.ts';
import { contextOf, isNamed } from './context.ts';
import {
  digitsOf,
  endsNumber,
  gapByte,
  groupEnd,
  groupLength,
  groupStart,
  startsNumber,
} from '../number-run.ts';

type UsNumber = 'us_ssn' | 'us_itin';

const contexts: Readonly<Record<UsNumber, Context>> = {
  us_ssn: contextOf(['ssn', 'social security', 'social', 'soc sec']),
  us_itin: contextOf(['itin', 'taxpayer', 'individual tax', 'tax id']),
};
const hyphen = 0x2d;
const space = 0x20;
const fullStop = 0x2e;

/** US social security numbers: 3-2-4 with one separator, or nine bare digits that a word names. */
export const usSsn = createUsNumber('us_ssn');
/** US individual taxpayer numbers, which have the same form in a range of their own. */
export const usItin = createUsNumber('us_itin');

function createUsNumber(entity: UsNumber): Detector {
  return {
    gate: { kind: 'number', lengths: [3, 9] },
    find(subject, group, report) {
      const length = groupLength(subject.run, group);
      if (length === 3) findGrouped(subject, group, entity, report);
      else if (length === 9) findBare(subject, group, entity, report);
    },
  };
}

function findGrouped(subject: Subject, group: number, entity: UsNumber, report: Report): void {
  const { bytes, run } = subject;
  if (groupLength(run, group + 1) !== 2 || groupLength(run, group + 2) !== 4) return;
  const gap = gapByte(bytes, run, group);
  if (gap !== gapByte(bytes, run, group + 1)) return;
  if (gap !== hyphen && gap !== space && gap !== fullStop) return;
  const start = groupStart(run, group);
  const end = groupEnd(run, group + 2);
  if (!startsNumber(bytes, start) || !endsNumber(bytes, end) || isInLongerId(bytes, start, end)) {
    return;
  }
  if (!isIssued[entity](digitsOf(bytes, run, group, group + 2))) return;
  if (gap !== hyphen && !isNamed(subject, start, end, contexts[entity])) return;
  report(entity, start, end);
}

function isInLongerId(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    (bytes[start - 1] === hyphen && !startsWord(bytes, start - 1)) ||
    (bytes[end] === hyphen && isAlphanumeric(bytes[end + 1]))
  );
}

function findBare(subject: Subject, group: number, entity: UsNumber, report: Report): void {
  const { bytes, run } = subject;
  const start = groupStart(run, group);
  const end = groupEnd(run, group);
  if (!startsNumber(bytes, start) || !endsNumber(bytes, end)) return;
  if (!isIssued[entity](digitsOf(bytes, run, group, group))) return;
  if (isNamed(subject, start, end, contexts[entity])) report(entity, start, end);
}

/** Area, group and serial rules of the Social Security Administration, and the ranges of taxpayer numbers (area 9xx). */
const isIssued: Readonly<Record<UsNumber, (digits: string) => boolean>> = {
  us_ssn: (digits) => !/^(?:000|666|9)|^...00|0000$/.test(digits),
  us_itin: (digits) => /^9..(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])/.test(digits),
};
