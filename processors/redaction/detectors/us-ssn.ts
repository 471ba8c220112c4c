import type { Detector, Report, Subject } from '../detector.ts';
import { hasContext } from '../detector.ts';
import { isDigit } from '../bytes.ts';
import {
  digitsOf,
  endsNumber,
  gapByte,
  groupEnd,
  groupLength,
  groupStart,
  startsNumber,
} from '../number-run.ts';

const context = /(?<![a-z])ssn(?![a-z])|social[ _-]?security|\bsocial\b|\bitin\b|taxpayer/i;
const hyphen = 0x2d;
const space = 0x20;
const fullStop = 0x2e;

/** US social security and individual taxpayer numbers: 3-2-4 with one separator, or nine bare digits that a word names. */
export const usSsn: Detector = {
  gate: { kind: 'number' },
  find(subject, group, report) {
    const length = groupLength(subject.run, group);
    if (length === 3) findGrouped(subject, group, report);
    else if (length === 9) findBare(subject, group, report);
  },
};

function findGrouped(subject: Subject, group: number, report: Report): void {
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
  if (!isIssued(digitsOf(bytes, run, group, group + 2))) return;
  if (gap !== hyphen && !hasContext(subject, start, context)) return;
  report('us_ssn', start, end);
}

function isInLongerId(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    (bytes[start - 1] === hyphen && isDigit(bytes[start - 2])) ||
    (bytes[end] === hyphen && isDigit(bytes[end + 1]))
  );
}

function findBare(subject: Subject, group: number, report: Report): void {
  const { bytes, run } = subject;
  const start = groupStart(run, group);
  const end = groupEnd(run, group);
  if (!startsNumber(bytes, start) || !endsNumber(bytes, end)) return;
  if (!isIssued(digitsOf(bytes, run, group, group))) return;
  if (hasContext(subject, start, context)) report('us_ssn', start, end);
}

/** Area, group and serial rules of the Social Security Administration, and the ranges of taxpayer numbers (area 9xx). */
function isIssued(digits: string): boolean {
  if (/^(?:000|666)|^...00|0000$/.test(digits)) return false;
  return !digits.startsWith('9') || /^9..(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])/.test(digits);
}
