import type { Detector, Subject } from '../detector.ts';
import { textBefore } from '../detector.ts';
import type { Assigned } from './assignment.ts';
import { assignedAt } from './assignment.ts';
import { isScrambled, isSecretText, leastSecret } from './randomness.ts';

const toLatin1 = (word: string): string => Buffer.from(word).toString('latin1');

/** A password named by the word before it: `password=…`, `"passwd": "…"`, `my password is …`. Weak words are values too. */
export const password: Detector = {
  gate: {
    kind: 'literal',
    literals: [
      'passw',
      'pwd',
      'passphrase',
      'passcode',
      'pass=',
      'pass:',
      'pass"',
      "pass'",
      'pass\0',
      'pass =',
      'pw=',
      'pw:',
      'pw"',
      '_pass',
      'mot de passe',
      'contrase',
      'wachtwoord',
      'senha',
      '密码',
      '密碼',
      '口令',
      'パスワード',
      '비밀번호',
      'пароль',
    ].map(toLatin1),
    ignoreCase: true,
  },
  find(subject, at, report) {
    if (!startsName(subject, at)) return;
    const found = assignedAt(subject, at, minPassword);
    if (found !== undefined && isPassword(found)) report('credential', found.start, found.end);
  },
};

/** `bypass` and `compass` are other words. */
function startsName(subject: Subject, at: number): boolean {
  if (!/^(?:pass ?|pw)["':=\0]/i.test(subject.text.slice(at, at + 6))) return true;
  return !/[a-z]$/.test(textBefore(subject, at, 1)) || subject.text[at] === 'P';
}

const minPassword = 5;
/** What a sentence says of a password without telling it. */
const quality = /^(?:sha|md5|base64|utf|bcrypt|argon|pbkdf|aes|rsa|v?\d{1,3}(?:[-+.]|$)|https?:)/i;
/** So many of a test's cases pass: `98.5%`, `12/15`. */
const share = /^\d+(?:\.\d+)?(?:%|\/\d+)$/;
/** Packages are named `passwd:amd64`. */
const architecture = /^(?:amd64|arm64|i386|armhf|x86_64)$/;

function isPassword({ value, isSaid, name }: Assigned): boolean {
  if (value.length < minPassword || architecture.test(value)) return false;
  if (!/[\d!@#$%^&*?+~]/.test(value) || share.test(value)) return false;
  if (/(?:length|count|size|policy|field|hash|url|expir\w*|min|max)$/i.test(name)) return false;
  return !isSaid || (!quality.test(value) && /\d|[@#$%^&*+~]/.test(value));
}

/** A key or token named by the word before it; only what looks random, because `token` is a word of the trade. */
export const namedSecret: Detector = {
  gate: {
    kind: 'literal',
    literals: [
      'secret',
      'token',
      'api_key',
      'api-key',
      'api key',
      'apikey',
      'access_key',
      'access-key',
      'access key',
      'accesskey',
      'accountkey',
      'credential',
      'creds',
      'auth=',
      'auth:',
      'auth"',
      'auth =',
      'auth_key',
    ],
    ignoreCase: true,
  },
  find(subject, at, report) {
    const found = assignedAt(subject, at, leastSecret);
    if (found !== undefined && isNamedSecret(found)) report('credential', found.start, found.end);
  },
};

const uuid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

/** Names of what is said about a secret, and of tokens that open nothing. */
const harmless =
  /(?:public|page|next|continuation|sync|cancel(?:lation)?|eos|bos|pad)[_.-]?token$|[_.-]?(?:ids?|names?|types?|counts?|ur[il]s?|endpoint|length|sizes?|files?|path|arn|ref|alias|versions?|at|expir\w*|limits?|hash|md5|sha\d*|digest|fingerprint|checksum)$/i;

/** UUIDs name things, where it is not said that they open them. */
function isNamedSecret({ name, value }: Assigned): boolean {
  if (harmless.test(name)) return false;
  if (uuid.test(value)) {
    return /(?:api|auth|access|refresh|bearer|private|security).?(?:key|token)|secret|credential|licen[sc]e/i.test(
      name,
    );
  }
  return isSecretText(value);
}

/** Any other key: `signing_key`, `licenseKey`, and `key` alone where the value is as random as can be. */
export const namedKey: Detector = {
  gate: {
    kind: 'literal',
    literals: ['key=', 'key:', 'key"', "key'", 'key =', 'key :', 'key>', 'key\\', 'key\0'],
    ignoreCase: true,
  },
  find(subject, at, report) {
    const found = assignedAt(subject, at, leastSecret);
    if (found === undefined || !isKey(found)) return;
    report('credential', found.start, found.end);
  },
};

const openingKey =
  /(?:priv(?:ate)?|ssh|encr(?:yption|ypt)?|sign(?:ing|ature)?|licen[sc]e|account|storage|master|shared|subscription|service|deploy|consumer|app(?:lication)?|client|session|webhook|root|admin|jwt|hmac|host|integration|write|ingest|instrumentation|secret|ibm|iam|cloud|cos|azure|aws|gcp|openai|softlayer|sl)[_.-]?key$/i;

/** A key alone must be so long. */
const minBareKey = 24;

function isKey({ name, value }: Assigned): boolean {
  if (openingKey.test(name)) return isSecretText(value);
  // Hex is a hash or an id as often.
  const isHash = /^[\da-f]+$/i.test(value);
  return /^key$/i.test(name) && value.length >= minBareKey && !isHash && isScrambled(value);
}
