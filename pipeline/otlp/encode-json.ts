import { maxDepth } from '../batch/wire.ts';
import { WireError } from '../batch/wire-error.ts';
import type { Signal } from '../component/signal.ts';
import { requestMessage } from './schema.ts';
import type { Field, Message, ScalarKind } from './schema.ts';
import { createWireReader } from './wire-reader.ts';
import type { WireReader } from './wire-reader.ts';
import { wireType } from './wire-writer.ts';
import type { WireType } from './wire-writer.ts';

/** A value that JSON.stringify writes as OTLP/JSON wants it. */
type JsonValue = string | number | boolean | JsonValue[] | JsonObject;
interface JsonObject {
  [name: string]: JsonValue;
}

/**
 * Writes a protobuf export request as OTLP/JSON: lowerCamelCase keys, 64-bit integers as decimal strings, ids in hex,
 * enums as numbers, NaN and infinities as strings. Fields stand in wire order; unknown ones are left out.
 * Builds an object graph: for the file and debug exporters and JSON sinks, not for the hot path.
 * @throws WireError where the bytes are no export request.
 */
export function encodeJson(signal: Signal, bytes: Uint8Array): string {
  return JSON.stringify(readRequest(signal, bytes));
}

/** The object that `encodeJson` writes, for what reads a request here. @throws WireError where the bytes are no export request. */
export function readRequest(signal: Signal, bytes: Uint8Array): object {
  return readMessage(requestMessage(signal), bytes, {}, 0);
}

/** Reads into `target`, so that a message that comes in parts is merged as protobuf demands. */
function readMessage(
  message: Message,
  bytes: Uint8Array,
  target: JsonObject,
  depth: number,
): JsonObject {
  if (depth > maxDepth) throw new WireError('messages are nested too deep', 0);
  const reader = createWireReader(bytes);
  while (!reader.isAtEnd) {
    const field = message.byNumber.get(reader.tag());
    if (field === undefined || !fitsWire(field, reader.type)) reader.skip();
    else readField({ message, field, reader, target, depth });
  }
  return target;
}

interface Reading {
  readonly message: Message;
  readonly field: Field;
  readonly reader: WireReader;
  readonly target: JsonObject;
  readonly depth: number;
}

function readField(reading: Reading): void {
  const { message, field, reader, target } = reading;
  if (field.repeated) {
    const list = asList(target[field.name]);
    target[field.name] = list;
    if (isPacked(field, reader.type)) readPacked(field, reader.delimited(), list);
    else list.push(readValue(reading, undefined));
    return;
  }
  const before = target[field.name];
  if (field.oneof) clearOneof(message, field, target);
  target[field.name] = readValue(reading, before);
}

function readValue(reading: Reading, before: JsonValue | undefined): JsonValue {
  const { field, reader, depth } = reading;
  if (field.kind !== 'message') return scalarReaders[field.kind].read(reader);
  if (field.message === undefined) return {};
  return readMessage(field.message, reader.delimited(), asObject(before), depth + 1);
}

function asList(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && !Array.isArray(value) ? value : {};
}

function clearOneof(message: Message, field: Field, target: JsonObject): void {
  for (const other of message.fields) {
    if (!other.oneof || other === field || !(other.name in target)) continue;
    Reflect.deleteProperty(target, other.name);
  }
}

function readPacked(field: Field, bytes: Uint8Array, list: JsonValue[]): void {
  const reader = createWireReader(bytes);
  if (field.kind === 'message') return;
  const scalar = scalarReaders[field.kind];
  while (!reader.isAtEnd) list.push(scalar.read(reader));
}

interface ScalarReader {
  readonly wireType: WireType;
  read(reader: WireReader): JsonValue;
}

const readHex = (reader: WireReader): string => toBuffer(reader.delimited()).toString('hex');
const readInt32 = (reader: WireReader): number => Number(BigInt.asIntN(32, reader.varint()));

const scalarReaders: Readonly<Record<ScalarKind, ScalarReader>> = {
  string: {
    wireType: wireType.delimited,
    read: (reader) => toBuffer(reader.delimited()).toString(),
  },
  bytes: {
    wireType: wireType.delimited,
    read: (reader) => toBuffer(reader.delimited()).toString('base64'),
  },
  trace_id: { wireType: wireType.delimited, read: readHex },
  span_id: { wireType: wireType.delimited, read: readHex },
  bool: { wireType: wireType.varint, read: (reader) => reader.varint() !== 0n },
  double: { wireType: wireType.fixed64, read: (reader) => toJsonNumber(reader.double()) },
  int64: {
    wireType: wireType.varint,
    read: (reader) => String(BigInt.asIntN(64, reader.varint())),
  },
  uint64: { wireType: wireType.varint, read: (reader) => String(reader.varint()) },
  fixed64: { wireType: wireType.fixed64, read: (reader) => String(reader.fixed64()) },
  sfixed64: {
    wireType: wireType.fixed64,
    read: (reader) => String(BigInt.asIntN(64, reader.fixed64())),
  },
  int32: { wireType: wireType.varint, read: readInt32 },
  enum: { wireType: wireType.varint, read: readInt32 },
  sint32: {
    wireType: wireType.varint,
    read: (reader) => fromZigzag(Number(BigInt.asUintN(32, reader.varint()))),
  },
  uint32: {
    wireType: wireType.varint,
    read: (reader) => Number(BigInt.asUintN(32, reader.varint())),
  },
  fixed32: { wireType: wireType.fixed32, read: (reader) => reader.fixed32() },
};

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function toJsonNumber(value: number): JsonValue {
  return Number.isFinite(value) ? value : String(value);
}

function fromZigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

function fitsWire(field: Field, type: number): boolean {
  return type === wireTypeOf(field) || isPacked(field, type);
}

function isPacked(field: Field, type: number): boolean {
  return field.repeated && type === wireType.delimited && wireTypeOf(field) !== wireType.delimited;
}

function wireTypeOf(field: Field): WireType {
  return field.kind === 'message' ? wireType.delimited : scalarReaders[field.kind].wireType;
}
