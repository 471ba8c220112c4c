import { maxDepth } from '../batch/wire.ts';
import { WireError } from '../batch/wire-error.ts';
import { wireType } from './wire-writer.ts';

/**
 * Reads protobuf off the hot path, where an object graph may be built: answers of sinks, and requests to be written as
 * JSON. The hot path has the batch's walk. Every method throws WireError where the bytes end too early.
 */
export interface WireReader {
  readonly position: number;
  readonly isAtEnd: boolean;
  /** The next field's number; its wire type is in `type` afterwards. */
  tag(): number;
  readonly type: number;
  /** An unsigned 64-bit varint. */
  varint(): bigint;
  fixed64(): bigint;
  fixed32(): number;
  double(): number;
  /** A length-delimited part, shared with the input. */
  delimited(): Uint8Array;
  /** Moves past the value of the tag that was read; groups too. */
  skip(): void;
}

const startGroup = 3;
const endGroup = 4;
const maxFieldNumber = 0x1fff_ffff;
const maxVarintBytes = 10;

/** Makes a reader over `bytes`. */
export function createWireReader(bytes: Uint8Array): WireReader {
  return new Reader(bytes);
}

class Reader implements WireReader {
  position = 0;
  type = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.position >= this.#bytes.length;
  }

  tag(): number {
    const start = this.position;
    const value = this.#number();
    this.type = value % 8;
    const field = Math.floor(value / 8);
    if (field === 0 || field > maxFieldNumber) {
      throw new WireError('a field number is invalid', start);
    }
    return field;
  }

  varint(): bigint {
    const first = this.#bytes[this.position] ?? 0x80;
    if (first < 0x80) {
      this.position += 1;
      return BigInt(first);
    }
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#take(1)] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError('a varint is longer than ten bytes', this.position);
  }

  fixed64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  fixed32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  delimited(): Uint8Array {
    const start = this.#take(this.#number());
    return this.#bytes.subarray(start, this.position);
  }

  skip(): void {
    let open = 0;
    do {
      if (this.type === startGroup) open += 1;
      else if (this.type === endGroup) open -= 1;
      else this.#skipOne();
      if (open < 0) throw new WireError('a group ends that did not start', this.position);
      if (open > maxDepth) throw new WireError('groups are nested too deep', this.position);
      if (open > 0) this.tag();
    } while (open > 0);
  }

  /** A varint as a number, rounded beyond 2^53: tags and lengths, which are small wherever they are valid. */
  #number(): number {
    const first = this.#bytes[this.position] ?? 0x80;
    if (first < 0x80) {
      this.position += 1;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let size = 0; size < maxVarintBytes; size += 1) {
      const byte = this.#bytes[this.#take(1)] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new WireError('a varint is longer than ten bytes', this.position);
  }

  #skipOne(): void {
    if (this.type === wireType.varint) this.varint();
    else if (this.type === wireType.fixed64) this.#take(8);
    else if (this.type === wireType.delimited) this.delimited();
    else if (this.type === wireType.fixed32) this.#take(4);
    else throw new WireError('a wire type is invalid', this.position);
  }

  /** Moves past `size` bytes and returns where they start. */
  #take(size: number): number {
    const start = this.position;
    if (size > this.#bytes.length - start) throw new WireError('the message is cut off', start);
    this.position = start + size;
    return start;
  }
}
