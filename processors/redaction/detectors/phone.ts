import { isHex, startsWord } from '../bytes.ts';
import type { Detector, Report, Subject } from '../detector.ts';
import { matchEnd, textBefore } from '../detector.ts';
import { isE164 } from './calling-code.ts';
import { contextOf, isNamed } from './context.ts';
import {
  digitCount,
  digitsOf,
  endsNumber,
  gapByte,
  groupEnd,
  groupLength,
  groupStart,
  startsNumber,
} from '../number-run.ts';

const context = contextOf([
  'phone',
  'telephone',
  'phone number',
  'tel',
  'tel.',
  'mobile',
  'cell',
  'cellphone',
  'call',
  'called',
  'calling',
  'dial',
  'dialing',
  'answering',
  'fax',
  'whatsapp',
  'sms',
  'text me',
  'contact',
  'reach me',
  'handy',
  'telefon',
  'teléfono',
  'telefono',
  'telefone',
  'téléphone',
  'móvil',
  'celular',
  'cellulare',
  'mobil',
  '电话',
  '電話',
  '手机',
  '手機',
  '联系',
  '携帯',
  '전화',
  '휴대폰',
  'телефон',
]);
const contextBehind = /[ (-]{1,3}(?:office|fax|mobile|home|cell|work)\b/iy;
const plus = 0x2b;
const paren = 0x28;
const space = 0x20;
const hyphen = 0x2d;
const fullStop = 0x2e;
const zero = 0x30;

/** International phone numbers, by their `+`, and national ones where a word such as `phone` stands before them. */
export const phone: Detector = {
  gate: { kind: 'number', leads: true },
  find(subject, group, report) {
    const plusAt = plusBefore(subject, group);
    if (plusAt >= 0) findInternational(subject, group, plusAt, report);
    else findByContext(subject, group, report);
  },
};

/** North American phone numbers, by their shape. */
export const northAmericanPhone: Detector = {
  gate: { kind: 'number', lengths: [3] },
  find(subject, group, report) {
    if (plusBefore(subject, group) < 0) findNorthAmerican(subject, group, report);
  },
};

/** Offset of the `+` that leads the group, -1 where there is none. */
function plusBefore(subject: Subject, group: number): number {
  const { bytes, run } = subject;
  let at = groupStart(run, group) - 1;
  if (bytes[at] === paren || bytes[at] === space) at--;
  if (bytes[at] !== plus || !startsWord(bytes, at) || bytes[at - 1] === plus) return -1;
  return at;
}

function findInternational(subject: Subject, group: number, plusAt: number, report: Report): void {
  const { bytes, run } = subject;
  const first = bytes[groupStart(run, group)] ?? 0;
  // North America has eleven digits with its country code; elsewhere thirteen is long, and what follows is another number.
  const wanted = first === 0x31 ? 11 : 13;
  let last = group;
  let digits = groupLength(run, group);
  while (digits < wanted && last + 1 < run.count && digits + groupLength(run, last + 1) <= wanted) {
    last++;
    digits += groupLength(run, last);
  }
  const end = withExtension(subject, groupEnd(run, last));
  const number = digitsOf(bytes, run, group, last);
  if (isE164(number) && endsNumber(bytes, end)) report('phone', plusAt, end);
}

function findNorthAmerican(subject: Subject, group: number, report: Report): void {
  const { bytes, run } = subject;
  if (groupLength(run, group + 1) !== 3 || groupLength(run, group + 2) !== 4) return;
  const start = groupStart(run, group);
  const inParens = bytes[start - 1] === paren && bytes[groupEnd(run, group)] === 0x29;
  const gap = gapByte(bytes, run, group);
  const isShape =
    inParens || ((gap === hyphen || gap === fullStop) && gapByte(bytes, run, group + 1) === gap);
  if (!isShape && !isNamed(subject, start, groupEnd(run, group + 2), context)) return;
  const from = inParens ? start - 1 : start;
  const end = withExtension(subject, groupEnd(run, group + 2));
  if (startsNumber(bytes, from) && endsNumber(bytes, end)) {
    report('phone', withTrunkPrefix(subject, group, from), end);
  }
}

const extension = /(?: ?x| ext\.? ?)\d{1,6}/iy;

/** Takes a trailing `x123` along. */
function withExtension({ text }: Subject, end: number): number {
  return Math.max(end, matchEnd(extension, text, end));
}

/** Takes a leading `1-` or `001-` along. */
function withTrunkPrefix(subject: Subject, group: number, from: number): number {
  const { bytes, run } = subject;
  const length = groupLength(run, group - 1);
  if (length === 0 || from - groupEnd(run, group - 1) > 2) return from;
  const digits = digitsOf(bytes, run, group - 1, group - 1);
  const start = groupStart(run, group - 1);
  return /^(?:00)?1$/.test(digits) && startsNumber(bytes, start) ? start : from;
}

function findByContext(subject: Subject, group: number, report: Report): void {
  const { bytes, run } = subject;
  // Only at the start of a run, so that the whole number is taken.
  const start = groupStart(run, 0);
  if (group > 0 || !startsNumber(bytes, start)) return;
  const prefixedLast = lastOfPrefixed(subject);
  if (prefixedLast < 0 && groupLength(run, 0) > maxNational) return;
  const last = prefixedLast < 0 ? lastOfNational(subject) : prefixedLast;
  const digits = digitCount(run, last + 1);
  if (digits < leastDigits || isInId(bytes, start, groupEnd(run, last))) return;
  const written = subject.text.slice(start, groupEnd(run, last));
  if (isDated(written) || isPostal(subject, start, written)) return;
  const end = withExtension(subject, groupEnd(run, last));
  if (!endsNumber(bytes, end)) return;
  const isCalledBehind = matchEnd(contextBehind, subject.text, end) >= 0;
  if (!isCalledBehind && !isCalled(subject, { start, end, written, digits })) return;
  report('phone', bytes[start - 1] === paren ? start - 1 : start, end);
}

/** With a calling code, but without its `+`. */
const maxNational = 13;

function lastOfNational({ run }: Subject): number {
  let last = 0;
  let digits = groupLength(run, 0);
  while (last + 1 < run.count && digits + groupLength(run, last + 1) <= maxNational) {
    last++;
    digits += groupLength(run, last);
  }
  return last;
}

/** What is dialled from abroad in many countries, in place of the `+`. */
const prefixed = /^00(?=[1-9])/;
const maxPrefixed = 17;

/** The number that starts the run, with `00` and a calling code; -1 where it is none, else its last group. */
function lastOfPrefixed(subject: Subject): number {
  const { bytes, run } = subject;
  if (bytes[groupStart(run, 0)] !== zero) return -1;
  let last = 0;
  let digits = groupLength(run, 0);
  while (last + 1 < run.count && digits + groupLength(run, last + 1) <= maxPrefixed) {
    last++;
    digits += groupLength(run, last);
  }
  const number = digitsOf(bytes, run, 0, last);
  return prefixed.test(number) && isE164(number.slice(2)) ? last : -1;
}

/** A number within a town has so many digits at least, and needs its word right before it, as in `Phone: 312345`. */
const leastDigits = 6;
const labelled =
  /(?:phone|tel(?:ephone|efon)?|mobile|cell|fax|whatsapp|\xe7\x94\xb5\xe8\xaf\x9d|\xe9\x9b\xbb\xe8\xa9\xb1)(?: (?:no\.?|number))?(?:\\{1,8}[nrt]|[^A-Za-z\d\]<>]){1,6}$/i;
