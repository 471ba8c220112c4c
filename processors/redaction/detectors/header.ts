import type { Detector, Report } from '../detector.ts';
import { matchEnd } from '../detector.ts';
import { pairedValue } from './assignment.ts';
import { valueOfKey } from './key-text.ts';
import { isSecretText } from './randomness.ts';

const headerName = /authorization(?:\\{0,8}["'])?\s{0,2}:\s{0,2}(?:\\{0,8}["'])?/iy;
const headerValue = /(?:[\w-]{1,24} {1,2})?[\w.~+/=@-]{12,8192}(?![\w.~+/=@-])/y;

/** What follows `Authorization:` of HTTP, whatever the scheme, or is the value of an attribute named after it. */
export const authorizationHeader: Detector = {
  gate: { kind: 'literal', literals: ['authorization'], ignoreCase: true },
  find(subject, at, report) {
    const { text } = subject;
    const inKey = valueOfKey(subject, at, 32);
    const start = inKey >= 0 ? inKey : matchEnd(headerName, text, at);
    const end = start < 0 ? -1 : matchEnd(headerValue, text, start);
    if (end < 0) return;
    const scheme = /^[\w-]{1,24} {1,2}/.exec(text.slice(start, end))?.[0].length ?? 0;
    if (/\d/.test(text.slice(start + scheme, end))) report('credential', start + scheme, end);
  },
};

const cookieName = new RegExp(
  `cookie(?:\\\\{0,8}["'])?(?:\\s{0,2}:|${pairedValue})\\s{0,2}(?:\\\\{0,8}["'])?`,
  'iy',
);
/** A session's value alone, which is all that an attribute or a string of JSON holds. */
const bareCookie = /[^\s"'\\;=\0]{16,4096}(?![^\0\\"'])/y;
const cookiePairs = /[^\s"'\\;=\0]{1,64}=[^\0\r\n"\\]{8,4096}/y;

/** Cookies of HTTP headers (RFC 6265), by name or in an attribute named after one: who holds a session's may act in it. */
export const cookie: Detector = {
  gate: { kind: 'literal', literals: ['cookie'], ignoreCase: true },
  find(subject, at, report) {
    const { text } = subject;
    const inKey = valueOfKey(subject, at, 32);
    const start = inKey >= 0 ? inKey : matchEnd(cookieName, text, at);
    const end = start < 0 ? -1 : matchEnd(cookiePairs, text, start);
    if (end >= 0) report('credential', start, end);
    else if (inKey === at + 'cookie\0'.length || isQuoted(text, start)) {
      reportBareCookie(text, start, report);
    }
  },
};

function isQuoted(text: string, start: number): boolean {
  return start > 0 && (text[start - 1] === '"' || text[start - 1] === "'");
}

function reportBareCookie(text: string, start: number, report: Report): void {
  const end = matchEnd(bareCookie, text, start);
  if (end >= 0 && isSecretText(text.slice(start, end))) report('credential', start, end);
}

const bearerToken = /(?:bearer|token)\s{1,4}[\w.~+/-]{16,8192}={0,3}/iy;
const basicToken = /basic\s{1,4}[A-Za-z0-9+/]{8,2048}={0,2}/iy;

/** Credentials of the HTTP `Authorization` header (RFC 6750, RFC 7617), also without its name. */
export const authorization: Detector = {
  gate: { kind: 'literal', literals: ['bearer ', 'basic '], ignoreCase: true },
  find({ text }, at, report) {
    const start = text.indexOf(' ', at) + 1;
    const bearerEnd = matchEnd(bearerToken, text, at);
    if (bearerEnd >= 0) {
      if (/\d/.test(text.slice(start, bearerEnd))) report('credential', start, bearerEnd);
      return;
    }
    const basicEnd = matchEnd(basicToken, text, at);
    if (basicEnd >= 0 && isUserAndPassword(text.slice(start, basicEnd))) {
      report('credential', start, basicEnd);
    }
  },
};

const storedAuth =
  /_?auth(?:\\{0,8}")?\s{0,2}[:=]\s{0,2}(?:\\{0,8}")?[A-Za-z0-9+/]{12,2048}={0,2}/iy;

/** The same as package registries and container tools store it: `_auth=` of npm, `"auth":` of Docker. */
export const storedAuthorization: Detector = {
  gate: {
    kind: 'literal',
    literals: ['_auth=', '_auth =', '"auth"', '\\"auth\\'],
    ignoreCase: true,
  },
  find({ text }, at, report) {
    const name = text.indexOf('auth', at);
    const end = name < 0 ? -1 : matchEnd(storedAuth, text, name);
    if (end < 0) return;
    const value = /[A-Za-z0-9+/]{12,}={0,2}$/.exec(text.slice(at, end))?.[0] ?? '';
    if (isUserAndPassword(value)) report('credential', end - value.length, end);
  },
};

function isUserAndPassword(encoded: string): boolean {
  return /^[\x20-\x7e]+:[\x20-\x7e]*$/.test(
    Buffer.from(encoded.trim(), 'base64').toString('latin1'),
  );
}
