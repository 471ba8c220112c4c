import { OwnerTable } from './additions.ts';
import { IntTable } from './batch-index.ts';

/** One record a text. Positions are those in the request unless said otherwise. */
export const TEXT_STRIDE = 8;
/** Range in the gathered buffer. */
export const TEXT_START = 0;
export const TEXT_END = 1;
/** Place, kind and owner, packed by `packText`, and the two flags below. */
export const TEXT_INFO = 2;
export const TEXT_ITEM = 3;
/** Tag of the field that holds it. */
export const TEXT_TAG = 4;
/** Message that the field lies in; with `IS_PLAIN` the one that its attribute lies in. */
export const TEXT_NODE = 5;
/** Tag of the outermost attribute that it stands in, -1 where in none. */
export const TEXT_KEY = 6;
/** Edit that replaces it, -1 where there is none. */
export const TEXT_EDIT = 7;

/** The text is key or value of a plain attribute, for whose two messages nobody has made nodes yet. */
export const IS_PLAIN = 1 << 12;

/** The attribute that the text stands in is short, and was seen before. */
export const IS_SEEN = 1 << 13;

/** Packs the indexes of place, kind and owner into `TEXT_INFO`. */
export function packText(place: number, kind: number, owner: number): number {
  return place | (kind << 4) | (owner << 8);
}

/** Zero bytes that scanners may read before the first and after the last gathered byte. */
const before = 16;
const after = 128;

const ASCII_ZERO = 48;

/** Memory that a rare huge batch needed beyond this is given back. */
const keptBytes = 1 << 23;

/** Ranges up to this length are copied by a loop: a subarray and a native copy cost more. */
const shortText = 32;

/** Texts gathered back to back, a NUL between neighbours. */
export class TextTable {
  readonly records = new IntTable(TEXT_STRIDE, 1024);
  readonly owners = new OwnerTable();
  size = 0;
  /** Embedding vectors that were left out. */
  skippedVectors = 0;
  /** Bytes values that are no text. */
  skippedBinaries = 0;
  #memory = Buffer.alloc(1 << 16);
  bytes: Uint8Array = plainBytes(this.#memory);

  get count(): number {
    return this.records.count;
  }

  clear(): void {
    this.records.clear();
    this.owners.clear();
    this.size = 0;
    this.skippedVectors = 0;
    this.skippedBinaries = 0;
    if (this.#memory.length > keptBytes) this.#replace(Buffer.alloc(1 << 16));
  }

  /** Decodes gathered bytes; offsets are those of `bytes`. */
  toString(start: number, end: number): string {
    return this.#memory.toString('utf8', start + before, end + before);
  }

  /** Adds the text `source[start..stop)`; returns where its record is, of which the caller sets the rest. */
  addBytes(source: Uint8Array, start: number, stop: number): number {
    const from = this.#begin(stop - start);
    const { bytes } = this;
    if (stop - start > shortText) bytes.set(source.subarray(start, stop), from);
    else for (let i = start, to = from; i < stop; i++, to++) bytes[to] = source[i] ?? 0;
    return this.#add(from, from + stop - start);
  }

  /** Adds an integer from 0 to 2^28 - 1 in decimal, without making a string of it. */
  addNatural(value: number): number {
    let size = 1;
    for (let rest = value; rest > 9; rest = (rest / 10) | 0) size += 1;
    const from = this.#begin(size);
    let rest = value;
    for (let at = from + size - 1; at >= from; at--) {
      const next = (rest / 10) | 0;
      this.bytes[at] = ASCII_ZERO + rest - next * 10;
      rest = next;
    }
    return this.#add(from, from + size);
  }

  /** Adds a text of ASCII digits and signs. */
  addDigits(digits: string): number {
    const from = this.#begin(digits.length);
    for (let i = 0; i < digits.length; i++) this.bytes[from + i] = digits.charCodeAt(i);
    return this.#add(from, from + digits.length);
  }

  /** Zeroes what scanners may read past the end. */
  finish(): void {
    this.bytes.fill(0, this.size, this.size + after);
  }

  /** Makes room for a text of `size` bytes and returns where it goes. */
  #begin(size: number): number {
    const start = this.size === 0 ? 0 : this.size + 1;
    const needed = before + start + size + after;
    if (needed > this.#memory.length) this.#grow(needed);
    if (start > 0) this.bytes[start - 1] = 0;
    return start;
  }

  #add(start: number, end: number): number {
    this.size = end;
    const at = this.records.add();
    const { ints } = this.records;
    ints[at + TEXT_START] = start;
    ints[at + TEXT_END] = end;
    ints[at + TEXT_EDIT] = -1;
    return at;
  }

  #grow(needed: number): void {
    const larger = Buffer.alloc(Math.max(this.#memory.length * 2, needed));
    larger.set(this.#memory.subarray(0, before + this.size));
    this.#replace(larger);
  }

  #replace(memory: Buffer<ArrayBuffer>): void {
    this.#memory = memory;
    this.bytes = plainBytes(memory);
  }
}

function plainBytes(memory: Buffer<ArrayBuffer>): Uint8Array {
  return new Uint8Array(memory.buffer, memory.byteOffset + before, memory.length - before);
}
