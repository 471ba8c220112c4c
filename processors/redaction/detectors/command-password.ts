import { startsWord } from '../bytes.ts';
import type { Detector } from '../detector.ts';
import { textAfter } from '../detector.ts';
import { isPlaceholder } from './assignment.ts';

/** Bytes of a command line in which its option stands. */
const commandBytes = 512;
const quoted = `\\\\{0,4}"([^"$\\\\\0]{3,128})\\\\{0,4}"|'([^'\0]{3,128})'|([^\\s"'\`$\\\\|;&<>()\0]{3,128})`;
/** The rest of a command up to an option, not over the end of the command. */
const upTo = `(?:[^|;&\n\0]{0,400}?\\s)?`;

/** Commands and statements whose password no name of its own stands before, and what stands between them and it. */
const commands: readonly RegExp[] = [
  new RegExp(`^(?:mysql|mariadb)[\\w-]{0,16}(?:\\.exe)?\\s${upTo}-p(?:${quoted})`, 'd'),
  new RegExp(`^sshpass\\s${upTo}-p ?(?:${quoted})`, 'd'),
  new RegExp(`^redis-cli\\s${upTo}-a (?:${quoted})`, 'd'),
  new RegExp(`^(?:docker|podman|oc|az) login\\s${upTo}-p[ =]?(?:${quoted})`, 'd'),
  new RegExp(`^aws configure set [\\w.-]*(?:secret|token)[\\w.-]* (?:${quoted})`, 'd'),
  /^identified\s(?:with\s['"]?\w{1,40}['"]?\s)?by\s+'([^'\0]{3,128})'/di,
];

const example = /^(?:[\d.:]+|pass(?:word|wd)?|pwd|secret|[a-z]*_?password)$/i;

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
    for (const command of commands) {
      const found = command.exec(text);
      if (found === null) continue;
      const value = found[1] ?? found[2] ?? found[3] ?? '';
      const [start = 0, end = 0] =
        found.indices?.slice(1).find((range) => range !== undefined) ?? [];
      if (isPlaceholder(value) || example.test(value)) return;
      report('credential', at + start, at + end);
    }
  },
};
