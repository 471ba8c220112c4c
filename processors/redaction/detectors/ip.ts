import { isAlphanumeric, isDigit, isHex, startsWord } from '../bytes.ts';
import type { Detector, Report, Subject } from '../detector.ts';
import { textBefore } from '../detector.ts';
import { gapByte, groupEnd, groupLength, groupStart } from '../number-run.ts';

const fullStop = 0x2e;
const colon = 0x3a;
const slash = 0x2f;

/** IPv4 addresses; not versions, netmasks, loopback or the unspecified address. */
export const ipv4: Detector = {
  gate: { kind: 'number' },
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
  return !/^(?:0\.|127\.|255\.255\.)/.test(address);
}

const versionWords =
  /(?:version|\bver|release|\bbuild|\brev|\boid|firmware|driver|\bsdk)["'\\:=\s]{0,6}$|\bv[ .=]?$/i;

function isVersion(subject: Subject, start: number, address: string): boolean {
  const { bytes } = subject;
  // A product token: `Chrome/120.0.6099.109`.
  if (bytes[start - 1] === slash && isAlphanumeric(bytes[start - 2])) return true;
  const before = textBefore(subject, start, 24);
  if (versionWords.test(before)) return true;
  const octets = address.split('.');
  const isTiny = octets.every((octet) => octet.length === 1) && new Set(octets).size > 1;
  return isTiny && !isNamed(before);
}

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
    reportIpv6(subject, start, end, report);
  },
};

function reportIpv6(subject: Subject, start: number, end: number, report: Report): void {
  const raw = subject.text.slice(start, end);
  // A colon before the address or after it is punctuation, unless doubled.
  const trimmed = raw.replace(/^:(?=[^:])/, '').replace(/([^:]):$/, '$1');
  const from = start + raw.indexOf(trimmed);
  if (isIpv6(trimmed) && (isLong(trimmed) || isNamed(textBefore(subject, start, 24)))) {
    report('ip', from, from + trimmed.length);
  }
}

/** `a::b` and `12::30` are paths and times more often than addresses. */
function isLong(address: string): boolean {
  const groups = address.split(':').filter((group) => group !== '');
  return groups.length >= 3 || (groups.length === 2 && groups[0]?.length === 4);
}

function isNamed(before: string): boolean {
  return /\b(?:ip|host|addr|address|server|client|from|dns|ping)\b|\/\/\[?$/i.test(before);
}

function isIpv6(address: string): boolean {
  if (!/^[\dA-Fa-f:]{4,39}$/.test(address) || !/\d/.test(address)) return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = address.split(':').filter((group) => group !== '');
  if (groups.some((group) => group.length > 4)) return false;
  if (halves.length === 1) return groups.length === 8;
  return groups.length <= 7;
}
