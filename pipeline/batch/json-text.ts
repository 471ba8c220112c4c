import type { Source } from './value.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** By byte: 0 where it stands for itself in a JSON string, else the letter of its short escape, or `u`. */
const escapes = new Uint8Array(256);
escapes.fill(0x75, 0, 0x20);
for (const [byte, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
] as const) {
  escapes[byte] = letter.charCodeAt(0);
}

const HEX = Buffer.from('0123456789abcdef');

/** Bytes that one byte may become: `\u001f`. */
const maxEscape = 6;

/** Runs without escapes that are longer are copied natively; for shorter ones the call costs more than the loop. */
const longRun = 48;

/** Memory that a rare huge text needed beyond this is given back. */
const keptBytes = 1 << 20;

/** JSON text that is put together as bytes: texts of a request go into it without ever becoming strings. */
export class JsonText {
  bytes = new Uint8Array(4096);
  used = 0;

  clear(): void {
    this.used = 0;
    if (this.bytes.length > keptBytes) this.bytes = new Uint8Array(4096);
  }

  /** Adds bytes that are JSON already. */
  raw(json: Uint8Array): void {
    this.#reserve(json.length);
    const { bytes } = this;
    let at = this.used;
    for (const byte of json) bytes[at++] = byte;
    this.used = at;
  }

  /** Adds the UTF-8 `source[start..stop)` as a JSON string. */
  text(source: Pick<Source, 'bytes'>, start: number, stop: number): void {
    this.#reserve((stop - start) * maxEscape + 2);
    const { bytes } = this;
    const from = source.bytes;
    let at = this.used;
    bytes[at++] = QUOTE;
    for (let i = start; i < stop; i++) {
      const run = i;
      while (i < stop && escapes[from[i] ?? 0] === 0) i++;
      if (i - run > longRun) {
        bytes.set(from.subarray(run, i), at);
        at += i - run;
      } else for (let j = run; j < i; j++) bytes[at++] = from[j] ?? 0;
      if (i < stop) at = escapeByte(bytes, at, from[i] ?? 0);
    }
    bytes[at++] = QUOTE;
    this.used = at;
  }

  #reserve(size: number): void {
    if (this.used + size <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.used + size));
    larger.set(this.bytes.subarray(0, this.used));
    this.bytes = larger;
  }
}

function escapeByte(bytes: Uint8Array, at: number, byte: number): number {
  const letter = escapes[byte] ?? 0;
  let to = at;
  bytes[to++] = BACKSLASH;
  bytes[to++] = letter;
  if (letter !== 0x75) return to;
  bytes[to++] = HEX[0] ?? 0;
  bytes[to++] = HEX[0] ?? 0;
  bytes[to++] = HEX[byte >> 4] ?? 0;
  bytes[to++] = HEX[byte & 15] ?? 0;
  return to;
}
