import { startsWord } from '../bytes.ts';
import type { Detector, Report, Subject } from '../detector.ts';
import { isDay } from './checksum.ts';
import { valueOfKey } from './key-text.ts';

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const monthName =
  '(?:jan(?:uary|vier|uar)?|feb(?:ruary|ruar)?|mar(?:ch|s)?|apr(?:il)?|may|jun[ei]?|jul[yi]?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';

/** Dates as they are written behind such a word; four digits of the year, or two between slashes or full stops. */
const written = new RegExp(
  [
    '(?<!\\d)(?:(?:18|19|20)\\d{2})([-/.])(?:\\d{1,2})\\1(?:\\d{1,2})(?!\\d)',
    '(?<!\\d)\\d{1,2}([-/.])\\d{1,2}\\2(?:(?:18|19|20)\\d{2}|\\d{2})(?!\\d)',
    `(?<!\\d)\\d{1,2}(?:st|nd|rd|th|\\.)?[ -]${monthName}\\.?,?[ -](?:18|19|20)\\d{2}(?!\\d)`,
    `(?<![A-Za-z])${monthName}\\.?[ -]\\d{1,2}(?:st|nd|rd|th)?,?[ -](?:18|19|20)\\d{2}(?!\\d)`,
    // 年, 月 and 日; 년, 월 and 일.
    '(?:18|19|20)\\d{2} ?(?:\\xe5\\xb9\\xb4|\\xeb\\x85\\x84) ?\\d{1,2} ?(?:\\xe6\\x9c\\x88|\\xec\\x9b\\x94) ?\\d{1,2} ?(?:\\xe6\\x97\\xa5|\\xec\\x9d\\xbc)?',
    '(?<!\\d)(?:19|20)\\d{6}(?!\\d)',
  ].join('|'),
  'i',
);

/** Bytes behind the word in which a date starts, and those that the longest one reaches beyond them, with what follows it. */
const reach = 42;
const beyond = 26;

const words = [
  'birth',
  'born ',
  'dob:',
  'dob ',
  'dob"',
  'dob=',
  'dob\\',
  'dob\0',
  'geboren',
  'geburts',
  'naissance',
  'nacimiento',
  'nascita',
  'nascimento',
  'né le ',
  'née le ',
  'geboorte',
  'urodzen',
  '生日',
  '出生',
  '生年月日',
  '생년월일',
  'дата рождения',
];

/** A date that a word such as `born` or `dob` makes one of birth; other dates are nobody's. */
export const dateOfBirth: Detector = {
  gate: {
    kind: 'literal',
    literals: words.map((word) => Buffer.from(word).toString('latin1')),
    ignoreCase: true,
  },
  find(subject, at, report) {
    const { bytes, text } = subject;
    // `adobe`, `dobby` and `reborn` are other words.
    if (!startsWord(bytes, at) && !/birth|geb/i.test(text.slice(at, at + 5))) return;
    if (/^dob[a-z]/i.test(text.slice(at, at + 4))) return;
    findDate(subject, at, report);
  },
};

function findDate(subject: Subject, at: number, report: Report): void {
  const { text } = subject;
  const window = text.slice(at, at + reach + beyond);
  const end = window.indexOf('\0');
  const near = end < 0 || valueOfKey(subject, at, reach) >= 0 ? window : window.slice(0, end);
  const found = written.exec(near);
  if (found === null || found.index > reach || !isDate(found[0])) return;
  report('date_of_birth', at + found.index, at + found.index + found[0].length);
}

function isDate(date: string): boolean {
  const numbers = (date.match(/\d+/g) ?? []).map(Number);
  const name = months.findIndex((month) => date.toLowerCase().includes(month));
  if (name >= 0) return isDay(name + 1, numbers.find((number) => number < 100) ?? 0);
  if (numbers.length === 1)
    return isDay(Math.floor(((numbers[0] ?? 0) / 100) % 100), (numbers[0] ?? 0) % 100);
  const [first = 0, second = 0, third = 0] = numbers;
  if (first > 31) return isDay(second, third);
  return isDay(first, second) || isDay(second, first);
}
