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
  if (finding === 'card' || finding === 'us_ssn' || finding === 'phone')
    return value.replace(/\D/g, '');
  return finding === 'email' ? value.toLowerCase() : value;
}

function maskOf(finding: Finding, value: string): string {
  switch (finding) {
    case 'card':
    case 'us_ssn':
    case 'phone':
      return starsBeforeLast(value, 4);
    case 'email':
      return value.replace(/^(.)[^@]*@(.).*$/, '$1***@$2***');
    case 'ip':
      return /^\d+\.\d+/.test(value)
        ? value.replace(/\.\d+\.\d+$/, '.*.*')
        : value.replace(/^([^:]*:[^:]*).*$/, '$1:*');
    case 'api_key':
      return value.length < 20 ? blockedText : `${blockedText}${value.slice(-4)}`;
    case 'private_key':
    case 'jwt':
    case 'url_credentials':
    case 'credential':
    case 'blocked_value':
    case 'blocked_key':
      return blockedText;
  }
}

function starsBeforeLast(value: string, kept: number): string {
  const digits = value.replace(/\D/g, '').length;
  let seen = 0;
  return value.replace(/\d/g, (digit) => (++seen > digits - kept ? digit : '*'));
}
