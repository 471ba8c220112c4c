import { createHmac } from 'node:crypto';
import type { Finding } from './entity.ts';

/** What becomes of a value: a tag, the value with most of it starred out, or a keyed hash. */
export type Action = 'redact' | 'mask' | 'hash';

/** The key of the `hash` action. */
export interface HashKey {
  readonly algorithm: 'sha256' | 'sha512';
  readonly key: string;
  /** Stands in every token, so that tokens of an older key can be told apart. */
  readonly id: string;
}

/** Stands for a text that could not be scanned. */
export const failedText = '[REDACTION_FAILED]';

/** The Collector's mask for what its users block themselves. */
const blockedText = '****';

/** True for a value that was blocked before, so that blocking it again changes nothing. */
export function isBlocked(value: string): boolean {
  return value === blockedText || value === failedText || value.startsWith('[BLOCKED_KEY#');
}

/** Puts a replacement together. Scanning it again finds nothing. @throws Error for `hash` without a key. */
export function replacementOf(
  finding: Finding,
  value: string,
  action: Action,
  hashKey: HashKey | undefined,
): string {
  if (action === 'mask') return maskOf(finding, value);
  if (action === 'hash') {
    if (hashKey === undefined) throw new Error('the hash action needs a key');
    return `[${finding.toUpperCase()}#${hashKey.id}:${hashOf(finding, value, hashKey)}]`;
  }
  if (finding === 'blocked_value' || finding === 'blocked_key') return blockedText;
  return `[${finding.toUpperCase()}]`;
}

const hashedBytes = 10;

/** Letters only, so that no token can look like a number or a key. */
function hashOf(finding: Finding, value: string, hashKey: HashKey): string {
  const digest = createHmac(hashKey.algorithm, hashKey.key)
    .update(normalized(finding, value))
    .digest();
  let token = '';
  for (const byte of digest.subarray(0, hashedBytes)) {
    token += String.fromCharCode(0x61 + (byte >> 4), 0x61 + (byte & 15));
  }
  return token;
}

/** One value, one token, however it was written. */
function normalized(finding: Finding, value: string): string {
  if (isNumeric(value)) return value.replace(/\D/g, '');
  const lower = value.toLowerCase();
  return finding === 'email' || finding === 'name' ? lower : value;
}

/** True for digits with separators, as in cards and phone numbers. */
function isNumeric(value: string): boolean {
  return /^[\d\s().+/-]*$/.test(value);
}

/** Findings whose last characters tell their owner which one it was, and nobody else anything. */
const wholeFindings: ReadonlySet<Finding> = new Set<Finding>([
  'private_key',
  'jwt',
  'url_credentials',
  'credential',
  'card_security_code',
  'date_of_birth',
  'name',
  'blocked_value',
  'blocked_key',
]);

function maskOf(finding: Finding, value: string): string {
  if (wholeFindings.has(finding)) return blockedText;
  if (finding === 'email') return value.replace(/^(.)[^@]*@(.).*$/, '$1***@$2***');
  if (finding === 'ip') return maskAddress(value);
  if (finding === 'api_key' && value.length < 20) return blockedText;
  return starsBeforeLast(value, 4);
}

function maskAddress(value: string): string {
  return /^\d+\.\d+/.test(value)
    ? value.replace(/\.\d+\.\d+$/, '.*.*')
    : value.replace(/^([^:]*:[^:]*).*$/, '$1:*');
}

/** Separators stay, so that the form is seen. */
function starsBeforeLast(value: string, kept: number): string {
  const count = value.replace(/[^\dA-Za-z]/g, '').length;
  let seen = 0;
  return value.replace(/[\dA-Za-z]/g, (char) => (++seen > count - kept ? char : '*'));
}
