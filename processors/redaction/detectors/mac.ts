import { isHex, startsWord } from '../bytes.ts';
import type { Detector, Report, Subject } from '../detector.ts';
import { matchEnd, textBefore } from '../detector.ts';
import { contextOf, isNamed } from './context.ts';

const pairs =
  /[\dA-Fa-f]{2}([:-])(?:[\dA-Fa-f]{2}\1){4}[\dA-Fa-f]{2}(?:\1[\dA-Fa-f]{2}\1[\dA-Fa-f]{2})?(?![\dA-Za-z]|\1)/y;
const quads = /[\dA-Fa-f]{4}(?:\.[\dA-Fa-f]{4}){2,3}(?![\dA-Za-z]|\.[\dA-Fa-f])/y;

const colon = 0x3a;
const hyphen = 0x2d;

/** A word such as `mac` may end in hex before its own colon. */
const maxTries = 3;

/** Hardware addresses of 48 or 64 bits, in pairs; the broadcast address and zero are none. */
export const mac: Detector = {
  gate: { kind: 'colon' },
  find(subject, at, report) {
    const { bytes } = subject;
    let place = at;
    for (let tries = 0; tries < maxTries; tries++) {
      if (reportPairs(subject, place - 2, report)) return;
      let next = place + 1;
      while (next < place + 3 && bytes[next] !== colon) next++;
      if (bytes[next] !== colon) return;
      place = next;
    }
  },
};

function reportPairs({ bytes, text }: Subject, start: number, report: Report): boolean {
  if (start < 0 || !isHex(bytes[start]) || !startsWord(bytes, start)) return false;
  if (bytes[start - 1] === colon && isHex(bytes[start - 2]) && startsWord(bytes, start - 3))
    return false;
  const end = matchEnd(pairs, text, start);
  if (end < 0 || !isUsed(text.slice(start, end))) return false;
  report('mac', start, end);
  return true;
}

/** The same with hyphens, and in Cisco's three groups of four. */
export const writtenMac: Detector = {
  gate: { kind: 'hex_groups' },
  find(subject, at, report) {
    const { bytes, text } = subject;
    const isPair = bytes[at] === hyphen;
    const start = at - (isPair ? 2 : 4);
    if (start < 0 || !isHex(bytes[start]) || !startsWord(bytes, start)) return;
    const before = bytes[start - 1];
    if ((before === hyphen || before === 0x2e) && !startsWord(bytes, start - 1)) return;
    const end = matchEnd(isPair ? pairs : quads, text, start);
    if (end < 0 || !isUsed(text.slice(start, end))) return;
    if (isPair || hasLetters(text.slice(start, end)) || isNamed(subject, start, end, words)) {
      report('mac', start, end);
    }
  },
};

const words = contextOf([
  'mac',
  'ethernet',
  'ether',
  'arp',
  'hwaddr',
  'hardware',
  'address',
  'bssid',
]);

/** Three groups with letters in two of them; others are numbers of a table as often. */
function hasLetters(quads: string): boolean {
  const groups = quads.split('.');
  return groups.length === 3 && groups.filter((group) => /[A-Fa-f]/.test(group)).length > 1;
}

const bare =
  /mac[ _-]?(?:addr(?:ess)?)?(?:\\{1,8}[nrt]|[^\dA-Za-z\0]){1,8}(?:[\dA-Fa-f]{12}(?:[\dA-Fa-f]{4})?|(?:[\dA-Fa-f]{2} ){5}[\dA-Fa-f]{2}(?: [\dA-Fa-f]{2} [\dA-Fa-f]{2})?)(?![\dA-Za-z])/iy;

/** The same bare or with spaces, behind the word. */
export const namedMac: Detector = {
  gate: {
    kind: 'literal',
    literals: [
      'mac addr',
      'mac_addr',
      'mac-addr',
      'macaddr',
      'mac:',
      'mac=',
      'mac"',
      'mac \xef\xbc',
      'mac\xef\xbc',
      'mac\\n',
      'mac\n',
    ],
    ignoreCase: true,
  },
  find(subject, at, report) {
    const { bytes, text } = subject;
    if (!startsWord(bytes, at)) return;
    findBefore(subject, at, report);
    const end = matchEnd(bare, text, at);
    if (end < 0) return;
    const address = /[\dA-Fa-f]{2}(?: ?[\dA-Fa-f]{2})+$/.exec(text.slice(at, end))?.[0] ?? '';
    if (isUsed(address)) report('mac', end - address.length, end);
  },
};

/** Bytes in which the word stands behind the address: `{"field":"01020304abef","note":"MAC address"}`. */
const bytesBefore = 64;
const bareBefore =
  /(?<![\dA-Za-z])(?:[\dA-Fa-f]{12}(?:[\dA-Fa-f]{4})?|(?:[\dA-Fa-f]{2} ){5}[\dA-Fa-f]{2}(?: [\dA-Fa-f]{2} [\dA-Fa-f]{2})?)(?![\dA-Za-z])/;

function findBefore(subject: Subject, at: number, report: Report): void {
  const before = textBefore(subject, at, bytesBefore);
  const found = bareBefore.exec(before);
  if (found === null || !isUsed(found[0])) return;
  const start = at - before.length + found.index;
  report('mac', start, start + found[0].length);
}

function isUsed(address: string): boolean {
  const digits = address.replace(/[^\dA-Fa-f]/g, '').toLowerCase();
  return !/^(?:0+|f+)$/.test(digits);
}
