import { createHmac } from 'node:crypto';
import { sealValue } from './encryption.ts';
import type { Finding } from './entity.ts';
import { toLetters } from './letters.ts';
import { createUnfolded, unfold } from './unfold.ts';

/** What can become of a value. */
export const actions = [
  'redact',
  'mask',
  'hash',
  'pseudonym',
  'encrypt',
  'truncate',
  'drop',
  'block',
] as const;

/**
 * `redact` writes a tag, `mask` stars out most of the value, `hash` writes a keyed hash, `pseudonym` one that differs from
 * trace to trace, `encrypt` a token that a key turns back, `truncate` keeps the beginning, `drop` takes the attribute away, `block` the whole item.
 */
export type Action = (typeof actions)[number];

/** The keys of the `hash`, `pseudonym` and `encrypt` actions. */
export interface ActionKeys {
  readonly algorithm: 'sha256' | 'sha512';
  /** undefined where nothing is hashed. */
  readonly hash: string | undefined;
  /** Stands in every hash, so that those of an older key can be told apart. */
  readonly id: string;
  readonly pseudonym: string;
  /** undefined where nothing is encrypted. */
  readonly encryption: Uint8Array | undefined;
  readonly encryptionId: string;
}

/** A value to be replaced. */
export interface Found {
  readonly finding: Finding;
  readonly value: string;
  readonly action: Action;
  /** Lower-case hex, '' where the value belongs to no trace. */
  readonly traceId: string;
}

/** Stands for a text that could not be scanned. */
export const failedText = '[REDACTION_FAILED]';

/** The Collector's mask for what its users block themselves. */
export const blockedText = '****';

/** True for a value that was blocked before, so that blocking it again changes nothing. */
export function isBlocked(value: string): boolean {
  return (
    value === blockedText ||
    value === failedText ||
    /^\[(?:BLOCKED_KEY|CONTENT)(?:[#~][A-Za-z0-9]{0,7}:[a-p]+|_[a-p]{20})?\]$/.test(value)
  );
}

/** Puts a replacement together. Scanning it again finds nothing. @throws Error for `hash` and `encrypt` without a key. */
export function replacementOf(found: Found, keys: ActionKeys): string {
  const { finding, value, action } = found;
  const tag = finding.toUpperCase();
  switch (action) {
    case 'mask':
      return partOf(maskOf, found);
    case 'truncate':
      return partOf(beginningOf, found);
    case 'hash':
      return `[${tag}#${keys.id}:${hashOf(found, keys)}]`;
    case 'pseudonym':
      return `[${tag}_${lettersOf(hmac(keys, keys.pseudonym, `${found.traceId}\0${finding}\0${normalized(finding, value)}`))}]`;
    case 'encrypt':
      return `[${tag}~${keys.encryptionId}:${sealed(tag, value, keys)}]`;
    case 'redact':
    case 'drop':
    case 'block':
      return finding === 'blocked_value' || finding === 'blocked_key' ? blockedText : `[${tag}]`;
  }
}

function sealed(tag: string, value: string, { encryption }: ActionKeys): string {
  if (encryption === undefined) throw new Error('the encrypt action needs a key');
  return sealValue(encryption, tag, value);
}

function hashOf({ finding, value }: Found, keys: ActionKeys): string {
  if (keys.hash === undefined) throw new Error('the hash action needs a key');
  return lettersOf(hmac(keys, keys.hash, normalized(finding, value)));
}

function hmac(keys: ActionKeys, key: string, text: string): Buffer {
  return createHmac(keys.algorithm, key).update(text).digest();
}

const hashedBytes = 10;

/** A beginning of the digest, long enough that no two values share it. */
function lettersOf(digest: Buffer): string {
  return toLetters(digest.subarray(0, hashedBytes));
}

/** One value, one token, however it was written. */
function normalized(finding: Finding, written: string): string {
  const value = plainOf(written);
  if (/^[\d\s().+/-]*$/.test(value)) return value.replace(/\D/g, '');
  return finding === 'email' || finding === 'name' ? value.toLowerCase() : value;
}

/** The value as it reads: escapes, fullwidth digits and what is not seen hide its form, and a cut escape is no JSON. */
function plainOf(written: string): string {
  if (!/[\\%&]|[^ -~]/.test(written)) return written;
  const bytes = Buffer.from(written);
  const unfolded = createUnfolded(bytes.length);
  unfold(bytes, 0, bytes.length, unfolded);
  return Buffer.from(unfolded.bytes.buffer, 0, unfolded.size).toString();
}

/** What is kept of a value; nothing where that is all of it, or could end the string of JSON that it stands in. */
function partOf(keep: (finding: Finding, value: string) => string, found: Found): string {
  const value = plainOf(found.value);
  const part = keep(found.finding, value);
  return part === value || /["\\\p{Cc}]/u.test(part) ? blockedText : part;
}

/** Findings of which no part may stay. */
const wholeFindings: ReadonlySet<Finding> = new Set([
  'private_key',
  'jwt',
  'url_credentials',
  'credential',
  'card_security_code',
  'date_of_birth',
  'name',
  'deny_list',
  'blocked_value',
  'blocked_key',
  'content',
]);

function maskOf(finding: Finding, value: string): string {
  if (wholeFindings.has(finding)) return blockedText;
  if (finding === 'email') return value.replace(/^(.)[^@]*@(.).*$/s, '$1***@$2***');
  if (finding === 'ip') return maskAddress(value);
  if (finding === 'api_key' && value.length < 20) return blockedText;
  return starsBeforeLast(value, 4);
}

function maskAddress(value: string): string {
  return /^\d+\.\d+/.test(value)
    ? value.replace(/\.\d+\.\d+$/, '.*.*')
    : value.replace(/^([^:]*:[^:]*).*$/s, '$1:*');
}

/** Letters and digits of any script, and what is combined with them. */
const shown = /[\p{L}\p{M}\p{N}]/gu;

/** Separators stay, so that the form is seen. */
function starsBeforeLast(value: string, kept: number): string {
  const count = value.match(shown)?.length ?? 0;
  let seen = 0;
  return value.replace(shown, (char) => (++seen > count - kept ? char : '*'));
}

/** PCI DSS 3.4 lets the first six digits of a card be shown. */
const issuerDigits = 6;
const maxKept = 4;

function beginningOf(finding: Finding, value: string): string {
  if (wholeFindings.has(finding)) return blockedText;
  if (finding === 'ip') return maskAddress(value);
  if (finding === 'card') return `${value.replace(/\D/g, '').slice(0, issuerDigits)}…`;
  return `${value.slice(0, Math.min(maxKept, Math.floor(value.length / 4)))}…`;
}
