import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encodeRequest } from '../../test/support/otlp-oracle.ts';
import { createBatchReader } from './batch-reader.ts';
import { cost, model, reader, span, text, traces } from './batch-under-test.ts';

test('dropping takes an item out, its groups with the last one, and of an emptied batch nothing is left', () => {
  const bytes = encodeRequest('traces', {
    resourceSpans: [
      { scopeSpans: [{ spans: [span(1)] }, { spans: [span(2), span(3)] }] },
      { scopeSpans: [{ spans: [span(4)] }] },
    ],
  });
  const batch = reader.open('traces', bytes);
  assert.equal(batch.items, 4);
  for (const item of batch) if ([0, 1, 3].includes(item.ordinal)) item.drop('sampled_out');
  assert.equal(batch.items, 1);
  assert.equal(batch.dropped('sampled_out'), 3);
  assert.deepEqual(
    Array.from(batch, ({ ordinal }) => ordinal),
    [2],
  );
  const left = { resourceSpans: [{ scopeSpans: [{ spans: [span(3)] }] }] };
  assert.deepEqual(batch.encode(), encodeRequest('traces', left));
  for (const item of batch) {
    item.attributes.setString(model, 'gone with it');
    item.drop('blocked');
    item.drop('filtered');
  }
  assert.equal(batch.encode().length, 0);
  assert.equal(batch.items, 0);
  assert.equal(batch.dropped('blocked'), 1);
  assert.equal(batch.dropped('filtered'), 0);
  assert.equal(batch.texts().count, 0);
  assert.equal(batch.encode().length, 0);
});

test('spans with bad ids are dropped as invalid, and their neighbours pass', () => {
  const short = { traceId: Buffer.alloc(15, 1), spanId: Buffer.alloc(8, 1) };
  const zero = { traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8) };
  const badParent = span(3, { parentSpanId: Buffer.alloc(3, 1) });
  const missing = { spanId: Buffer.alloc(8, 1) };
  const batch = reader.open('traces', traces(short, span(1), zero, badParent, missing, span(2)));
  assert.deepEqual(batch.rejected, {
    items: 4,
    message: 'span 0: trace_id has 15 bytes instead of 16',
  });
  assert.equal(batch.dropped('invalid'), 4);
  assert.equal(batch.items, 2);
  assert.deepEqual(batch.encode(), traces(span(1), span(2)));
});

test('log records may lack ids but not have ones of a wrong size', () => {
  const logRecords = [{}, { traceId: Buffer.alloc(16) }, { spanId: Buffer.alloc(7, 1) }];
  const bytes = encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
  const batch = reader.open('logs', bytes);
  assert.equal(batch.items, 2);
  assert.equal(batch.rejected.message, 'log record 2: span_id has 7 bytes instead of 8');
});

test('a metric weighs as many items as it has data points', () => {
  const dataPoints = [{}, {}, {}];
  const metrics = [
    { name: 'a', gauge: { dataPoints } },
    { name: 'b', sum: { dataPoints: [{}] } },
    { name: 'c', histogram: { dataPoints } },
    { name: 'd', exponentialHistogram: { dataPoints } },
    { name: 'e', summary: { dataPoints } },
  ];
  const bytes = encodeRequest('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
  const batch = reader.open('metrics', bytes);
  assert.equal(batch.items, 13);
  assert.deepEqual(
    Array.from(batch, ({ name, weight }) => [name, weight]),
    [
      ['a', 3],
      ['b', 1],
      ['c', 3],
      ['d', 3],
      ['e', 3],
    ],
  );
  for (const item of batch) if (item.name === 'd') item.drop('filtered');
  assert.equal(batch.dropped('filtered'), 3);
});

test('a request in the middle of other memory is read in its place', () => {
  const bytes = traces(span(1, { attributes: [text(model.name, 'm')] }));
  const memory = Buffer.concat([Buffer.alloc(13, 255), bytes, Buffer.alloc(9, 255)]);
  const batch = reader.open('traces', memory.subarray(13, 13 + bytes.length));
  for (const { attributes } of batch) {
    assert.equal(attributes.string(model), 'm');
    attributes.setString(cost, 'x');
  }
  const attributes = [text(model.name, 'm'), text(cost.name, 'x')];
  assert.deepEqual(batch.encode(), traces(span(1, { attributes })));
});

test('two requests back to back are one', () => {
  const both = new Uint8Array(Buffer.concat([traces(span(1)), traces(span(2))]));
  const batch = reader.open('traces', both);
  assert.equal(batch.items, 2);
  assert.equal(batch.encode(), both);
});

test('a batch of many items grows the reader, which takes the next small one as well', () => {
  const attributes = [text('a', 'x'), text(model.name, 'y')];
  const spans = Array.from({ length: 40_000 }, () => span(1, { attributes }));
  const batch = reader.open('traces', traces(...spans));
  for (const item of batch) {
    item.attributes.setString(model, item.ordinal % 2 === 0 ? 'even' : 'much longer than before');
    if (item.ordinal % 4 === 3) item.drop('filtered');
  }
  const texts = batch.texts();
  assert.equal(texts.count, 30_000 * 4);
  assert.equal(batch.items, 30_000);
  const again = reader.open('traces', batch.encode());
  let longer = 0;
  for (const item of again) if (item.attributes.string(model) !== 'even') longer += 1;
  assert.equal(longer, 10_000);
  assert.equal(reader.open('traces', traces(span(1))).items, 1);
});

test('a reader takes only keys that createKeys made', () => {
  assert.throws(() => createBatchReader({ key: (name) => ({ id: 0, name }) }), TypeError);
});