/** Seconds and milliseconds since 1970 stand beside the calls of tools. */
const seconds = /^1[5-9]\d{8}(?:\d{3})?$/;
/** So few digits need their word close by; more of them too, where nothing parts or quotes them. */
const shortDigits = 8;
const shortReach = 28;

/** A number as it is written, and how many digits it has. */
interface Written {
  readonly start: number;
  readonly end: number;
  readonly written: string;
  readonly digits: number;
}

function isCalled(subject: Subject, { start, end, written, digits }: Written): boolean {
  const before = textBefore(subject, start, shortReach);
  const isQuoted = /["']$/.test(before);
  if (digits === leastDigits || (seconds.test(written) && !isQuoted)) return labelled.test(before);
  const isSet = digits < written.length || written.startsWith('0') || isQuoted;
  if (digits > shortDigits && isSet) return isNamed(subject, start, end, context);
  return context.test(before) || context.test(subject.keyAt(start));
}

/** True for a US ZIP code of nine digits behind its state: `MA 02110-1301`. */
function isPostal(subject: Subject, start: number, written: string): boolean {
  return (
    /^\d{5}-\d{4}$/.test(written) && /[A-Z]{2},?[\s*#/]{1,6}$/.test(textBefore(subject, start, 10))
  );
}

/** True for what holds a quotient, a date, or a span of years: `2024-05-01`, `2008-2019`. */
function isDated(text: string): boolean {
  return /\d{7}\/|(?:^|\D)(?:19|20)\d\d([-./])(?:\d\d\1\d\d|(?:19|20)\d\d)(?!\d)|^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])$/.test(
    text,
  );
}

/** True for digits that hang on a word by a hyphen, as in a UUID. */
function isInId(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    (bytes[start - 1] === hyphen && !startsWord(bytes, start - 1)) ||
    (bytes[end] === hyphen && isHex(bytes[end + 1]) && isHex(bytes[end + 2]))
  );
}
