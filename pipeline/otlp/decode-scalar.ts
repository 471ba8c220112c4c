import { Buffer } from 'node:buffer';
import { hexDigit } from '../json/unescape.ts';
import type { JsonTokenizer } from '../json/tokenizer.ts';
import { unescapeJson } from '../json/unescape.ts';
import { parseDigits, parseScaled } from './parse-integer.ts';
import type { Int64 } from './parse-integer.ts';
import type { Field, ScalarKind } from './schema.ts';
import { wireType } from './wire-writer.ts';
import type { WireType, WireWriter } from './wire-writer.ts';

/** What decoding a scalar reads from and writes to; one for a whole request, so that a scalar allocates nothing. */
export interface ScalarContext {
  readonly bytes: Uint8Array;
  readonly tokens: JsonTokenizer;
  readonly writer: WireWriter;
  /** The number that was last read, in the two's complement of the field's type. */
  readonly integer: Int64;
  double: number;
  /** Throws an error that names the place. */
  fail(message: string): never;
}

/** Reads the current token into the context, and writes what was read. */
interface ScalarCodec {
  readonly wireType: WireType;
  /** Returns whether the value is the default, which a field without presence does not write. */
  read(context: ScalarContext, field: Field): boolean;
  write(context: ScalarContext): void;
}

const minus2To63 = { high: 0x8000_0000, low: 0 } as const;

function readInteger(context: ScalarContext): Int64 {
  const { tokens, integer, bytes } = context;
  if (tokens.token === 'number') {
    if (parseDigits(bytes, tokens.start, tokens.end, integer)) return integer;
    if (parseScaled(tokens.text(), integer)) return integer;
  } else if (tokens.token === 'string' && readIntegerText(context)) return integer;
  return context.fail('expected a whole number of at most 64 bits, or one as a string');
}

function readIntegerText({ tokens, integer, bytes }: ScalarContext): boolean {
  if (!tokens.escaped && parseDigits(bytes, tokens.start + 1, tokens.end - 1, integer)) return true;
  return parseScaled(tokens.string(), integer);
}

function isZero(integer: Int64): boolean {
  return integer.high === 0 && integer.low === 0;
}

function negate(integer: Int64): void {
  integer.low = (~integer.low + 1) >>> 0;
  integer.high = (~integer.high + (integer.low === 0 ? 1 : 0)) >>> 0;
}

function readInt64(context: ScalarContext): boolean {
  const integer = readInteger(context);
  const isMinimum =
    integer.negative && integer.high === minus2To63.high && integer.low === minus2To63.low;
  if (integer.high > 0x7fff_ffff && !isMinimum) context.fail('expected a signed 64-bit integer');
  if (integer.negative) negate(integer);
  return isZero(integer);
}

function readUint64(context: ScalarContext): boolean {
  const integer = readInteger(context);
  if (integer.negative && !isZero(integer)) context.fail('expected no negative number');
  return isZero(integer);
}

function readInt32(context: ScalarContext): boolean {
  const integer = readInteger(context);
  const limit = integer.negative ? 0x8000_0000 : 0x7fff_ffff;
  if (integer.high !== 0 || integer.low > limit) context.fail('expected a signed 32-bit integer');
  if (integer.negative) negate(integer);
  return isZero(integer);
}

function readUint32(context: ScalarContext): boolean {
  const isDefault = readUint64(context);
  if (context.integer.high !== 0) context.fail('expected an unsigned 32-bit integer');
  return isDefault;
}

function readEnum(context: ScalarContext, field: Field): boolean {
  const { tokens, integer } = context;
  const number = tokens.token === 'string' ? field.values?.get(tokens.string()) : undefined;
  if (number === undefined) return readEnumNumber(context);
  integer.high = 0;
  integer.low = number;
  return number === 0;
}

function readEnumNumber(context: ScalarContext): boolean {
  if (context.tokens.token === 'string' && !/^-?\d+$/.test(context.tokens.string())) {
    context.fail('unknown enum name');
  }
  return readInt32(context);
}

function readBool(context: ScalarContext): boolean {
  const { token } = context.tokens;
  if (token !== 'true' && token !== 'false') context.fail('expected true or false');
  context.integer.high = 0;
  context.integer.low = token === 'true' ? 1 : 0;
  return token === 'false';
}

