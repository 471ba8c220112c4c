import type { Detector, Report, Subject } from '../detector.ts';
import { matchEnd, textBefore } from '../detector.ts';
import { entropy } from './api-key.ts';
import { valueOfKey } from './key-text.ts';

// Rest of the name, closing quote, delimiter, opening quote; escaped quotes as in nested JSON.
// White space may be written as an escape: text that is JSON holds `\\n` for a line break.
const assignment =
  /[\w.-]{0,32}(?:\\{0,8}["'`]\]?)?(?:\s|\\{1,8}[nrt]){0,4}(?:::?=|\?=|=>|[:=]|value=)(?:\s|\\{1,8}[nrt]){0,4}\\{0,8}["'`]?/y;
const value = /[^\s"'`\\,;<>&(){}[\]|\0]{4,512}(?![\w(])/y;

const placeholder =
  /^(?:[$%<{*#@]|process\.|os\.|env\.|config\.|self\.|this\.|req\.|your|my[_-]|example|placeholder|changeme|redacted|x{3,}|\.{3}|null$|none$|true$|false$|undefined$|string$|number$|boolean$|bearer$|required|optional)/i;

/** A password named by the word before it: `password=…`, `"passwd": "…"`. Weak words are values too. */
export const password: Detector = {
  gate: { kind: 'literal', literals: ['passw', 'pwd', 'passphrase'], ignoreCase: true },
  find(subject, at, report) {
    findAssigned(
      subject,
      at,
      report,
      (secret) => /[\d!@#$%^&*?+~]/.test(secret) && secret.length >= 5,
    );
  },
};

/** A key or token named by the word before it; only what looks random, because `token` is a word of the trade. */
export const namedSecret: Detector = {
  gate: {
    kind: 'literal',
    literals: [
      'secret',
      'token',
      'api_key',
      'api-key',
      'apikey',
      'access_key',
      'access-key',
      'accesskey',
      'accountkey',
      'credential',
      'auth_key',
    ],
    ignoreCase: true,
  },
  find(subject, at, report) {
    findAssigned(subject, at, report, isKeyOrSecret);
  },
};

/** Bytes before a value in which its name stands. */
const maxName = 32;

function findAssigned(
  subject: Subject,
  at: number,
  report: Report,
  accepts: (secret: string, name: string) => boolean,
): void {
  const { text } = subject;
  const inKey = valueOfKey(subject, at, 64);
  const start = inKey >= 0 ? inKey : matchEnd(assignment, text, at);
  if (start < 0) return;
  const end = matchEnd(value, text, start);
  if (end < 0) return;
  const secret = text.slice(start, end).replace(/[.:]+$/, '');
  if (placeholder.test(secret) || !accepts(secret, textBefore(subject, start, maxName))) return;
  report('credential', start, start + secret.length);
}

/** Bits a character: of sixteen hex digits at random nearly all have more, words and counters less. */
const leastHexEntropy = 2.6;
const leastEntropy = 3;

const uuid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

/** UUIDs name things, where it is not said that they open them. */
function isKeyOrSecret(secret: string, name: string): boolean {
  if (uuid.test(secret)) return /api.?key|auth.?token|access.?key|secret/i.test(name);
  return isSecret(secret);
}

function isSecret(secret: string): boolean {
  if (secret.length < 16 || !/\d/.test(secret) || !/[A-Za-z]/.test(secret)) return false;
  if (/^\w+:\/\/|^[./~]/.test(secret)) return false;
  return entropy(secret) >= (/^[\da-f]+$/i.test(secret) ? leastHexEntropy : leastEntropy);
}

const bearerToken = /(?:bearer|token)\s{1,4}[\w.~+/-]{16,8192}={0,3}/iy;
const basicToken = /basic\s{1,4}[A-Za-z0-9+/]{12,2048}={0,2}/iy;

/** Credentials of the HTTP `Authorization` header (RFC 6750, RFC 7617). */
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

function isUserAndPassword(encoded: string): boolean {
  return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(
    Buffer.from(encoded.trim(), 'base64').toString('latin1'),
  );
}

const signature =
  /[?&](?:sig|x-amz-signature|x-amz-security-token|x-goog-signature|signature)=[\w%+/=.-]{16,2048}/iy;

/** Signatures of pre-signed URLs (Azure SAS, AWS, Google Cloud Storage): who holds one may act. */
export const urlSignature: Detector = {
  gate: { kind: 'literal', literals: ['sig=', 'signature=', 'security-token='], ignoreCase: true },
  find(subject, at, report) {
    const before = textBefore(subject, at, 24);
    const separator = Math.max(before.lastIndexOf('&'), before.lastIndexOf('?'));
    if (separator < 0) return;
    const end = matchEnd(signature, subject.text, at - before.length + separator);
    if (end >= 0) report('credential', subject.text.indexOf('=', at) + 1, end);
  },
};
