import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type protobuf from 'protobufjs';
import { encodeRequest, otlpType, requestTypes } from '../../test/support/otlp-oracle.ts';
import type { Plain } from '../../test/support/otlp-oracle.ts';
import { signals } from '../component/signal.ts';
import { createBatchReader } from './batch-reader.ts';
import { createKeys } from './create-keys.ts';

const keys = createKeys();
const reader = createBatchReader(keys);

function wrap(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const payload = Buffer.concat(parts);
  assert.ok(payload.length < 128);
  return Buffer.concat([Buffer.from([tag, payload.length]), payload]);
}

function text(tag: number, value: string): Buffer {
  return wrap(tag, Buffer.from(value));
}

/** Field 14 as a string, and field 200 (a tag of two bytes) as a group and as a number. */
const unknown = [
  text(0x72, 'secret'),
  Buffer.from([0xc3, 0x0c, 0xc4, 0x0c]),
  Buffer.from([0xc0, 0x0c, 7]),
];
const ids = Buffer.concat([wrap(0x0a, Buffer.alloc(16, 1)), wrap(0x12, Buffer.alloc(8, 2))]);

/** A request with what is given at every depth of it. */
function request(...extra: readonly Uint8Array[]): Buffer {
  const nested = wrap(0x2a, wrap(0x0a, text(0x0a, 'v'), ...extra), ...extra);
  const attribute = wrap(0x4a, text(0x0a, 'k'), wrap(0x12, nested, ...extra), ...extra);
  const span = wrap(0x12, ids, attribute);
  const resource = wrap(0x0a, wrap(0x0a, text(0x0a, 'r'), wrap(0x12, text(0x0a, 'x'))), ...extra);
  return wrap(0x0a, resource, wrap(0x12, span), ...extra);
}

describe('unknown fields', () => {
  const clean = request();

  for (const [index, field] of unknown.entries()) {
    test(`leave a batch at any depth when asked to (${index})`, () => {
      const bytes = request(field);
      assert.ok(bytes.length > clean.length);
      const batch = reader.open('traces', bytes);
      assert.equal(batch.dropUnknown(), true);
      assert.equal(batch.items, 1);
      assert.deepEqual(Buffer.from(batch.encode()), clean);
      assert.equal(batch.dropUnknown(), false);
    });
  }

  test('stay where nobody asks, and a batch without any is the very same afterwards', () => {
    const bytes = request(...unknown.slice(0, 1));
    assert.equal(reader.open('traces', bytes).encode(), bytes);
    const batch = reader.open('traces', clean);
    assert.equal(batch.dropUnknown(), false);
    assert.equal(batch.encode(), clean);
  });

  test('leave together with edits made before, which stay', () => {
    const batch = reader.open('traces', request(...unknown.slice(0, 1)));
    for (const span of batch) span.attributes.setString(keys.key('new'), 'kept');
    assert.equal(batch.dropUnknown(), true);
    const values = Array.from(batch.texts(), ({ value }) => value);
    assert.ok(values.includes('kept') && values.includes('v'));
    assert.equal(Buffer.from(batch.encode()).includes('secret'), false);
  });
});

/** A message with every field that OTLP gives it, at every depth; values nest four levels deep. */
function fill(type: protobuf.Type, depth: number): Plain {
  const known = type.fieldsArray.flatMap((field) => {
    const value = fillField(field, depth);
    return value === undefined ? [] : [[field.name, field.repeated ? [value] : value] as const];
  });
  return Object.fromEntries(known);
}

function fillField(field: protobuf.Field, depth: number): unknown {
  const { name, type, resolvedType } = field;
  if (resolvedType !== null) {
    const isNested = resolvedType.name === 'AnyValue';
    if (isNested && depth === 4) return undefined;
    return fill(otlpType(resolvedType.name), isNested ? depth + 1 : depth);
  }
  if (type === 'bytes') return Buffer.alloc(name === 'traceId' ? 16 : 8, 1);
  if (type === 'string') return name;
  return type === 'bool' ? true : 1;
}

describe('the fields that OTLP has', () => {
  for (const signal of signals) {
    test(`are all known in ${signal}, so that none of them leaves a batch`, () => {
      const bytes = encodeRequest(signal, fill(otlpType(requestTypes[signal]), 0));
      const batch = reader.open(signal, bytes);
      assert.ok(batch.items > 0);
      assert.equal(batch.dropUnknown(), false);
      assert.equal(batch.encode(), bytes);
    });
  }
});