function readDouble(context: ScalarContext): boolean {
  const { tokens } = context;
  if (tokens.token === 'number') context.double = Number(tokens.text());
  else if (tokens.token === 'string') context.double = parseDoubleText(context, tokens.string());
  else context.fail('expected a number, or one as a string');
  return Object.is(context.double, 0);
}

function parseDoubleText(context: ScalarContext, text: string): number {
  if (text === 'NaN') return NaN;
  if (/^-?(Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)$/.test(text)) return Number(text);
  return context.fail('expected a number, NaN, Infinity or -Infinity in the string');
}

function writeVarint({ writer, integer }: ScalarContext): void {
  writer.varint64(integer.high, integer.low);
}

function writeFixed64({ writer, integer }: ScalarContext): void {
  writer.fixed64(integer.high, integer.low);
}

function writeZigzag({ writer, integer }: ScalarContext): void {
  const value = integer.low | 0;
  writer.varint(((value << 1) ^ (value >> 31)) >>> 0);
}

function writeText(context: ScalarContext): void {
  const { tokens, writer, bytes } = context;
  const start = tokens.start + 1;
  const inside = bytes.subarray(start, tokens.end - 1);
  if (!tokens.escaped) {
    writer.delimited(inside);
    return;
  }
  const mark = writer.open();
  writer.advance(unescapeJson(inside, writer.room(inside.length)));
  writer.close(mark);
}

function isEmptyText(context: ScalarContext): boolean {
  if (context.tokens.token !== 'string') context.fail('expected a string');
  return context.tokens.end - context.tokens.start === 2;
}

function writeBase64(context: ScalarContext): void {
  const text = context.tokens.string();
  // Standard and URL alphabets with or without padding, as ProtoJSON reads them; Buffer alone would skip what it does not know.
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) context.fail('expected base64');
  context.writer.delimited(Buffer.from(text, 'base64'));
}

function writeHex(context: ScalarContext, size: number): void {
  const { tokens, writer, bytes } = context;
  const start = tokens.start + 1;
  const length = tokens.end - 1 - start;
  if (length !== size * 2) {
    context.fail(`expected ${String(size * 2)} hexadecimal digits, got ${String(length)}`);
  }
  writer.varint(size);
  const room = writer.room(size);
  for (let i = 0; i < size; i++) {
    const high = hexDigit(bytes[start + i * 2] ?? 0);
    const low = hexDigit(bytes[start + i * 2 + 1] ?? 0);
    if (high < 0 || low < 0) context.fail('expected hexadecimal digits only');
    room[i] = (high << 4) | low;
  }
  writer.advance(size);
}

const signed = { wireType: wireType.varint, read: readInt64, write: writeVarint };
const text = { wireType: wireType.delimited, read: isEmptyText };

/** How each kind is read and written. */
export const scalarCodecs: Readonly<Record<ScalarKind, ScalarCodec>> = {
  string: { ...text, write: writeText },
  bytes: { ...text, write: writeBase64 },
  trace_id: {
    ...text,
    write: (context) => {
      writeHex(context, 16);
    },
  },
  span_id: {
    ...text,
    write: (context) => {
      writeHex(context, 8);
    },
  },
  bool: { wireType: wireType.varint, read: readBool, write: writeVarint },
  double: {
    wireType: wireType.fixed64,
    read: readDouble,
    write: ({ writer, double }) => {
      writer.double(double);
    },
  },
  int64: signed,
  uint64: { wireType: wireType.varint, read: readUint64, write: writeVarint },
  fixed64: { wireType: wireType.fixed64, read: readUint64, write: writeFixed64 },
  sfixed64: { wireType: wireType.fixed64, read: readInt64, write: writeFixed64 },
  int32: { wireType: wireType.varint, read: readInt32, write: writeVarint },
  sint32: { wireType: wireType.varint, read: readInt32, write: writeZigzag },
  uint32: { wireType: wireType.varint, read: readUint32, write: writeVarint },
  fixed32: {
    wireType: wireType.fixed32,
    read: readUint32,
    write: ({ writer, integer }) => {
      writer.fixed32(integer.low);
    },
  },
  enum: { wireType: wireType.varint, read: readEnum, write: writeVarint },
};
