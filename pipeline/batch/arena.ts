import { appendBytes } from './append-bytes.ts';
import { varintSize, writeVarint } from './wire.ts';

/** Strings up to this length are copied in JavaScript: a call of a native encoder costs more than the loop. */
const shortString = 48;

/** Memory that a rare huge batch needed beyond this is given back. */
const keptBytes = 1 << 22;

/** Holds the bytes that edits insert, back to back; ranges of it are edits' and pending attributes' values. */
export class Arena {
  buffer = Buffer.alloc(1 << 16);
  bytes = new Uint8Array(this.buffer.buffer, this.buffer.byteOffset, this.buffer.length);
  view = new DataView(this.buffer.buffer, this.buffer.byteOffset, this.buffer.length);
  used = 0;

  clear(): void {
    this.used = 0;
    if (this.bytes.length > keptBytes) this.#replace(Buffer.alloc(1 << 16));
  }

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    if (this.used + size <= this.bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.bytes.length * 2, this.used + size));
    larger.set(this.bytes.subarray(0, this.used));
    this.#replace(larger);
  }

  byte(value: number): void {
    this.bytes[this.used++] = value;
  }

  varint(value: number): void {
    this.used = writeVarint(this.bytes, this.used, value);
  }

  /** A 64-bit two's complement integer as a varint. */
  int64(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest > 127n) {
      this.byte(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.byte(Number(rest));
  }

  double(value: number): void {
    this.view.setFloat64(this.used, value, true);
    this.used += 8;
  }

  /** Copies all of `source`: a part of it costs a view as well. */
  copyAll(source: Uint8Array): void {
    this.bytes.set(source, this.used);
    this.used += source.length;
  }

  copy(source: DataView, start: number, end: number): void {
    appendBytes(this, source, start, end);
  }

  /** A string of `size` bytes, as `utf8Size` measured it. */
  string(value: string, size: number): void {
    if (size !== value.length || size > shortString) {
      this.used += this.buffer.write(value, this.used, size === value.length ? 'latin1' : 'utf8');
      return;
    }
    const { bytes } = this;
    let at = this.used;
    for (let i = 0; i < size; i++) bytes[at++] = value.charCodeAt(i);
    this.used = at;
  }

  /** Room for, and then, a length-delimited string field. */
  stringField(tag: number, value: string): void {
    const size = utf8Size(value);
    this.reserve(10 + size);
    this.varint(tag);
    this.varint(size);
    this.string(value, size);
  }

  /** Room for, and then, a length-delimited field. */
  bytesField(tag: number, value: Uint8Array): void {
    this.reserve(10 + value.length);
    this.varint(tag);
    this.varint(value.length);
    this.copyAll(value);
  }

  #replace(buffer: Buffer<ArrayBuffer>): void {
    this.buffer = buffer;
    this.bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  }
}

/** Bytes of a string in UTF-8; equal to its length only where it is ASCII. */
export function utf8Size(value: string): number {
  const { length } = value;
  if (length > shortString) return Buffer.byteLength(value);
  for (let i = 0; i < length; i++) if (value.charCodeAt(i) > 127) return Buffer.byteLength(value);
  return length;
}

/** Bytes of a non-negative safe integer or a bigint as a varint. */
export function int64Size(value: bigint): number {
  let rest = BigInt.asUintN(64, value);
  let size = 1;
  while (rest > 127n) {
    rest >>= 7n;
    size += 1;
  }
  return size;
}

/** Bytes of a length-delimited field of a one-byte tag. */
export function fieldSize(size: number): number {
  return 1 + varintSize(size) + size;
}
