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

/** The deepest nesting that is read, as in the batch. */
export const maxNesting = 64;

/** Makes a reader over `bytes`. */
export function createWireReader(bytes: Uint8Array): WireReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let type = 0;

  function take(size: number): number {
    if (size > bytes.length - at) throw new WireError('the message is cut off', at);
    at += size;
    return at - size;
  }

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[take(1)] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError('a varint is longer than ten bytes', at);
  }

  function tag(): number {
    const start = at;
    const value = Number(varint());
    type = value & 7;
    const field = Math.floor(value / 8);
    if (field === 0 || field > 0x1fffffff) throw new WireError('a field number is invalid', start);
    return field;
  }

  function delimited(): Uint8Array {
    const size = Number(varint());
    const start = take(size);
    return bytes.subarray(start, at);
  }

  function skipOne(): void {
    if (type === wireType.varint) varint();
    else if (type === wireType.fixed64) take(8);
    else if (type === wireType.delimited) delimited();
    else if (type === wireType.fixed32) take(4);
    else if (type > wireType.fixed32) throw new WireError('a wire type is invalid', at);
  }

  function skip(): void {
    let open = 0;
    do {
      if (type === startGroup) open += 1;
      else if (type === endGroup) open -= 1;
      else skipOne();
      if (open < 0) throw new WireError('a group ends that did not start', at);
      if (open > maxNesting) throw new WireError('groups are nested too deep', at);
      if (open > 0) tag();
    } while (open > 0);
  }

  return {
    get position() {
      return at;
    },
    get isAtEnd() {
      return at >= bytes.length;
    },
    get type() {
      return type;
    },
    tag,
    varint,
    fixed64: () => view.getBigUint64(take(8), true),
    fixed32: () => view.getUint32(take(4), true),
    double: () => view.getFloat64(take(8), true),
    delimited,
    skip,
  };
}
