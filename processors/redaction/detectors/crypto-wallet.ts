import { createHash } from 'node:crypto';
import { startsWord } from '../bytes.ts';
import type { Detector } from '../detector.ts';
import { matchEnd } from '../detector.ts';
import { contextOf, isNamed } from './context.ts';
import { keccak256 } from './keccak.ts';

const base58Alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const base58Word = /[1-9A-HJ-NP-Za-km-z]{26,35}(?![\dA-Za-z])/y;

/** Bitcoin addresses of the older kind: base58 with a checksum of two SHA-256. */
export const bitcoin: Detector = {
  gate: { kind: 'base58' },
  find({ bytes, text }, at, report) {
    if (!startsWord(bytes, at)) return;
    const end = matchEnd(base58Word, text, at);
    if (end >= 0 && isBase58Address(text.slice(at, end))) report('crypto_wallet', at, end);
  },
};

/** A version byte, a hash of twenty bytes, a checksum of four. */
const addressBytes = 25;

/** True for a Bitcoin address of the older kind, by its checksum; only letters and digits of base58 may stand in it. */
export function isBase58Address(address: string): boolean {
  const bytes = new Uint8Array(addressBytes);
  for (const char of address) {
    let carry = base58Alphabet.indexOf(char);
    if (carry < 0) return false;
    for (let index = addressBytes - 1; index >= 0; index--) {
      carry += (bytes[index] ?? 0) * 58;
      bytes[index] = carry & 0xff;
      carry >>= 8;
    }
    if (carry > 0) return false;
  }
  const hash = sha256(sha256(bytes.subarray(0, 21)));
  return hash.subarray(0, 4).equals(bytes.subarray(21));
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

const bech32Alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const bech32Word = /(?:bc1|tb1|ltc1)[02-9ac-hj-np-z]{25,87}(?![\dA-Za-z])/iy;
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
/** What the checksum comes to: of the first kind of address (BIP 173), and of later ones (BIP 350). */
const firstResult = 1;
const laterResult = 0x2bc830a3;

/** Bitcoin and Litecoin addresses of the newer kind (BIP 173, BIP 350). */
export const bech32: Detector = {
  gate: { kind: 'literal', literals: ['bc1', 'tb1', 'ltc1'], ignoreCase: true },
  find({ bytes, text }, at, report) {
    if (!startsWord(bytes, at)) return;
    const end = matchEnd(bech32Word, text, at);
    if (end >= 0 && isBech32(text.slice(at, end))) report('crypto_wallet', at, end);
  },
};

function isBech32(address: string): boolean {
  const lower = address.toLowerCase();
  if (address !== lower && address !== address.toUpperCase()) return false;
  const split = lower.indexOf('1');
  const human = Array.from(lower.slice(0, split), (char) => char.charCodeAt(0));
  const values = [
    ...human.map((code) => code >> 5),
    0,
    ...human.map((code) => code & 31),
    ...Array.from(lower.slice(split + 1), (char) => bech32Alphabet.indexOf(char)),
  ];
  let check = 1;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of generators.entries()) if ((top >> bit) & 1) check ^= generator;
  }
  return check === (lower.charAt(split + 1) === 'q' ? firstResult : laterResult);
}

const hexWord = /0[xX][\da-fA-F]{40}(?![\dA-Za-z])/y;
const words = contextOf([
  'wallet',
  'eth',
  'ethereum',
  'ether',
  'usdt',
  'usdc',
  'address',
  '钱包',
  '錢包',
  'erc20',
]);

/** Ethereum addresses: mixed case is their checksum (EIP-55); in one case they are told by a word near by. */
export const ethereum: Detector = {
  gate: {
    kind: 'literal',
    literals: Array.from('0123456789abcdef').map((digit) => `0x${digit}`),
    ignoreCase: true,
  },
  find(subject, at, report) {
    const { bytes, text } = subject;
    if (!startsWord(bytes, at)) return;
    const end = matchEnd(hexWord, text, at);
    if (end < 0) return;
    const address = text.slice(at + 2, end);
    const isPlain = address === address.toLowerCase() || address === address.toUpperCase();
    const isAddress = isPlain ? isNamed(subject, at, end, words) : hasCaseChecksum(address);
    if (isAddress && !/^0*$/.test(address)) report('crypto_wallet', at, end);
  },
};

function hasCaseChecksum(address: string): boolean {
  const hash = Buffer.from(keccak256(Buffer.from(address.toLowerCase()))).toString('hex');
  return Array.from(address).every((char, index) => {
    if (!/[A-Za-z]/.test(char)) return true;
    return /[A-F]/.test(char) === Number.parseInt(hash.charAt(index), 16) > 7;
  });
}
