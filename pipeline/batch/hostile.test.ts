import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Signal } from '../component/signal.ts';
import { nestedValue, wrap } from '../../test/support/nested-value.ts';
import { createBatchReader } from './batch-reader.ts';
import { createKeys } from './create-keys.ts';
import { WireError } from './wire-error.ts';

const keys = createKeys();
const reader = createBatchReader(keys);

const refused: readonly (readonly [what: string, hex: string, message: RegExp])[] = [
  ['a cut-off length', '0a', /length is cut off at byte 1/],
  ['a message longer than its request', '0a05', /longer than its message/],
  ['a message longer than its parent', '0a030a05' + '00'.repeat(9), /longer than its message/],
  ['a field number of 0', '0000', /field number is 0/],
  ['a field number of 0 with a length', '0200', /field number is 0/],
  ['a length of six bytes', '0a808080808000', /length is over-long/],
  ['a length above 2^31', '0affffffff0f', /length is over-long/],
  ['a tag of six bytes', '8a808080808000', /tag is over-long/],
  ['a varint of eleven bytes', '08' + '80'.repeat(10) + '00', /varint is over-long/],
  ['a cut-off varint', '0880', /varint is cut off/],
  ['a cut-off fixed64', '0900', /longer than its message/],
  ['wire type 6', '0e00', /wire type 6/],
  ['wire type 7', '0f00', /wire type 7/],
  ['a group that does not end', '13', /group does not end/],
  ['a group that did not start', '14', /did not start/],
  ['a group that ends as another', '131c', /group 2 ends as group 3/],
  ['groups nested too deep', '13'.repeat(105) + '14'.repeat(105), /nest too deep/],
];

for (const [what, hex, message] of refused) {
  test(`${what} is a WireError, at the top and in an attribute`, () => {
    const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
    assert.throws(
      () => reader.open('traces', bytes),
      (error) => isWireError(error, message),
    );
    if (what === 'a message longer than its request') return;
    // Resource group, resource, attribute, value: in each, the broken bytes are the last field.
    const inside = [0x12, 0x0a, 0x0a, 0x0a].reduce<Uint8Array>(
      (body, tag) => wrap(tag, body),
      bytes,
    );
    assert.throws(
      () => reader.open('traces', inside),
      (error) => error instanceof WireError,
    );
  });
}

function isWireError(error: unknown, message: RegExp): boolean {
  assert.ok(error instanceof WireError, String(error));
  assert.match(error.message, message);
  assert.ok(Number.isInteger(error.offset));
  return true;
}

/** A resource attribute that holds an array in an array, and so on, `levels` deep. */
function nestedArrays(levels: number, innermost?: Buffer): Buffer {
  const attribute = [wrap(0x0a, 'deep'), wrap(0x12, nestedValue(levels, innermost))];
  return wrap(0x0a, wrap(0x0a, wrap(0x0a, ...attribute)));
}

test('values nest as deep as 104 messages and no deeper', () => {
  // Request, group, resource, attribute and value are levels 0 to 4; each array adds two.
  const batch = reader.open('traces', nestedArrays(50));
  const texts = batch.texts();
  assert.equal(texts.text(texts.count - 1).value, 'x');
  texts.text(texts.count - 1).replace('found it');
  assert.ok(Buffer.from(batch.encode()).includes('found it'));
  const emptyArray = wrap(0x2a, Buffer.alloc(0));
  assert.throws(() => reader.open('traces', nestedArrays(50, emptyArray)), /nest too deep/);
});

/** A span, log record or metric that is valid but for a value of `levels` arrays. */
function nestedItem(signal: Signal, levels: number): Buffer {
  const attribute = Buffer.concat([wrap(0x0a, 'deep'), wrap(0x12, nestedValue(levels))]);
  if (signal === 'logs') return wrap(0x32, attribute);
  // Metric.gauge = 5, Gauge.data_points = 1, NumberDataPoint.attributes = 7.
  if (signal === 'metrics') {
    return wrap(
      0x2a,
      Buffer.concat([wrap(0x0a, wrap(0x3a, attribute)), wrap(0x0a, Buffer.alloc(0))]),
    );
  }
  const ids = [wrap(0x0a, Buffer.alloc(16, 1)), wrap(0x12, Buffer.alloc(8, 1))];
  return Buffer.concat([...ids, wrap(0x4a, attribute)]);
}

