import { appendBytes, type Sink } from './append-bytes.ts';

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

const WORD = 4;

/** In each byte of a word: 1, its highest bit, the first byte that needs no `\u`, and the two that need a backslash. */
const ONES = 0x01010101;
const HIGHEST = 0x80808080;
const SPACES = 0x20202020;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;

/** Memory that a rare huge text needed beyond this is given back. */
const keptBytes = 1 << 20;

/** JSON that is added to texts as it is. Its size stands beside it, because a view tells its own through a call. */
export interface JsonPiece {
  readonly view: DataView;
  readonly size: number;
}

/** Encodes JSON as a piece. */
export function toJsonPiece(json: string): JsonPiece {
  const bytes = new Uint8Array(Buffer.from(json));
  return { view: new DataView(bytes.buffer), size: bytes.length };
}

/** JSON text that is put together as bytes: texts of a request go into it without ever becoming strings. */
export class JsonText implements Sink {
  bytes = new Uint8Array(4096);
  view = new DataView(this.bytes.buffer);
  used = 0;

  clear(): void {
    this.used = 0;
    if (this.bytes.length > keptBytes) this.#replace(new Uint8Array(4096));
  }

  /** Adds a piece. */
  raw({ view, size }: JsonPiece): void {
    this.#reserve(size);
    appendBytes(this, view, 0, size);
  }

  /** Adds the UTF-8 `source[start..stop)` as a JSON string. */
  text(source: DataView, start: number, stop: number): void {
    this.#reserve((stop - start) * maxEscape + 2);
    const { bytes, view } = this;
    let at = this.used;
    bytes[at++] = QUOTE;
    for (let i = start; i < stop;) {
      // Few words of a text have something to escape in them.
      for (; i + WORD <= stop; i += WORD, at += WORD) {
        const word = source.getInt32(i);
        if (needsEscape(word)) break;
        view.setInt32(at, word);
      }
      for (const end = Math.min(i + WORD, stop); i < end; i++) {
        const byte = source.getUint8(i);
        if (escapes[byte] === 0) bytes[at++] = byte;
        else at = escapeByte(bytes, at, byte);
      }
    }
    bytes[at++] = QUOTE;
    this.used = at;
  }

  #reserve(size: number): void {
    if (this.used + size <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.used + size));
    larger.set(this.bytes.subarray(0, this.used));
    this.#replace(larger);
  }

  #replace(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

/**
 * Whether one of the four bytes of a word is below a space, a quote or a backslash: a subtraction borrows into the highest
 * bit of such a byte (https://graphics.stanford.edu/~seander/bithacks.html, "Determine if a word has a byte less than n").
 */
function needsEscape(word: number): boolean {
  const quotes = word ^ QUOTES;
  const backslashes = word ^ BACKSLASHES;
  const borrows =
    ((word - SPACES) & ~word) | ((quotes - ONES) & ~quotes) | ((backslashes - ONES) & ~backslashes);
  return (borrows & HIGHEST) !== 0;
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
