import type { Id } from './batch.ts';

/** The `Id` of wherever it was moved to. */
export class IdCursor implements Id {
  size = 0;
  #bytes = Buffer.alloc(0);
  #start = 0;

  /** Moves to the id `bytes[start..start + size)`. */
  move(bytes: Buffer<ArrayBuffer>, start: number, size: number): this {
    // Telling the collector of a reference costs more than to look whether it is another.
    if (this.#bytes !== bytes) this.#bytes = bytes;
    this.#start = start;
    this.size = size;
    return this;
  }

  get isEmpty(): boolean {
    for (let i = 0; i < this.size; i++) if (this.#bytes[this.#start + i] !== 0) return false;
    return true;
  }

  byte(index: number): number {
    return index < this.size ? (this.#bytes[this.#start + index] ?? 0) : 0;
  }

  word(index: number): number {
    const at = index * 4;
    const bytes = this.#bytes;
    const start = this.#start + at;
    if (at + 4 > this.size) return at < this.size ? this.#lastWord(at) : 0;
    return (
      ((bytes[start] ?? 0) << 24) |
      ((bytes[start + 1] ?? 0) << 16) |
      ((bytes[start + 2] ?? 0) << 8) |
      (bytes[start + 3] ?? 0)
    );
  }

  /** The word at `at` of an id that ends in it. */
  #lastWord(at: number): number {
    return (
      (this.byte(at) << 24) |
      (this.byte(at + 1) << 16) |
      (this.byte(at + 2) << 8) |
      this.byte(at + 3)
    );
  }

  hex(): string {
    const start = this.#start;
    if (this.size === SPAN_ID_BYTES) return hexOfEight(this.#bytes, start);
    if (this.size === TRACE_ID_BYTES) {
      return hexOfEight(this.#bytes, start) + hexOfEight(this.#bytes, start + SPAN_ID_BYTES);
    }
    return this.#bytes.toString('hex', start, start + this.size);
  }
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

const digits = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

const high = (byte = 0): number => digits[byte >> 4] ?? 0;
const low = (byte = 0): number => digits[byte & 15] ?? 0;

/** Hex of eight bytes, a third of what a call of the native encoder costs: every span has three ids. */
function hexOfEight(bytes: Uint8Array, at: number): string {
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  const [e, f, g, h] = [bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]];
  // prettier-ignore
  return String.fromCharCode(
    high(a), low(a), high(b), low(b), high(c), low(c), high(d), low(d),
    high(e), low(e), high(f), low(f), high(g), low(g), high(h), low(h),
  );
}
