import { escapeTail, isAlphanumeric, isLocal } from '../bytes.ts';
import type { Detector } from '../detector.ts';
import { matchEnd, textBefore } from '../detector.ts';

/** RFC 5321: the part before the `@` has at most so many octets. */
const maxLocal = 64;
const underscore = 0x5f;

const domain =
  /@(?:[A-Za-z0-9\x80-\xff](?:[A-Za-z0-9\x80-\xff-]{0,61}[A-Za-z0-9\x80-\xff])?\.){1,8}(?:xn--[A-Za-z0-9-]{2,59}|[A-Za-z]{2,24})(?![A-Za-z0-9@])/y;

/** What looks like a top-level domain and is a file: `icon@2x.png`, `pkg@1.0.tgz`. */
const fileName =
  /\.(?:png|jpe?g|gif|svg|webp|ico|avif|tgz|gz|tar|json|s?css|html?|[cm]?jsx?|[cm]?tsx?|ya?ml|toml|lock|txt|log|xml)$/i;

/** Mail addresses, found by their `@` (RFC 5321, with international domains). */
export const email: Detector = {
  gate: { kind: 'byte', byte: '@' },
  find(subject, at, report) {
    const { bytes, text } = subject;
    let start = at;
    while (at - start < maxLocal && isLocal(bytes[start - 1])) start--;
    start += escapeTail(bytes, start);
    while (start < at && !isAlphanumeric(bytes[start]) && bytes[start] !== underscore) start++;
    if (start >= at) return;
    const end = matchEnd(domain, text, at);
    if (end < 0 || fileName.test(text.slice(at, end))) return;
    if (isUserInfo(textBefore(subject, start, 160)) || isScpPath(text, start, at, end)) return;
    report('email', start, end);
  },
};

/** True for the password in `scheme://user:password@host`, which the URL detector takes. */
function isUserInfo(before: string): boolean {
  return /:\\{0,4}\/\\{0,4}\/[^\s/@"'<>]{0,128}:[^\s/@"'<>]{0,128}$/.test(before);
}

/** True for `git@github.com:owner/repository`. */
function isScpPath(text: string, start: number, at: number, end: number): boolean {
  return text.slice(start, at) === 'git' && text[end] === ':';
}
