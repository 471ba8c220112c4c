import type { Value, ValueKind, ValueMap } from './batch.ts';
import { FieldScanner, FIXED64, isVarint, LENGTH_DELIMITED, VARINT } from './wire.ts';

/** Field numbers of AnyValue's oneof; 0 where none is set. */
export const EMPTY = 0;
export const STRING = 1;
export const BOOLEAN = 2;
export const INT = 3;
export const DOUBLE = 4;
export const ARRAY = 5;
const KVLIST = 6;
export const BYTES_VALUE = 7;

/** Tags of a KeyValue's value, and of the fields of an AnyValue that are written. */
export const KEY_VALUE_KEY_TAG = 0x0a;
export const KEY_VALUE_VALUE_TAG = 0x12;
export const STRING_TAG = 0x0a;
export const BOOLEAN_TAG = 0x10;
export const INT_TAG = 0x18;
export const DOUBLE_TAG = 0x21;
export const ARRAY_TAG = 0x2a;

/** Names of the kinds, by field number. */
export const valueKinds: readonly ValueKind[] = [
  'empty',
  'string',
  'boolean',
  'int',
  'double',
  'array',
  'kvlist',
  'bytes',
];

const wireTypes = [-1, LENGTH_DELIMITED, VARINT, VARINT, FIXED64, LENGTH_DELIMITED].concat(
  LENGTH_DELIMITED,
  LENGTH_DELIMITED,
);

/** Memory that a value lies in, as bytes, as words and for Node's decoders. */
export interface Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly buffer: Buffer;
}

/** Finds the one field of an AnyValue that counts. The bytes were checked before. */
export class ValueCursor {
  kind = EMPTY;
  /** Payload of the field. */
  start = 0;
  stop = 0;
  /** Where its first part starts: an array or kvlist sent in several parts is merged. */
  first = 0;
  readonly #scanner = new FieldScanner(new Uint8Array(0));

  /** Looks into the AnyValue `bytes[start..end)`; returns `kind`. */
  locate(bytes: Uint8Array, start: number, end: number): number {
    const tag = bytes[start] ?? 0;
    if (tag === INT_TAG && isVarint(bytes, start + 1, end)) {
      this.start = start + 1;
      this.stop = end;
      this.first = start;
      return (this.kind = INT);
    }
    const text = tag === STRING_TAG ? onlyField(bytes, start, end) : 0;
    if (text === 0) return this.#locateLast(bytes, start, end);
    this.start = text;
    this.stop = end;
    this.first = start;
    return (this.kind = STRING);
  }

  #locateLast(bytes: Uint8Array, start: number, end: number): number {
    const scanner = this.#scanner.enter(bytes, start, end);
    this.kind = EMPTY;
    while (scanner.next()) {
      const { field } = scanner;
      if (field > BYTES_VALUE || scanner.wireType !== wireTypes[field]) continue;
      if (field !== this.kind) this.first = scanner.tagPos;
      this.kind = field;
      this.start = scanner.start;
      this.stop = scanner.stop;
    }
    return this.kind;
  }
}

/** Payload of the length-delimited field that fills `bytes[start..end)`, 0 where its length does not fit, or is long. */
function onlyField(bytes: Uint8Array, start: number, end: number): number {
  const length = bytes[start + 1] ?? 0;
  if (length < 128) return start + 2 + length === end ? start + 2 : 0;
  const high = bytes[start + 2] ?? 0;
  return high < 128 && start + 3 + (length & 127) + (high << 7) === end ? start + 3 : 0;
}

/** Low and high half of the varint at `pos`. */
function varintHalves(bytes: Uint8Array, pos: number): readonly [low: number, high: number] {
  let low = 0;
  let high = 0;
  for (let i = 0, at = pos; i < 10; i++) {
    const byte = bytes[at++] ?? 0;
    const bits = byte & 127;
    if (i < 4) low |= bits << (i * 7);
    else if (i === 4) {
      low |= bits << 28;
      high = bits >>> 4;
    } else high |= bits << (i * 7 - 32);
    if (byte < 128) break;
  }
  return [low >>> 0, high >>> 0];
}

/** The int64 varint at `pos`, exact. */
export function readInteger(bytes: Uint8Array, pos: number): bigint {
  const first = bytes[pos] ?? 0;
  if (first < 128) return BigInt(first);
  const [low, high] = varintHalves(bytes, pos);
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}

/** The int64 varint at `pos` as a number, rounded above 2^53. */
export function readNumber(bytes: Uint8Array, pos: number): number {
  const first = bytes[pos] ?? 0;
  if (first < 128) return first;
  const second = bytes[pos + 1] ?? 0;
  if (second < 128) return (first & 127) | (second << 7);
  const [low, high] = varintHalves(bytes, pos);
  if (high < 0x200000) return high * 0x100000000 + low;
  return Number(readInteger(bytes, pos));
}

/** The int64 varint at `pos`, as a number where that is exact at little cost: a bigint is slow to make and to print. */
export function readExact(bytes: Uint8Array, pos: number): bigint | number {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[pos + i] ?? 0;
    value |= (byte & 127) << (i * 7);
    if (byte < 128) return value;
  }
  return readInteger(bytes, pos);
}

