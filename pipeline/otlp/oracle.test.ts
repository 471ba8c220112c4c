import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { otlpType } from '../../test/support/otlp-oracle.ts';
import type { Plain } from '../../test/support/otlp-oracle.ts';
import { signals } from '../component/signal.ts';
import type { Signal } from '../component/signal.ts';
import { decodeJson } from './decode-json.ts';
import { encodeJson } from './encode-json.ts';
import { requestMessage } from './schema.ts';
import type { Field, Message, ScalarKind } from './schema.ts';

const requestNames: Readonly<Record<Signal, string>> = {
  traces: 'ExportTraceServiceRequest',
  logs: 'ExportLogsServiceRequest',
  metrics: 'ExportMetricsServiceRequest',
};

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const int32 = fc.integer();
const uint32 = fc.nat(0xffff_ffff);
const bytes = (size: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((array) => Buffer.from(array));

/** Values as protobufjs takes them. */
const scalars: Readonly<Record<ScalarKind, fc.Arbitrary<unknown>>> = {
  string: fc.string({ unit: 'grapheme', maxLength: 20 }),
  bytes: fc.uint8Array({ maxLength: 9 }).map((array) => Buffer.from(array)),
  trace_id: fc.oneof(bytes(16), bytes(0)),
  span_id: fc.oneof(bytes(8), bytes(0)),
  bool: fc.boolean(),
  // JSON.stringify writes a negative zero as 0.
  double: fc.double().filter((value) => !Object.is(value, -0)),
  int64,
  sfixed64: int64,
  uint64,
  fixed64: uint64,
  int32,
  sint32: int32,
  uint32,
  fixed32: uint32,
  enum: fc.nat(2),
};

/** Levels that are generated below a request, and below a span, log record or data point. */
const requestDepth = 9;
const itemDepth = 5;

/** Fields that the oracle does not know yet. */
const unknownToOracle = new Set(['keyStrindex', 'stringValueStrindex']);

function anyMessage(message: Message, depth: number): fc.Arbitrary<Plain> {
  const fields = message.fields.filter(
    (field) => !unknownToOracle.has(field.name) && (depth > 0 || field.message === undefined),
  );
  const shared = fields.filter((field) => !field.oneof);
  const members = fields.filter((field) => field.oneof);
  // What leads to items is always there, or hardly any request would have one.
  const leading = shared.filter((field) => depth > itemDepth && field.repeated);
  const requiredKeys = leading.map((field) => field.name);
  const rest = fc.record(toModel(shared, depth), { requiredKeys });
  const member =
    members.length === 0
      ? fc.constant({})
      : fc.oneof(...members.map((field) => fc.record(toModel([field], depth))));
  return fc.tuple(rest, member).map(([a, b]) => ({ ...a, ...b }));
}

function toModel(fields: readonly Field[], depth: number): Record<string, fc.Arbitrary<unknown>> {
  return Object.fromEntries(fields.map((field) => [field.name, anyField(field, depth)]));
}

function anyField(field: Field, depth: number): fc.Arbitrary<unknown> {
  const one =
    field.kind === 'message'
      ? anyMessage(field.message ?? assert.fail('a message field has a message'), depth - 1)
      : scalars[field.kind];
  return field.repeated
    ? fc.array(one, { minLength: depth > itemDepth ? 1 : 0, maxLength: 2 })
    : one;
}

/** What OTLP/JSON says of a message that the oracle decoded. */
function toJsonForm(value: unknown, key = ''): unknown {
  if (Buffer.isBuffer(value))
    return value.toString(/^(trace|span|parentSpan)Id$/.test(key) ? 'hex' : 'base64');
  if (Array.isArray(value)) return value.map((inner) => toJsonForm(inner, key));
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, toJsonForm(inner, name)]),
  );
}

/** Decoded by the oracle, fields that were left out filled with their defaults. */
function readByOracle(signal: Signal, request: Uint8Array): Plain {
  const type = otlpType(requestNames[signal]);
  return type.toObject(type.decode(request), { longs: String, bytes: Array, defaults: true });
}

for (const signal of signals) {
  test(`any ${signal} request means the same to protobufjs as JSON, and again as protobuf`, () => {
    const type = otlpType(requestNames[signal]);
    fc.assert(
      fc.property(anyMessage(requestMessage(signal), requestDepth), (plain) => {
        const request = type.encode(type.fromObject(plain)).finish();
        const text = encodeJson(signal, request);
        const decoded = type.toObject(type.decode(request), { longs: String, bytes: Buffer });
        assert.deepEqual(JSON.parse(text), toJsonForm(decoded));
        const back = decodeJson(signal, Buffer.from(text));
        assert.deepEqual(readByOracle(signal, back), readByOracle(signal, request));
      }),
      { numRuns: 200 },
    );
  });
}
