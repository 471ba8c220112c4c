import { startsWord } from '../bytes.ts';
import type { Detector, Subject } from '../detector.ts';
import { matchEnd } from '../detector.ts';
import { valueOfKey } from './key-text.ts';

const part =
  "(?:[A-Z]|\\xc3[\\x80-\\x9e])(?:[a-z'\\-]|[\\xc3-\\xc9][\\x80-\\xbf]|\\.(?= )|(?<=[a-z\\-'])[A-Z]){0,24}";
/** One to four capitalised words, with particles between, or two to four Han characters. */
const latinName = new RegExp(
  `(?:${part})(?: (?:(?:van|von|de|der|den|da|di|del|la|le|bin|al|el|dos|du) ){0,2}(?:${part})){0,3}(?![a-z])`,
  'y',
);
const hanName =
  /(?:[\xe4-\xe9][\x80-\xbf]{2}){2,4}(?=$|[\0\s,.;:!?"'\\)]|\xe3\x80\x82|\xef\xbc[\x8c\x9b\x81\x9f])/y;

const phrase =
  /(?:(?:my|full|first|last|sur|customer|patient|contact|billing|account|card ?holder)(?:'s)?[ _-]?name|named?)(?: is| was)?[ :=]{1,3}|(?:mr|mrs|ms|mx|dr|prof|herr|frau|señor|monsieur|madame)\.? |dear (?:(?:mr|mrs|ms|dr)\.? )?|i am called |call me |(?:\xe6\x88\x91\xe5\x8f\xab|\xe5\xa7\x93\xe5\x90\x8d(?:\xe6\x98\xaf|:|\xef\xbc\x9a)? ?)/iy;

const openers = [
  'my name is ',
  'mr. ',
  'mrs. ',
  'ms. ',
  'dr. ',
  'prof. ',
  'dear ',
  'call me ',
  'herr ',
  'frau ',
  'madame ',
  'monsieur ',
];

/** Words that follow such phrases and are nobody's name. */
const common =
  /^(?:Sir|Madam|All|Team|Customer|Customers|User|Users|Friend|Friends|Colleagues?|Hiring|Support|Editor|The|This|It|Not|When|Maybe|Back|Later|Reader|Readers|Everyone|Mom|Dad|Diary|God|Lord|Admin|Valued|Member|Maintainers?|Developers?)\b/;

/** Names of people behind a phrase such as `my name is` or `Dear`. Other names in free text are not found. */
export const spokenName: Detector = {
  gate: {
    kind: 'literal',
    literals: [...openers, ...['我叫', '姓名'].map((word) => Buffer.from(word).toString('latin1'))],
    ignoreCase: true,
  },
  find({ bytes, text }, at, report) {
    if ((bytes[at] ?? 0) < 0x80 && !startsWord(bytes, at)) return;
    const start = matchEnd(phrase, text, at);
    if (start < 0) return;
    const end = nameEnd(text, start);
    if (end > start + 1) report('name', start, end);
  },
};

const keyRest = /[\w.-]{0,24}(?:\\{0,8}["'])?\s{0,4}[:=]\s{0,4}(?:\\{0,8}["'])?/y;

/** Names of people by the key of an attribute, or of JSON in a text: `full_name`, `customerName`. */
export const keyedName: Detector = {
  gate: {
    kind: 'literal',
    literals: [
      'full',
      'first',
      'last',
      'given',
      'family',
      'customer',
      'patient',
      'holder',
      'recipient',
      'employee',
    ].flatMap((word) => [`${word}_name`, `${word}name`, `${word}.name`, `${word}-name`]),
    ignoreCase: true,
  },
  find(subject, at, report) {
    const start = valueStart(subject, at);
    if (start < 0) return;
    const end = nameEnd(subject.text, start);
    if (end > start + 1) report('name', start, end);
  },
};

function valueStart(subject: Subject, at: number): number {
  const inKey = valueOfKey(subject, at, 64);
  return inKey >= 0 ? inKey : matchEnd(keyRest, subject.text, at);
}

function nameEnd(text: string, start: number): number {
  const end = Math.max(matchEnd(latinName, text, start), matchEnd(hanName, text, start));
  return end >= 0 && common.test(text.slice(start, end)) ? -1 : end;
}