/** The enum or int32 varint at `pos`: its low 32 bits, signed. */
export function readInt32(bytes: Uint8Array, pos: number): number {
  const first = bytes[pos] ?? 0;
  return first < 128 ? first : varintHalves(bytes, pos)[0] | 0;
}

/** True where the varint at `pos` is not 0. */
export function readBoolean(bytes: Uint8Array, start: number, stop: number): boolean {
  for (let i = start; i < stop; i++) if (((bytes[i] ?? 0) & 127) !== 0) return true;
  return false;
}

/** The UTF-8 of `source[start..stop)`. */
export function readString(source: Source, start: number, stop: number): string {
  return source.buffer.toString('utf8', start, stop);
}

function readScalar(cursor: ValueCursor, source: Source): Value {
  const { bytes, view } = source;
  switch (cursor.kind) {
    case STRING:
      return readString(source, cursor.start, cursor.stop);
    case BOOLEAN:
      return readBoolean(bytes, cursor.start, cursor.stop);
    case INT:
      return readInteger(bytes, cursor.start);
    case DOUBLE:
      return view.getFloat64(cursor.start, true);
    case BYTES_VALUE:
      return bytes.slice(cursor.start, cursor.stop);
    default:
      return undefined;
  }
}

/** A list that is being decoded: its parts in an AnyValue, and the elements of the part at hand. */
interface Frame {
  readonly source: Source;
  readonly kind: number;
  readonly parts: FieldScanner;
  readonly elements: FieldScanner;
  readonly target: Value[] | ValueMap;
}

function openFrame(cursor: ValueCursor, source: Source, end: number): Frame {
  return {
    source,
    kind: cursor.kind,
    parts: new FieldScanner(source.bytes).enter(source.bytes, cursor.first, end),
    elements: new FieldScanner(source.bytes),
    target: cursor.kind === ARRAY ? [] : new Map<string, Value>(),
  };
}

/** Moves to the next element of any part; false at the end. */
function nextElement({ parts, elements, kind, source }: Frame): boolean {
  for (;;) {
    while (elements.next()) {
      if (elements.field === 1 && elements.wireType === LENGTH_DELIMITED) return true;
    }
    if (!parts.next()) return false;
    if (parts.field !== kind || parts.wireType !== LENGTH_DELIMITED) continue;
    elements.enter(source.bytes, parts.start, parts.stop);
  }
}

/** The AnyValue `source[start..end)` as JavaScript data. Iterative: the caller's stack bounds no depth. */
export function decodeValue(source: Source, start: number, end: number): Value {
  const cursor = new ValueCursor();
  const kind = cursor.locate(source.bytes, start, end);
  if (kind !== ARRAY && kind !== KVLIST) return readScalar(cursor, source);
  const root = openFrame(cursor, source, end);
  const open = [root];
  for (let frame = open.at(-1); frame !== undefined; frame = open.at(-1)) {
    if (!nextElement(frame)) {
      open.pop();
      continue;
    }
    const nested = decodeElement(frame, cursor);
    if (nested !== undefined) open.push(nested);
  }
  return root.target;
}

/** Decodes one element into its frame's target; returns the frame of a nested list, whose target is already in place. */
function decodeElement(frame: Frame, cursor: ValueCursor): Frame | undefined {
  const { elements, target } = frame;
  const element =
    frame.kind === ARRAY
      ? { key: '', source: frame.source, start: elements.start, end: elements.stop }
      : readKeyValue(frame.source, elements.start, elements.stop);
  const kind = cursor.locate(element.source.bytes, element.start, element.end);
  const nested =
    kind === ARRAY || kind === KVLIST ? openFrame(cursor, element.source, element.end) : undefined;
  const value = nested === undefined ? readScalar(cursor, element.source) : nested.target;
  if (Array.isArray(target)) target.push(value);
  else if (!target.has(element.key)) target.set(element.key, value);
  return nested;
}

interface KeyValue {
  readonly key: string;
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** Key and AnyValue of the KeyValue `source[start..end)`. */
export function readKeyValue(source: Source, start: number, end: number): KeyValue {
  const scanner = new FieldScanner(source.bytes).enter(source.bytes, start, end);
  let key = '';
  const parts: Uint8Array[] = [];
  let last = { start: end, end };
  while (scanner.next()) {
    if (scanner.wireType !== LENGTH_DELIMITED) continue;
    if (scanner.field === 1) key = readString(source, scanner.start, scanner.stop);
    if (scanner.field !== 2) continue;
    last = { start: scanner.start, end: scanner.stop };
    parts.push(source.bytes.subarray(last.start, last.end));
  }
  return parts.length < 2 ? { key, source, ...last } : { key, ...mergeParts(parts) };
}

/** Messages back to back are their merge: one AnyValue in memory of its own. */
export function mergeParts(parts: readonly Uint8Array[]): Omit<KeyValue, 'key'> {
  const buffer = Buffer.concat(parts);
  const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  return { source: { bytes, view, buffer }, start: 0, end: buffer.length };
}
