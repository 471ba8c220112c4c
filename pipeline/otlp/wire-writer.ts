/** Protobuf wire types that OTLP uses. */
export const wireType = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;
export type WireType = (typeof wireType)[keyof typeof wireType];

/**
 * Writes protobuf forwards into one growing buffer. A message's length is not known when it begins: `open` leaves one
 * byte for it, and `close` moves the message by the few bytes that a longer length needs. 64-bit numbers come as two
 * unsigned halves, so that none passes through a JS number.
 */
export interface WireWriter {
  tag(field: number, type: WireType): void;
  varint64(high: number, low: number): void;
  /** An unsigned number below 2^53. */
  varint(value: number): void;
  fixed64(high: number, low: number): void;
  fixed32(value: number): void;
  double(value: number): void;
  /** Raw bytes without a length before them. */
  raw(bytes: Uint8Array): void;
  /** A length and the bytes. */
  delimited(bytes: Uint8Array): void;
  /** Begins a length-delimited part; returns the mark that `close` takes. */
  open(): number;
  close(mark: number): void;
  /** At least `bytes` of room at the end of what is written; call `advance` with the number that was used. */
  room(bytes: number): Uint8Array;
  advance(bytes: number): void;
  /** A copy of everything written. */
  finish(): Uint8Array;
}

/** Makes a writer with room for `capacity` bytes before it has to grow. */
export function createWireWriter(capacity = 256): WireWriter {
  return new Writer(Math.max(capacity, 64));
}

class Writer implements WireWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  tag(field: number, type: WireType): void {
    this.varint((field << 3) | type);
  }

  varint(value: number): void {
    this.#ensure(10);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  varint64(high: number, low: number): void {
    this.#ensure(10);
    let upper = high;
    let lower = low;
    while (upper !== 0 || lower > 0x7f) {
      this.#bytes[this.#at++] = (lower & 0x7f) | 0x80;
      lower = ((lower >>> 7) | (upper << 25)) >>> 0;
      upper >>>= 7;
    }
    this.#bytes[this.#at++] = lower;
  }

  fixed64(high: number, low: number): void {
    this.fixed32(low);
    this.fixed32(high);
  }

  fixed32(value: number): void {
    this.#ensure(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  double(value: number): void {
    this.#ensure(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  raw(bytes: Uint8Array): void {
    this.#ensure(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  delimited(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  open(): number {
    this.#ensure(1);
    this.#at += 1;
    return this.#at;
  }

  close(mark: number): void {
    const length = this.#at - mark;
    const extra = varintSize(length) - 1;
    if (extra > 0) {
      this.#ensure(extra);
      this.#bytes.copyWithin(mark + extra, mark, this.#at);
    }
    this.#at = mark - 1;
    this.varint(length);
    this.#at += length;
  }

  room(bytes: number): Uint8Array {
    this.#ensure(bytes);
    return this.#bytes.subarray(this.#at);
  }

  advance(bytes: number): void {
    this.#at += bytes;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  #ensure(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + more));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size += 1;
  return size;
}
