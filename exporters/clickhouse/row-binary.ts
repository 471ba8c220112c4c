const hexDigits = Buffer.from('0123456789abcdef');

/** Below this many bytes a loop copies faster than a call into the runtime. */
const shortCopyBytes = 48;

/**
 * A growing buffer of rows in ClickHouse's RowBinary format: values one after the other, little-endian, lengths as
 * LEB128 varints. See https://clickhouse.com/docs/interfaces/formats/RowBinary.
 */
export class RowBinaryWriter {
  rows = 0;
  #bytes = new Uint8Array(64 * 1024);
  #size = 0;
  #view = new DataView(this.#bytes.buffer);

  get size(): number {
    return this.#size;
  }

  /** What was written, in memory of its own, so that it can be moved to another thread. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#size);
    this.clear();
    return taken;
  }

  clear(): void {
    this.#size = 0;
    this.rows = 0;
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#size++] = value;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#size, value, true);
    this.#size += 4;
  }

  int32(value: number): void {
    this.uint32(value);
  }

  /** The low and high half of a 64-bit value. */
  uint64(low: number, high: number): void {
    this.#reserve(8);
    this.#view.setUint32(this.#size, low, true);
    this.#view.setUint32(this.#size + 4, high, true);
    this.#size += 8;
  }

  int64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigInt64(this.#size, BigInt.asIntN(64, value), true);
    this.#size += 8;
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#size, value, true);
    this.#size += 8;
  }

  /** The length of a string, array or map. */
  length(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#size++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#size++] = rest;
  }

  /** Bytes without a length: encoded values, or a fixed-width number as the wire has it. */
  raw(source: Uint8Array, start: number, stop: number): void {
    const count = stop - start;
    this.#reserve(count);
    if (count > shortCopyBytes) this.#bytes.set(source.subarray(start, stop), this.#size);
    else {
      // The index stays below the source's length: `stop` came from its walk.
      for (let i = 0; i < count; i++) this.#bytes[this.#size + i] = source[start + i] ?? 0;
    }
    this.#size += count;
  }

  /** A String of these bytes. */
  bytes(source: Uint8Array, start: number, stop: number): void {
    this.length(stop - start);
    this.raw(source, start, stop);
  }

  /** A String of this text. */
  text(value: string): void {
    const encoded = Buffer.from(value);
    this.bytes(encoded, 0, encoded.length);
  }

  /** A String of text that has ASCII characters only, such as a number. */
  ascii(value: string): void {
    this.length(value.length);
    this.#reserve(value.length);
    for (let i = 0; i < value.length; i++) this.#bytes[this.#size++] = value.charCodeAt(i);
  }

  /** A String of these bytes in lower-case hex. */
  hex(source: Uint8Array, start: number, stop: number): void {
    this.length((stop - start) * 2);
    this.#reserve((stop - start) * 2);
    for (let i = start; i < stop; i++) {
      const byte = source[i] ?? 0;
      this.#bytes[this.#size++] = hexDigits[byte >> 4] ?? 0;
      this.#bytes[this.#size++] = hexDigits[byte & 15] ?? 0;
    }
  }

  /** What another writer has written. */
  append(other: RowBinaryWriter): void {
    this.raw(other.#bytes, 0, other.#size);
  }

  #reserve(count: number): void {
    const needed = this.#size + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
