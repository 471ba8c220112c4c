import { createRequire } from 'node:module';
import type * as Aes from '@noble/ciphers/aes.js';
import { fromLetters, toLetters } from './letters.ts';

/**
 * The `encrypt` action: AES-SIV (RFC 5297), which is deterministic, so that one value is one token and tokens can be joined
 * on, and which tells a wrong key or a changed token. node:crypto has no SIV.
 */

/** Two keys of AES-128, AES-192 or AES-256 each. */
const keySizes: ReadonlySet<number> = new Set([32, 48, 64]);

/** Reads a key that is written in hex or base64; undefined where it is not 32, 48 or 64 bytes. */
export function parseEncryptionKey(text: string): Uint8Array | undefined {
  const trimmed = text.trim();
  const encoding = /^[\da-fA-F]+$/.test(trimmed) ? 'hex' : 'base64';
  if (!/^[\w+/-]+=*$/.test(trimmed)) return undefined;
  const key = Buffer.from(trimmed, encoding);
  return keySizes.has(key.length) ? Uint8Array.from(key) : undefined;
}

let loaded: typeof Aes | undefined;

/** Few configurations encrypt, and the others need not hold its tables in every thread. */
function siv(key: Uint8Array, tag: string): ReturnType<typeof Aes.aessiv> {
  // Sound: the package declares these very types.
  loaded ??= createRequire(import.meta.url)('@noble/ciphers/aes.js') as typeof Aes;
  // The tag is authenticated with the value: a token that is moved under another one does not open.
  return loaded.aessiv(key, Buffer.from(tag));
}

/** What stands for a value behind its tag. Takes some 20 to 100 µs. */
export function sealValue(key: Uint8Array, tag: string, value: string): string {
  return toLetters(siv(key, tag).encrypt(Buffer.from(value)));
}

/** The value behind a token; undefined where another key, or nobody, has sealed it. */
export function openValue(key: Uint8Array, tag: string, letters: string): string | undefined {
  const bytes = fromLetters(letters);
  if (bytes === undefined) return undefined;
  try {
    return Buffer.from(siv(key, tag).decrypt(bytes)).toString();
  } catch {
    return undefined;
  }
}
