import { isDigit } from './bytes.ts';
import type { Payload } from './payload.ts';

/** Shorter arrays are scanned like any text. */
const minNumbers = 16;
/** Digits before the point of a component: an identity number among them ends the vector. */
const maxWholeDigits = 3;

const digits = Array.from({ length: 10 }, (_, digit) => digit);
/** How a vector begins where no space stands before its first number. */
const starts = digits.flatMap((digit) => [`[${digit}.`, `[${digit}e`, `[-${digit}`]);

/** Embedding vectors: arrays of numbers, most of them with a fraction, in JSON at any depth. */
export const vectorPayload: Payload = {
  kind: 'vector',
  literals: [...starts, '[\n ', '[\\n '],
  find(bytes, at) {
    let numbers = 0;
    let fractions = 0;
    let end = 0;
    for (let from = at + 1; ; from = end + 1) {
      const start = pastSpace(bytes, from);
      const last = numberEnd(bytes, start);
      if (last === 0) break;
      const next = pastSpace(bytes, last);
      if (bytes[next] !== comma && bytes[next] !== bracket) break;
      numbers++;
      if (hasFraction(bytes, start, last)) fractions++;
      end = next;
      if (bytes[next] === bracket) break;
    }
    return numbers >= minNumbers && fractions * 2 > numbers ? { start: at, end } : undefined;
  },
};

const comma = 0x2c;
const bracket = 0x5d;
const minus = 0x2d;
const point = 0x2e;
const backslash = 0x5c;
const letterN = 0x6e;
const spaces: ReadonlySet<number | undefined> = new Set(Buffer.from(' \n\r\t'));

/** JSON in strings writes its line ends as `\n`. */
function pastSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    if (spaces.has(bytes[at])) at++;
    else if (bytes[at] === backslash && bytes[at + 1] === letterN) at += 2;
    else return at;
  }
}

/** Where a component ends, 0 where there is none. */
function numberEnd(bytes: Uint8Array, from: number): number {
  const start = bytes[from] === minus ? from + 1 : from;
  let at = digitsEnd(bytes, start);
  if (at === start || at - start > maxWholeDigits) return 0;
  if (bytes[at] === point) at = digitsEnd(bytes, at + 1);
  if (((bytes[at] ?? 0) | 0x20) !== 0x65) return at;
  const exponent = bytes[at + 1] === minus || bytes[at + 1] === 0x2b ? at + 2 : at + 1;
  const end = digitsEnd(bytes, exponent);
  return end === exponent ? 0 : end;
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at])) at++;
  return at;
}

function hasFraction(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] === point || bytes[at] === 0x65 || bytes[at] === 0x45) return true;
  }
  return false;
}
