import protobuf from 'protobufjs';

import type { Signal } from '../../pipeline/component/signal.ts';
import { otlpType, requestTypes } from '../support/otlp-oracle.ts';
import type { Random } from './random.ts';

/**
 * Random export requests written byte by byte with everything that protobuf allows and encoders seldom write: fields out
 * of order and repeated, messages split in parts, over-long varints, unknown fields and groups, known fields of another
 * wire type, packed and unpacked numbers.
 */
export function generateRequest(random: Random, signal: Signal, chaos: number): Uint8Array {
  const bytes: number[] = [];
  writeMessage({ random, chaos, depth: 0 }, otlpType(requestTypes[signal]), bytes);
  return Uint8Array.from(bytes);
}

interface Context {
  readonly random: Random;
  /** How likely something unusual is, at each field. */
  readonly chaos: number;
  readonly depth: number;
}

const texts = [
  '',
  'a',
  'gen_ai.request.model',
  'service.name',
  'gpt-4o',
  'jane@example.com',
  'grüße 🌍',
  'nul\0inside',
  'x'.repeat(140),
  '{"role":"user","content":"4111 1111 1111 1111"}',
] as const;

const integers = [
  0n,
  1n,
  5n,
  127n,
  128n,
  300n,
  2n ** 31n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
] as const;

const idSizes: Readonly<Record<string, number>> = { traceId: 16, spanId: 8, parentSpanId: 8 };

/** Messages of which several in one list make sense; of the others one is enough, or the request explodes. */
function countOf({ random, depth }: Context, field: protobuf.Field): number {
  if (!field.repeated) return random.chance(depth < 4 ? 0.8 : 0.5) ? 1 : 0;
  return random.below(depth < 8 ? 3 : 2);
}

function writeMessage(context: Context, type: protobuf.Type, out: number[]): void {
  const { random, chaos } = context;
  const fields = type.fieldsArray.toSorted((a, b) => a.id - b.id);
  if (random.chance(chaos)) fields.reverse();
  const ofOneof = random.below(7);
  for (const field of fields) {
    const oneof = field.partOf?.oneof;
    const isChosen = oneof === undefined || oneof[ofOneof % oneof.length] === field.name;
    if (!isChosen && !random.chance(chaos)) continue;
    if (random.chance(chaos)) writeUnknown(context, out);
    const always = field.name in idSizes && field.name !== 'parentSpanId' ? 1 : 0;
    const count = Math.max(always, countOf(context, field)) + (random.chance(chaos) ? 1 : 0);
    for (let i = 0; i < count; i++) writeField(context, field, out);
  }
}

function writeField(context: Context, field: protobuf.Field, out: number[]): void {
  const { random, chaos } = context;
  if (random.chance(chaos / 4)) {
    writeTag(context, field.id, random.below(6), out);
    return;
  }
  const type = field.resolvedType;
  if (type instanceof protobuf.Type) {
    // The nesting of generated messages ends here; deep nesting has tests of its own.
    if (context.depth > 14) return;
    const body: number[] = [];
    writeMessage({ ...context, depth: context.depth + 1 }, type, body);
    writeTag(context, field.id, 2, out);
    writeBytes(context, body, out);
    return;
  }
  writeScalar(context, field, out);
}

function writeScalar(context: Context, field: protobuf.Field, out: number[]): void {
  const { random } = context;
  switch (field.type) {
    case 'string':
      writeTag(context, field.id, 2, out);
      {
        writeBytes(context, [...Buffer.from(random.pick(texts))], out);
        return;
      }
    case 'bytes':
      writeTag(context, field.id, 2, out);
      {
        writeBytes(context, bytesOf(context, field.name), out);
        return;
      }
    case 'double':
    case 'fixed64':
    case 'sfixed64': {
      writeNumbers(context, field, out, { wireType: 1, bytes: 8 });
      return;
    }
    case 'fixed32': {
      writeNumbers(context, field, out, { wireType: 5, bytes: 4 });
      return;
    }
    default: {
      writeNumbers(context, field, out, { wireType: 0, bytes: 0 });
      return;
    }
  }
}

function writeNumbers(
  context: Context,
  field: protobuf.Field,
  out: number[],
  { wireType, bytes }: { wireType: number; bytes: number },
): void {
  const { random } = context;
  const number = (target: number[]): void => {
    if (wireType === 0) writeVarint(context, random.pick(integers), target);
    else for (let i = 0; i < bytes; i++) target.push(random.chance(0.5) ? 0 : random.below(256));
  };
  if (field.repeated && random.chance(0.7)) {
    const packed: number[] = [];
    for (let i = random.below(4); i > 0; i--) number(packed);
    writeTag(context, field.id, 2, out);
    writeBytes(context, packed, out);
    return;
  }
  writeTag(context, field.id, wireType, out);
  number(out);
}

function bytesOf({ random, chaos }: Context, name: string): number[] {
  const idSize = idSizes[name];
  if (idSize === undefined)
    return random.chance(0.5) ? [...Buffer.from(random.pick(texts))] : [255, 0, 200];
  const size = random.chance(chaos) ? random.below(20) : idSize;
  const isZero = random.chance(chaos);
  return Array.from({ length: size }, () => (isZero ? 0 : 1 + random.below(255)));
}

function writeUnknown(context: Context, out: number[]): void {
  const { random } = context;
  const field = 17 + random.below(1000);
  switch (random.below(4)) {
    case 0:
      writeTag(context, field, 0, out);
      {
        writeVarint(context, random.pick(integers), out);
        return;
      }
    case 1:
      writeTag(context, field, 2, out);
      {
        writeBytes(context, [1, 2, 3], out);
        return;
      }
    case 2:
      writeTag(context, field, 3, out);
      if (context.depth < 12) writeUnknown({ ...context, depth: context.depth + 1 }, out);
      {
        writeTag(context, field, 4, out);
        return;
      }
    default:
      writeTag(context, field, 5, out);
      out.push(1, 2, 3, 4);
  }
}

function writeTag(context: Context, field: number, wireType: number, out: number[]): void {
  writePadded(context, BigInt(field * 8 + wireType), out, 5);
}

function writeBytes(context: Context, bytes: readonly number[], out: number[]): void {
  writePadded(context, BigInt(bytes.length), out, 5);
  for (const byte of bytes) out.push(byte);
}

function writeVarint(context: Context, value: bigint, out: number[]): void {
  writePadded(context, value, out, 10);
}

/** A varint, sometimes longer than needed but at most `maxBytes` long. */
function writePadded(
  { random, chaos }: Context,
  value: bigint,
  out: number[],
  maxBytes: number,
): void {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push(Number(rest & 127n));
    rest >>= 7n;
  } while (rest > 0n);
  if (random.chance(chaos / 2)) {
    const size = bytes.length + random.below(maxBytes + 1 - bytes.length);
    while (bytes.length < size) bytes.push(0);
  }
  for (const [i, byte] of bytes.entries()) out.push(i < bytes.length - 1 ? byte | 128 : byte);
}
