import type { Detector } from '../detector.ts';
import { digitAt } from './checksum.ts';
import { valueOfKey } from './key-text.ts';

/** Numbers of the countries that give out most passports: up to two letters, and seven to nine letters or digits in all. */
const number =
  /(?<![\dA-Za-z-])(?:[A-Z]{1,2}\d{6,8}|\d{8,9}|\d{2}[A-Z]{2}\d{5}|[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ\d]{7}\d)(?![\dA-Za-z]|[-.]\d)/;

/** Fewer digits are those of a word in capitals. */
const minDigits = 5;

/** Bytes behind the word in which a number starts, and those that the longest one reaches beyond them, with what follows it. */
const reach = 33;
const beyond = 11;

/** Passport numbers, by the word before them: their shapes alone are those of any part number. */
export const passport: Detector = {
  gate: {
    kind: 'literal',
    literals: [
      'passport',
      'passeport',
      'reisepass',
      'pasaporte',
      'passaport',
      'paspoort',
      'paszport',
      '护照',
      '護照',
      '旅券',
      'パスポート',
      '여권',
      'паспорт',
    ].map((word) => Buffer.from(word).toString('latin1')),
    ignoreCase: true,
  },
  find(subject, at, report) {
    const window = subject.text.slice(at, at + reach + beyond);
    const end = window.indexOf('\0');
    const near = end < 0 || valueOfKey(subject, at, reach) >= 0 ? window : window.slice(0, end);
    const found = number.exec(near);
    if (found === null || found.index > reach) return;
    if (found[0].replace(/\D/g, '').length < minDigits) return;
    report('passport', at + found.index, at + found.index + found[0].length);
  },
};

const lineLength = 44;
const upperLine = /^[A-Z\d<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z\d<]{14}[\d<]\d$/;

/** The machine readable zone of passports (ICAO 9303-4): two lines of 44 characters, checked by the second. */
export const machineReadableZone: Detector = {
  gate: { kind: 'literal', literals: ['<<<'] },
  find({ text }, end, report) {
    // Only where fillers begin; the line starts at most its own length before.
    if (text.charAt(end - 1) === '<') return;
    const before = text.slice(Math.max(0, end - lineLength), end);
    const lead = /(?:^|[^A-Z\d<])(P[A-Z<][A-Z<]{3}[A-Z<]{2,39})$/.exec(before)?.[1];
    if (lead === undefined) return;
    const at = end - lead.length;
    const first = /^[A-Z<]{44}(?:\r?\n|\\{1,4}r?\\{0,4}n|[ ,;]{1,3})/.exec(
      text.slice(at, at + 64),
    )?.[0];
    if (first === undefined) return;
    const second = text.slice(at + first.length, at + first.length + lineLength);
    if (upperLine.test(second) && isChecked(second)) {
      report('passport', at, at + first.length + lineLength);
    }
  },
};

/** Check digits of the number, the date of birth and the date of expiry. */
function isChecked(line: string): boolean {
  return [
    [0, 9],
    [13, 19],
    [21, 27],
  ].every(([from = 0, to = 0]) => {
    let sum = 0;
    for (let index = from; index < to; index++) {
      const value = line.charAt(index) === '<' ? 0 : digitAt(line, index);
      sum += value * ([7, 3, 1][(index - from) % 3] ?? 0);
    }
    return sum % 10 === digitAt(line, to);
  });
}
