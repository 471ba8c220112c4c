import { FieldScanner, FIXED64, LENGTH_DELIMITED, VARINT } from '../../pipeline/batch/wire.ts';

/**
 * Fields of opentelemetry.proto.common.v1.AnyValue: 1 string_value, 2 bool_value, 3 int_value, 4 double_value,
 * 5 array_value, 6 kvlist_value, 7 bytes_value. Of several the last one counts, as in protobuf.
 */
export const valueFields = { string: 1, bool: 2, int: 3, double: 4, array: 5, kvlist: 6, bytes: 7 };

/** Wire type of each field of AnyValue by its number; a field sent with another one is unknown, and skipped. */
const wireTypes = [
  -1,
  LENGTH_DELIMITED,
  VARINT,
  VARINT,
  FIXED64,
  LENGTH_DELIMITED,
  LENGTH_DELIMITED,
  LENGTH_DELIMITED,
];

/** Where an AnyValue's payload lies. A cursor: read it, do not keep it. */
export class AnyValueCursor {
  /** One of `valueFields`, 0 where the value is empty. */
  field = 0;
  start = 0;
  stop = 0;
  bytes = new Uint8Array(0);
  readonly #fields = new FieldScanner(this.bytes);

  /** Finds the payload of the AnyValue message from `start` to `stop`. */
  enter(bytes: Uint8Array<ArrayBuffer>, start: number, stop: number): this {
    this.bytes = bytes;
    this.field = 0;
    const fields = this.#fields.enter(bytes, start, stop);
    while (fields.next()) {
      if (wireTypes[fields.field] !== fields.wireType) continue;
      this.field = fields.field;
      this.start = fields.start;
      this.stop = fields.stop;
    }
    return this;
  }

  /** The int_value as sent: a varint of 64 bits, sign included. */
  int(): bigint {
    return readInt64(this.bytes, this.start);
  }

  double(): number {
    return readDouble(this.bytes, this.start);
  }

  /** Any value as text, as the Collector's `AsString` writes it: what is nested becomes JSON, bytes become base64. */
  text(): string {
    switch (this.field) {
      case valueFields.string:
        return utf8(this.bytes, this.start, this.stop);
      case valueFields.bool:
        return String(readInt64(this.bytes, this.start) !== 0n);
      case valueFields.int: {
        const short = readShortInt(this.bytes, this.start);
        return String(short >= 0 ? short : this.int());
      }
      case valueFields.double:
        return String(this.double());
      case valueFields.bytes:
        return base64(this.bytes, this.start, this.stop);
      case valueFields.array:
      case valueFields.kvlist:
        return toJson(this);
      default:
        return '';
    }
  }
}

/** A varint of up to 49 bits as a number; -1 where it is longer, as negative ones are. */
export function readShortInt(bytes: Uint8Array, start: number): number {
  let value = 0;
  let factor = 1;
  for (let at = start; at < start + 7; at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 127) * factor;
    if (byte < 128) return value;
    factor *= 128;
  }
  return -1;
}

/** An int64 of the wire. */
export function readInt64(bytes: Uint8Array, start: number): bigint {
  const short = readShortInt(bytes, start);
  return short >= 0 ? BigInt(short) : readLongInt64(bytes, start);
}

function readLongInt64(bytes: Uint8Array, start: number): bigint {
  let value = 0n;
  for (let at = start, shift = 0n; shift < 70n; at++, shift += 7n) {
    const byte = bytes[at] ?? 0;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) break;
  }
  return BigInt.asIntN(64, value);
}

const doubleBytes = new Uint8Array(8);
const doubleView = new DataView(doubleBytes.buffer);

/** A double of the wire. */
export function readDouble(bytes: Uint8Array, start: number): number {
  for (let i = 0; i < 8; i++) doubleBytes[i] = bytes[start + i] ?? 0;
  return doubleView.getFloat64(0, true);
}

/** The text of UTF-8 bytes. */
function utf8(bytes: Uint8Array, start: number, stop: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start).toString();
}

function base64(bytes: Uint8Array, start: number, stop: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start).toString('base64');
}

/** JSON of a value at any depth; the batch's walk has bounded the nesting when the request came in. */
function toJson({ bytes, field, start, stop }: AnyValueCursor): string {
  const fields = new FieldScanner(bytes).enter(bytes, start, stop);
  const isArray = field === valueFields.array;
  const parts: string[] = [];
  while (fields.next()) {
    if (fields.field !== 1 || fields.wireType !== LENGTH_DELIMITED) continue;
    if (isArray) parts.push(valueToJson(bytes, fields.start, fields.stop));
    else parts.push(entryToJson(bytes, fields.start, fields.stop));
  }
  return isArray ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}

function entryToJson(bytes: Uint8Array<ArrayBuffer>, start: number, stop: number): string {
  const fields = new FieldScanner(bytes).enter(bytes, start, stop);
  let key = '';
  let value = 'null';
  while (fields.next()) {
    if (fields.wireType !== LENGTH_DELIMITED) continue;
    if (fields.field === 1) key = utf8(bytes, fields.start, fields.stop);
    if (fields.field === 2) value = valueToJson(bytes, fields.start, fields.stop);
  }
  return `${JSON.stringify(key)}:${value}`;
}

function valueToJson(bytes: Uint8Array<ArrayBuffer>, start: number, stop: number): string {
  const value = new AnyValueCursor().enter(bytes, start, stop);
  switch (value.field) {
    case 0:
      return 'null';
    case valueFields.string:
    case valueFields.bytes:
      return JSON.stringify(value.text());
    case valueFields.double:
      // JSON has no NaN and no infinity.
      return Number.isFinite(value.double()) ? value.text() : JSON.stringify(value.text());
    default:
      return value.text();
  }
}