const tooDeep = [
  ['traces', 50, 1, /^span 1: nests deeper than 104 messages$/],
  ['logs', 50, 1, /^log record 1: nests/],
  ['metrics', 49, 2, /^metric 1: nests/],
] as const;

for (const [signal, levels, weight, message] of tooDeep) {
  test(`of ${signal}, only the item is refused whose values nest too deep`, () => {
    const items = [1, levels, levels - 1].map((depth) => wrap(0x12, nestedItem(signal, depth)));
    const bytes = wrap(0x0a, wrap(0x12, Buffer.concat(items)));
    const batch = reader.open(signal, bytes);
    assert.equal(batch.rejected.items, weight);
    assert.match(batch.rejected.message, message);
    assert.equal(batch.items, 2 * weight);
    const kept = items.filter((_item, ordinal) => ordinal !== 1);
    const rest = wrap(0x0a, wrap(0x12, Buffer.concat(kept)));
    assert.deepEqual(Buffer.from(batch.encode()), rest);
  });
}

test('a hundred thousand levels cost an error, not the stack', () => {
  const bytes = Buffer.alloc(200_000, 0x13);
  assert.throws(() => reader.open('logs', bytes), WireError);
});

test('a reader goes on after a request that it refused', () => {
  const good = nestedArrays(1);
  assert.throws(() => reader.open('traces', Buffer.from('0a', 'hex')), WireError);
  const batch = reader.open('traces', good);
  assert.equal(batch.encode(), good);
  assert.equal(batch.texts().count, 2);
});

test('unknown fields, groups among them, survive edits around them', () => {
  const unknown = Buffer.from('9b0108019c01' + 'fa0603616263', 'hex');
  const span = Buffer.concat([
    wrap(0x0a, Buffer.alloc(16, 1)),
    unknown,
    wrap(0x12, Buffer.alloc(8, 1)),
    unknown,
  ]);
  const batch = reader.open('traces', wrap(0x0a, wrap(0x12, wrap(0x12, span))));
  const key = keys.key('k');
  for (const item of batch) item.attributes.setBoolean(key, true);
  const attribute = wrap(0x4a, Buffer.from('0a016b12021001', 'hex'));
  const expected = wrap(0x0a, wrap(0x12, wrap(0x12, Buffer.concat([span, attribute]))));
  assert.deepEqual(Buffer.from(batch.encode()), expected);
});

for (const signal of ['traces', 'logs', 'metrics'] as const) {
  test(`${signal} as OTLP wrote them before 2022 are refused, because nothing would read them`, () => {
    // Field 1000 of a resource group: a tag of two bytes, c2 3e.
    const group = Buffer.concat([Buffer.from([0xc2, 0x3e, 3]), Buffer.from('old')]);
    assert.throws(
      () => reader.open(signal, wrap(0x0a, group)),
      (error) => isWireError(error, /before 2022/),
    );
    // The same number elsewhere is an unknown field like any other, and so is a number there.
    const elsewhere = wrap(0x0a, wrap(0x12, group));
    assert.equal(reader.open(signal, elsewhere).encode(), elsewhere);
    const flag = wrap(0x0a, Buffer.from([0xc0, 0x3e, 1]));
    assert.equal(reader.open(signal, flag).encode(), flag);
  });
}

test("the profiles' string index in a value is read as empty and written as it came", () => {
  // AnyValue.string_value_strindex = 8, an index into a dictionary that only profiles have.
  const attribute = Buffer.concat([
    wrap(0x0a, Buffer.from('k')),
    wrap(0x12, Buffer.from([0x40, 5])),
  ]);
  const resource = wrap(0x0a, wrap(0x0a, attribute));
  const span = wrap(
    0x12,
    Buffer.concat([wrap(0x0a, Buffer.alloc(16, 1)), wrap(0x12, Buffer.alloc(8, 1))]),
  );
  const bytes = wrap(0x0a, Buffer.concat([resource, wrap(0x12, span)]));
  const batch = reader.open('traces', bytes);
  for (const item of batch) assert.equal(item.resource.kind(keys.key('k')), 'empty');
  assert.equal(batch.encode(), bytes);
});
