import { startsWord } from '../bytes.ts';
import type { Detector, Report, Subject } from '../detector.ts';
import { passesLuhn } from './checksum.ts';
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

const context = contextOf([
  'card',
  'cards',
  'credit',
  'debit',
  'visa',
  'mastercard',
  'maestro',
  'amex',
  'american express',
  'discover',
  'diners',
  'jcb',
  'union pay',
  'cc',
  'pan',
  'carte',
  'karte',
  'tarjeta',
  'cartão',
  'carta',
  '卡号',
  '卡號',
  '银行卡',
  '信用卡',
  'カード',
  '카드',
]);

/** Payment cards: 12 to 19 digits, bare or in the groups they are embossed in, with a known issuer prefix and Luhn's check digit (ISO/IEC 7812). */
export const card: Detector = {
  gate: { kind: 'number', lengths: [4, 12, 13, 14, 15, 16, 17, 18, 19] },
  find(subject, group, report) {
    const length = groupLength(subject.run, group);
    if (length >= 12 && length <= 19) findBare(subject, group, report);
    else if (length === 4) findGrouped(subject, group, report);
  },
};

const hyphen = 0x2d;
/** Hyphen, space, full stop and slash. */
const gaps: ReadonlySet<number> = new Set([hyphen, 0x20, 0x2e, 0x2f]);

function findBare(subject: Subject, group: number, report: Report): void {
  const { bytes, run } = subject;
  const start = groupStart(run, group);
  const end = groupEnd(run, group);
  if (!startsNumber(bytes, start) || !endsNumber(bytes, end)) return;
  const digits = digitsOf(bytes, run, group, group);
  if (!hasIssuer(digits) || !passesLuhn(digits)) return;
  // UUIDs end in twelve digits; longer ids and old or long card formats are told apart by the words around them only.
  const isPartOfId =
    digits.length < 16 && bytes[start - 1] === hyphen && !startsWord(bytes, start - 1);
  if (isPartOfId || (needsContext(digits) && !isNamed(subject, start, end, context))) return;
  report('card', start, end);
}

function needsContext(digits: string): boolean {
  return digits.length < 14 || digits.length > 16 || digits.startsWith('1');
}

function findGrouped(subject: Subject, group: number, report: Report): void {
  const { bytes, run } = subject;
  const gap = gapByte(bytes, run, group);
  if (!gaps.has(gap)) return;
  const start = groupStart(run, group);
  if (!startsNumber(bytes, start)) return;
  for (const last of lastGroups(subject, group, gap)) {
    const end = groupEnd(run, last);
    const digits = digitsOf(bytes, run, group, last);
    if (endsNumber(bytes, end) && hasIssuer(digits) && passesLuhn(digits)) {
      report('card', start, end);
      return;
    }
  }
}

/** Where a 4-4-4-4(-3), 4-6-5 or 4-6-4 number whose gaps are alike can end, the longest first. */
function lastGroups(subject: Subject, group: number, gap: number): readonly number[] {
  const { bytes, run } = subject;
  const second = groupLength(run, group + 1);
  const third = groupLength(run, group + 2);
  if (gapByte(bytes, run, group + 1) !== gap) return [];
  if (second === 6 && (third === 5 || third === 4)) return [group + 2];
  if (second !== 4 || third !== 4) return [];
  if (gapByte(bytes, run, group + 2) !== gap || groupLength(run, group + 3) !== 4) return [];
  const tail = groupLength(run, group + 4);
  const hasTail = gapByte(bytes, run, group + 3) === gap && tail >= 1 && tail <= 3;
  return hasTail ? [group + 4, group + 3] : [group + 3];
}

/** Issuer prefixes with the lengths that they are given out in. */
const issuers: readonly { readonly prefix: RegExp; readonly lengths: readonly number[] }[] = [
  { prefix: /^4/, lengths: [13, 16, 19] },
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { prefix: /^3[47]/, lengths: [15] },
  { prefix: /^(?:6011|64[4-9]|65)/, lengths: [16, 17, 18, 19] },
  { prefix: /^35(?:2[89]|[3-8])/, lengths: [16, 17, 18, 19] },
  { prefix: /^2131/, lengths: [15] },
  { prefix: /^(?:30[0-5]|3095|36|3[89])/, lengths: [14, 16, 17, 18, 19] },
  { prefix: /^1/, lengths: [15] },
  { prefix: /^(?:62|81)/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:50|5[6-8]|6[0137])/, lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
];

function hasIssuer(digits: string): boolean {
  return issuers.some(
    ({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits),
  );
}
