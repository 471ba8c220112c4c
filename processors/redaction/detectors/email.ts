import { escapeTail, isAlphanumeric, isLocal } from '../bytes.ts';
import type { Detector, Subject } from '../detector.ts';
import { matchEnd, textBefore } from '../detector.ts';
import { contextOf, isNamed } from './context.ts';
import { isTopLevelDomain } from './top-level-domain.ts';

/** RFC 5321: the part before the `@` has at most so many octets. */
const maxLocal = 64;
const underscore = 0x5f;

const label = '[A-Za-z0-9\\x80-\\xff](?:[A-Za-z0-9\\x80-\\xff-]{0,61}[A-Za-z0-9\\x80-\\xff])?';
/** Scripts of two bytes a letter and of India, which part words by spaces, and 中国, 中國, 公司, 网络, 香港, 台湾, 台灣. */
const foreignTop = [
  '(?:[\\xce-\\xdb][\\x80-\\xbf]){2,20}',
  '(?:\\xe0[\\xa4-\\xaf][\\x80-\\xbf]){2,20}',
  ...['中国', '中國', '公司', '网络', '香港', '台湾', '台灣'].map((word) =>
    Buffer.from(word).toString('latin1'),
  ),
].join('|');
const domain = new RegExp(
  `@(?:${label}\\.){1,8}(?:xn--[A-Za-z0-9-]{2,59}|[A-Za-z]{2,24}|${foreignTop})(?![A-Za-z0-9@])`,
  'y',
);
const addressLiteral =
  /@(?:\[(?:IPv6:[\da-f:]{2,39}|\d{1,3}(?:\.\d{1,3}){3})\]|\d{1,3}(?:\.\d{1,3}){3}(?![\w.]))/iy;
const mailWords = contextOf(['mail', 'e mail', '邮箱', '郵箱', 'メール']);

/**
 * Mail addresses, found by their `@` (RFC 5321, with international domains and parts before the `@`, RFC 6531). A bare IP
 * address behind it needs a word, because `root@192.0.2.7` is a login.
 */
export const email: Detector = {
  gate: { kind: 'byte', byte: '@' },
  find(subject, at, report) {
    const { bytes, text } = subject;
    let start = at;
    while (at - start < maxLocal) {
      if (isLocal(bytes[start - 1])) start--;
      else if (isLetterOfTwo(bytes, start)) start -= 2;
      else break;
    }
    start += escapeTail(bytes, start);
    while (start < at && !startsLocal(bytes[start])) start++;
    if (start >= at) return;
    const end = domainEnd(subject, start, at);
    if (end < 0) return;
    if (isUserInfo(textBefore(subject, start, 160)) || isScpPath(text, start, at, end)) return;
    report('email', start, end);
  },
};

/** A letter of two bytes in UTF-8 before `at`: of an accented Latin, Greek, Cyrillic, Hebrew or Arabic word. */
function isLetterOfTwo(bytes: Uint8Array, at: number): boolean {
  const lead = bytes[at - 2] ?? 0;
  return lead >= 0xc3 && lead <= 0xdb && ((bytes[at - 1] ?? 0) & 0xc0) === 0x80;
}

function startsLocal(byte = 0): boolean {
  return isAlphanumeric(byte) || byte === underscore || byte >= 0xc3;
}

function domainEnd(subject: Subject, start: number, at: number): number {
  const { text } = subject;
  const end = matchEnd(domain, text, at);
  if (end >= 0) {
    const top = text.slice(text.lastIndexOf('.', end - 1) + 1, end);
    return isTopLevelDomain(top) ? end : -1;
  }
  const literalEnd = matchEnd(addressLiteral, text, at);
  if (literalEnd < 0 || text[at + 1] === '[') return literalEnd;
  return isNamed(subject, start, literalEnd, mailWords) ? literalEnd : -1;
}

/** True for the password in `scheme://user:password@host`, which the URL detector takes. */
function isUserInfo(before: string): boolean {
  return /:\\{0,4}\/\\{0,4}\/[^\s/@"'<>]{0,128}:[^\s/@"'<>]{0,128}$/.test(before);
}

/** True for `git@github.com:owner/repository`. */
function isScpPath(text: string, start: number, at: number, end: number): boolean {
  return text.slice(start, at) === 'git' && text[end] === ':';
}
