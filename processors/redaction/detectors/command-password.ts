import { startsWord } from '../bytes.ts';
import type { Detector } from '../detector.ts';
import { textAfter, textBefore } from '../detector.ts';
import { isPlaceholder } from './assignment.ts';

/** Bytes of a command line in which its option stands. */
const commandBytes = 512;
/** A quote that closes a string of JSON is none that opens a value, and no value goes over it. */
const notClosing = '(?!\\s*[,:}\\]])';
const singleQuoted = `'(?<single>(?:[^'"\0]|"${notClosing}){3,128})'`;
const quoted = [
  `(?<slash>\\\\{0,4})"${notClosing}(?<double>[^"$\\\\\0]{3,128})\\k<slash>"`,
  singleQuoted,
  `(?<bare>[^\\s"'\`$\\\\|;&<>()\0]{3,128})`,
].join('|');
/** The rest of a command up to an option, not over the end of the command. */
const upTo = `(?:[^|;&\n\0]{0,400}?\\s)?`;

/** Commands and statements whose password no name of its own stands before, and what stands between them and it. */
const commands: readonly RegExp[] = [
  new RegExp(`^(?:mysql|mariadb)[\\w-]{0,16}(?:\\.exe)?\\s${upTo}-p(?:${quoted})`, 'd'),
  new RegExp(`^sshpass\\s${upTo}-p ?(?:${quoted})`, 'd'),
  new RegExp(`^redis-cli\\s${upTo}-a (?:${quoted})`, 'd'),
  new RegExp(`^(?:docker|podman|oc|az) login\\s${upTo}-p[ =]?(?:${quoted})`, 'd'),
  new RegExp(`^aws configure set [\\w.-]*(?:secret|token)[\\w.-]* (?:${quoted})`, 'd'),
  new RegExp(`^identified\\s(?:with\\s['"]?\\w{1,40}['"]?\\s)?by\\s+${singleQuoted}`, 'di'),
];

const example = /^(?:[\d.:]+|pass(?:word|wd)?|pwd|secret|[a-z]*_?password|\[\w+\])$/i;
/** What else stands behind `-p` of compilers and archives, whose paths may end in `mysql`. */
const otherOption = /^(?:thread|ipe|ie|edantic|xz?v?f|(?:ort|rotocol|arallel|rogress)(?:=.*)?)$/;
/** Users are made `IDENTIFIED BY '…'`; in other sentences a thing is identified by the name of a column. */
const makesUser = /\b(?:create|alter|set|grant|connect)\s[^;\0]*$/i;

/** Passwords behind an option that does not name them, or in SQL: `mysql -p…`, `docker login -p …`, `IDENTIFIED BY '…'`. */
export const commandPassword: Detector = {
  gate: {
    kind: 'literal',
    literals: [
      'mysql',
      'mariadb',
      'sshpass',
      'redis-cli',
      'docker login',
      'podman login',
      'oc login',
      'az login',
      'aws configure set',
      'identified',
    ],
    ignoreCase: true,
  },
  find(subject, at, report) {
    if (!startsWord(subject.bytes, at)) return;
    const text = textAfter(subject, at, commandBytes);
    if (/^identified/i.test(text) && !makesUser.test(textBefore(subject, at, commandBytes))) return;
    for (const command of commands) {
      const found = command.exec(text);
      const range = valueRange(found?.indices);
      if (range === undefined) continue;
      const [start, end] = range;
      const value = text.slice(start, end);
      if (isPlaceholder(value) || example.test(value) || otherOption.test(value)) return;
      report('credential', at + start, at + end);
    }
  },
};

function valueRange(indices: RegExpIndicesArray | undefined): [number, number] | undefined {
  const { double, single, bare } = indices?.groups ?? {};
  return double ?? single ?? bare;
}
