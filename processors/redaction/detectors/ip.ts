import { isAlphanumeric, isDigit, isHex, startsWord } from '../bytes.ts';
import type { Detector, Report, Subject } from '../detector.ts';
import { matchEnd, textAfter, textBefore } from '../detector.ts';
import { gapByte, groupEnd, groupLength, groupStart } from '../number-run.ts';

const fullStop = 0x2e;
const colon = 0x3a;
const slash = 0x2f;

/** IPv4 addresses; not versions, netmasks, loopback or the unspecified address. */
export const ipv4: Detector = {
  gate: { kind: 'number', lengths: [1, 2, 3] },
  find(subject, group, report) {
    if (groupLength(subject.run, group) > 3 || !isDotted(subject, group)) return;
    const { bytes, run } = subject;
    const start = groupStart(run, group);
    const end = groupEnd(run, group + 3);
    if (!startsWord(bytes, start) || bytes[start - 1] === fullStop) return;
    if (isAlphanumeric(bytes[end]) || (bytes[end] === fullStop && isDigit(bytes[end + 1]))) return;
    const address = subject.text.slice(start, end);
    if (isUsable(address) && !isVersion(subject, start, address)) report('ip', start, end);
  },
};

function isDotted(subject: Subject, group: number): boolean {
  const { bytes, run } = subject;
  for (let index = group; index < group + 3; index++) {
    if (gapByte(bytes, run, index) !== fullStop || groupLength(run, index + 1) > 3) return false;
  }
  return true;
}

function isUsable(address: string): boolean {
  const octets = address.split('.');
  if (octets.some((octet) => Number(octet) > 255 || (octet.length > 1 && octet.startsWith('0')))) {
    return false;
  }
  return !nobodys.test(address);
}

/** Unspecified, loopback and multicast addresses, and netmasks: nobody's (RFC 6890, RFC 5771). */
const nobodys = /^(?:0|127|22[4-9]|23\d)\.|^255\.(?:255\.|0\.0\.0$)/;

const versionWords =
  /(?:version|\bver|release|\bbuild|\brev|\boid|firmware|driver|\bsdk)["'\\:=\s]{0,6}$|\bv[ .=]?$/i;

function isVersion(subject: Subject, start: number, address: string): boolean {
  const { bytes } = subject;
  // A product token: `Chrome/120.0.6099.109`.
  if (bytes[start - 1] === slash && isAlphanumeric(bytes[start - 2])) return true;
  const before = textBefore(subject, start, 24);
  if (versionWords.test(before) || afterDecimal.test(before)) return true;
  if (upgrade.test(textBefore(subject, start, 48)) || isHeading(subject, start, address))
    return true;
  const octets = address.split('.');
  // Versions and chapters count from one; nobody's network does, save 10.0.0.0/8.
  const isSmall = octets.every((octet) => Number(octet) < 32) && new Set(octets).size > 1;
  if (!objectIdentifier.test(address) && (!isSmall || octets[0] === '10')) return false;
  return !isNamed(subject, start, start + address.length);
}

/** `update V8 to 4.4.63.30 (from 4.4.63.26)`. */
const upgrade =
  /\b(?:upgrad|updat|bump|patch|upstream|v8|chrom|electron)\w*\b[^\0\n]{0,24}\b(?:to|from|at|is)[ ]{1,2}$/i;

/** A chapter's number at the beginning of a line: `10.3.2.1. The root`. */
function isHeading(subject: Subject, start: number, address: string): boolean {
  if (address.split('.').some((octet) => Number(octet) > 31)) return false;
  const after = textAfter(subject, start + address.length, 3);
  return /^\.(?:[ \xc2]|&)/.test(after) && /(?:^|[\n>])\s*$/.test(textBefore(subject, start, 8));
}

/** A number with a fraction before it: coordinates of a drawing, with or without spaces between them. */
const afterDecimal = /(?:^|[^\d.])\d*\.\d+[ ,-]$/;
/** The arcs of X.500, of the Internet and of ISO's members, as `2.5.29.37`. */
const objectIdentifier = /^(?:2\.5\.(?:4|29)|1\.3\.6|1\.2\.\d{3})\./;

const maxIpv6 = 45;

/** IPv6 addresses; not times, MAC addresses, C++ or Rust paths, or loopback. */
export const ipv6: Detector = {
  gate: { kind: 'colon' },
  find(subject, at, report) {
    const { bytes } = subject;
    let start = at;
    while (at - start < maxIpv6 && (isHex(bytes[start - 1]) || bytes[start - 1] === colon)) start--;
    if (bytes[start - 1] === 0x5c) start++;
    if (!startsWord(bytes, start) || bytes[start - 1] === fullStop) return;
    let end = at;
    while (end - at < maxIpv6 && (isHex(bytes[end]) || bytes[end] === colon)) end++;
    if (isAlphanumeric(bytes[end])) return;
    const tail = matchEnd(dottedTail, subject.text, end);
    if (tail >= 0 && isDigit(bytes[end - 1])) reportMapped(subject, start, tail, report);
    else reportIpv6(subject, start, end, report);
  },
};

const dottedTail = /(?:\.\d{1,3}){3}(?![\dA-Za-z]|\.\d)/y;

/** The last four bytes can be written as IPv4 (RFC 4291, 2.2): `::ffff:192.0.2.7`. Loopback stays. */
function reportMapped(subject: Subject, start: number, end: number, report: Report): void {
  const address = subject.text.slice(start, end).replace(/^:(?=[^:])/, '');
  const [dotted = ''] = /\d+(?:\.\d+){3}$/.exec(address) ?? [];
  const head = `${address.slice(0, -dotted.length)}0:0`;
  if (isUsable(dotted) && isIpv6(head)) report('ip', end - address.length, end);
}

function reportIpv6(subject: Subject, start: number, end: number, report: Report): void {
  const raw = subject.text.slice(start, end);
  // A colon before the address or after it is punctuation, unless doubled.
  const trimmed = raw.replace(/^:(?=[^:])/, '').replace(/([^:]):$/, '$1');
  const from = start + raw.indexOf(trimmed);
  if (isIpv6(trimmed) && (isLong(trimmed) || isNamed(subject, start, end))) {
    report('ip', from, from + trimmed.length);
  }
}

/** `a::b` and `12::30` are paths and times more often than addresses. */
function isLong(address: string): boolean {
  const groups = address.split(':').filter((group) => group !== '');
  return groups.length >= 3 || (groups.length === 2 && groups[0]?.length === 4);
}

const nameBefore =
  /(?<![A-Za-z])(?:ip|host|addr|address|server|client|from|dns|ping)(?![a-z])|\/\/\[?$/i;
const nameAfter = /(?<![A-Za-z])(?:ip|address)(?![a-z])/i;
const nameInKey = /(?:ip|host|addr|address|server|client|peer|dns)(?![a-z])/i;

/** Short addresses are versions and paths as often: a word or the attribute's key must say what they are. */
function isNamed(subject: Subject, start: number, end: number): boolean {
  return (
    nameBefore.test(textBefore(subject, start, 24)) ||
    nameAfter.test(textAfter(subject, end, 48)) ||
    nameInKey.test(subject.keyAt(start))
  );
}

function isIpv6(address: string): boolean {
  if (!/^[\dA-Fa-f:]{3,39}$/.test(address) || !/\d/.test(address)) return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = address.split(':').filter((group) => group !== '');
  if (groups.some((group) => group.length > 4)) return false;
  if (halves.length === 1) return groups.length === 8;
  return groups.length <= 7;
}
