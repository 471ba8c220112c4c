import { IntTable } from './batch-index.ts';

/** One record a text. Positions in the request unless said otherwise. */
export const TEXT_STRIDE = 16;
/** Range in the gathered buffer. */
export const TEXT_START = 0;
export const TEXT_END = 1;
export const TEXT_PLACE = 2;
export const TEXT_KIND = 3;
export const TEXT_OWNER = 4;
export const TEXT_ITEM = 5;
/** The field that holds it, tag included. */
export const TEXT_TAG = 6;
export const TEXT_STOP = 7;
/** Tag of the string field that replaces it. */
export const TEXT_NEW_TAG = 8;
/** Message that the field lies in. */
export const TEXT_NODE = 9;
/** Key of the outermost attribute; an empty range where in none. */
export const TEXT_KEY_START = 10;
export const TEXT_KEY_END = 11;
/** Edit that replaces it, -1 where there is none. */
export const TEXT_EDIT = 12;

/** Zero bytes that scanners may read before the first and after the last gathered byte. */
const before = 16;
const after = 128;

/** Memory that a rare huge batch needed beyond this is given back. */
const keptBytes = 1 << 23;

/** Texts gathered back to back, a NUL between neighbours. */
export class TextTable {
  readonly records = new IntTable(TEXT_STRIDE, 1024);
  size = 0;
  #memory = Buffer.alloc(1 << 16);
  bytes: Uint8Array = this.#memory.subarray(before);

  get count(): number {
    return this.records.count;
  }

  clear(): void {
    this.records.clear();
    this.size = 0;
    if (this.#memory.length > keptBytes) this.#replace(Buffer.alloc(1 << 16));
  }

  /** Memory of the gathered bytes, for Node's decoders; offsets are those of `bytes`. */
  toString(start: number, end: number): string {
    return this.#memory.toString('utf8', start + before, end + before);
  }

  /** Makes room for a text of `size` bytes and returns where it goes. */
  begin(size: number): number {
    const start = this.size === 0 ? 0 : this.size + 1;
    const needed = before + start + size + after;
    if (needed > this.#memory.length) this.#grow(needed);
    if (start > 0) this.bytes[start - 1] = 0;
    return start;
  }

  /** Adds the record of the text that was written from `start` to `end`. */
  add(start: number, end: number): number {
    this.size = end;
    const at = this.records.add();
    this.records.ints[at + TEXT_START] = start;
    this.records.ints[at + TEXT_END] = end;
    this.records.ints[at + TEXT_EDIT] = -1;
    return at;
  }

  /** Zeroes what scanners may read past the end. */
  finish(): void {
    this.bytes.fill(0, this.size, this.size + after);
  }

  #grow(needed: number): void {
    const larger = Buffer.alloc(Math.max(this.#memory.length * 2, needed));
    larger.set(this.#memory.subarray(0, before + this.size));
    this.#replace(larger);
  }

  #replace(memory: Buffer<ArrayBuffer>): void {
    this.#memory = memory;
    this.bytes = new Uint8Array(memory.buffer, memory.byteOffset + before, memory.length - before);
  }
}
