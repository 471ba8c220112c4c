import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decodeRequest, encodeRequest, type Plain } from '../../test/support/otlp-oracle.ts';
import { createBatchReader } from './batch-reader.ts';
import type { Text } from './batch.ts';
import { createKeys } from './create-keys.ts';

const keys = createKeys();
const reader = createBatchReader(keys);

const text = (key: string, value: string): Plain => ({ key, value: { stringValue: value } });

const nested = {
  key: 'nested',
  value: {
    kvlistValue: {
      values: [{ key: 'inner', value: { arrayValue: { values: [{ intValue: '-42' }] } } }],
    },
  },
};

const span = {
  traceId: Buffer.alloc(16, 1),
  spanId: Buffer.alloc(8, 1),
  traceState: 'a=1',
  name: 'chat',
  attributes: [
    text('user', 'jane@example.com'),
    { key: 'price', value: { doubleValue: 0.5 } },
    { key: 'blob', value: { bytesValue: Buffer.from('text in bytes') } },
    { key: 'binary', value: { bytesValue: Buffer.from([255, 254]) } },
    { key: 'flag', value: { boolValue: true } },
    nested,
  ],
  events: [{ name: 'event', attributes: [text('e', 'in event')] }],
  links: [{ traceState: 'b=2', attributes: [text('l', 'in link')] }],
  status: { message: 'failed for jane' },
};

const traces = encodeRequest('traces', {
  resourceSpans: [
    {
      resource: {
        attributes: [text('service.name', 'shop')],
        entityRefs: [{ schemaUrl: 'u1', type: 'service', idKeys: ['k1'], descriptionKeys: ['k2'] }],
      },
      scopeSpans: [
        {
          scope: { name: 'lib', version: '1', attributes: [text('s', 'in scope')] },
          spans: [span],
          schemaUrl: 'u2',
        },
        { spans: [{ ...span, attributes: [], events: [], links: [] }] },
      ],
      schemaUrl: 'u3',
    },
  ],
});

const described = ({ value, place, kind, owner, item, key }: Text): string =>
  `${value} | ${place} ${kind} ${owner} ${item} ${key}`.trimEnd();

test('every place of a trace request is shown, with what it is and whose', () => {
  assert.deepEqual(Array.from(reader.open('traces', traces).texts(), described), [
    'service.name | attribute key resource 0 service.name',
    'shop | attribute string resource 0 service.name',
    'u1 | schema_url string resource 0',
    'service | attribute string resource 0',
    'k1 | attribute string resource 0',
    'k2 | attribute string resource 0',
    'lib | scope string scope 0',
    '1 | scope string scope 0',
    's | attribute key scope 0 s',
    'in scope | attribute string scope 0 s',
    'a=1 | trace_state string item 0',
    'chat | name string item 0',
    'user | attribute key item 0 user',
    'jane@example.com | attribute string item 0 user',
    'price | attribute key item 0 price',
    '0.5 | attribute double item 0 price',
    'blob | attribute key item 0 blob',
    'text in bytes | attribute bytes item 0 blob',
    'binary | attribute key item 0 binary',
    'flag | attribute key item 0 flag',
    'nested | attribute key item 0 nested',
    'inner | attribute key item 0 nested',
    '-42 | attribute int item 0 nested',
    'event | event_name string item 0',
    'e | attribute key item 0 e',
    'in event | attribute string item 0 e',
    'b=2 | trace_state string item 0',
    'l | attribute key item 0 l',
    'in link | attribute string item 0 l',
    'failed for jane | status_message string item 0',
    'u2 | schema_url string scope 0',
    'a=1 | trace_state string item 1',
    'chat | name string item 1',
    'failed for jane | status_message string item 1',
    'u3 | schema_url string resource 0',
  ]);
});

test('every place of a log record is shown, a structured body at any depth', () => {
  const body = {
    kvlistValue: { values: [{ key: 'role', value: { stringValue: 'user' } }, nested] },
  };
  const record = {
    body,
    severityText: 'INFO',
    eventName: 'gen_ai.user.message',
    attributes: [text('a', 'b')],
  };
  const bytes = encodeRequest('logs', {
    resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }],
  });
  assert.deepEqual(Array.from(reader.open('logs', bytes).texts(), described), [
    'INFO | severity_text string item 0',
    'role | body key item 0',
    'user | body string item 0',
    'nested | body key item 0',
    'inner | body key item 0',
    '-42 | body int item 0',
    'a | attribute key item 0 a',
    'b | attribute string item 0 a',
    'gen_ai.user.message | event_name string item 0',
  ]);
});

test('attributes of data points and exemplars of every metric type are shown', () => {
  const point = {
    attributes: [text('p', 'in point')],
    exemplars: [{ filteredAttributes: [text('x', 'in exemplar')] }],
  };
  const data = { dataPoints: [point] };
  const metrics = [
    { name: 'n', description: 'd', unit: 's', gauge: data, metadata: [text('m', 'in metadata')] },
    { sum: data },
    { histogram: data },
    { exponentialHistogram: data },
    { summary: { dataPoints: [{ attributes: point.attributes }] } },
  ];
  const bytes = encodeRequest('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
  const texts = Array.from(reader.open('metrics', bytes).texts(), ({ value }) => value);
  assert.equal(texts.filter((value) => value === 'in point').length, 5);
  assert.equal(texts.filter((value) => value === 'in exemplar').length, 4);
  assert.deepEqual(texts.slice(0, 3), ['n', 'd', 's']);
  assert.ok(texts.includes('in metadata'));
});

test('embedding vectors are left out and counted, other arrays of numbers are not', () => {
  const vector = (numbers: readonly number[]): Plain => ({
    key: 'v',
    value: { arrayValue: { values: numbers.map((doubleValue) => ({ doubleValue })) } },
  });
  const small = Array.from({ length: 16 }, (_, index) => (index - 8) / 7);
  const shown = (attribute: Plain): [number, number] => {
    const bytes = encodeRequest('traces', {
      resourceSpans: [{ scopeSpans: [{ spans: [{ ...span, attributes: [attribute] }] }] }],
    });
    const texts = reader.open('traces', bytes).texts();
    const kinds = Array.from(texts, ({ kind }) => kind);
    return [kinds.filter((kind) => kind === 'double').length, texts.skippedVectors];
  };
  assert.deepEqual(shown(vector(small)), [0, 1]);
  assert.deepEqual(shown(vector(small.slice(1))), [15, 0]);
  assert.deepEqual(shown(vector([...small, 4111111111111111])), [17, 0]);
  assert.deepEqual(shown(vector([...small, NaN])), [17, 0]);
  const nested = { kvlistValue: { values: [vector(small), text('n', 'x')] } };
  assert.deepEqual(shown({ key: 'in', value: nested }), [0, 1]);
});

test('the gathered buffer has a NUL between texts and zero bytes around them', () => {
  const texts = reader.open('traces', traces).texts();
  const { buffer, size } = texts;
  const before = new Uint8Array(buffer.buffer, buffer.byteOffset - 16, 16);
  assert.ok(before.every((byte) => byte === 0));
  assert.ok(buffer.length >= size + 128);
  assert.ok(buffer.subarray(size, size + 128).every((byte) => byte === 0));
  const joined = Buffer.from(buffer.subarray(0, size)).toString();
  assert.deepEqual(
    joined.split('\0'),
    Array.from(texts, ({ value }) => value),
  );
  const hit = joined.indexOf('jane@');
  const found = texts.text(texts.at(hit + 3));
  assert.equal(found.value, 'jane@example.com');
  assert.equal(texts.start(found.index), hit);
});

test('the zero bytes after the texts come back when a smaller batch follows a larger one', () => {
  reader.open('traces', traces).texts();
  const small = encodeRequest('traces', { resourceSpans: [{ schemaUrl: 'x' }] });
  const { buffer, size } = reader.open('traces', small).texts();
  assert.equal(size, 1);
  assert.ok(buffer.subarray(size, size + 128).every((byte) => byte === 0));
});

test('texts show what was set before, and items show what was replaced after', () => {
  const batch = reader.open('traces', traces);
  const user = keys.key('user');
  const added = keys.key('added');
  for (const item of batch) item.attributes.setString(added, 'by an earlier component');
  for (const found of batch.texts()) if (found.value.includes('jane')) found.replace('[EMAIL]');
  for (const item of batch) {
    assert.equal(item.attributes.string(added), 'by an earlier component');
    assert.equal(item.statusMessage, '[EMAIL]');
    if (item.ordinal === 0) assert.equal(item.attributes.string(user), '[EMAIL]');
    item.attributes.setInt(keys.key('redaction.masked.count'), 2);
  }
  const bytes = Buffer.from(batch.encode());
  assert.equal(bytes.includes('jane'), false);
  assert.equal(bytes.includes('redaction.masked.count'), true);
  assert.doesNotThrow(() => decodeRequest('traces', bytes));
});

test('a replaced int, double or bytes value becomes a string, and a replaced key keeps its value', () => {
  const batch = reader.open('traces', traces);
  for (const found of batch.texts()) {
    if (found.kind === 'int' || found.kind === 'double' || found.kind === 'bytes')
      found.replace('*');
    if (found.kind === 'key' && found.value === 'user') found.replace('renamed');
  }
  const [item] = batch;
  assert.ok(item !== undefined);
  assert.equal(item.attributes.string(keys.key('price')), '*');
  assert.equal(item.attributes.string(keys.key('blob')), '*');
  assert.deepEqual(item.attributes.value(keys.key('nested')), new Map([['inner', ['*']]]));
  assert.equal(item.attributes.string(keys.key('renamed')), 'jane@example.com');
  assert.equal(item.attributes.has(keys.key('user')), false);
});

test('replacing a text after the batch was read again is a mistake that throws', () => {
  const batch = reader.open('traces', traces);
  const found = batch.texts().text(0);
  for (const item of batch) item.name.trim();
  assert.throws(() => {
    found.replace('x');
  }, /no longer valid/);
});

test('gathering texts while the batch is iterated is a mistake that throws', () => {
  const batch = reader.open('traces', traces);
  assert.throws(() => {
    for (const item of batch) {
      item.attributes.setInt(keys.key('n'), 1);
      batch.texts();
    }
  }, /while the batch was iterated/);
});

test('overwritten parts of a message are shown as well, because they stay in the request', () => {
  const value = Buffer.concat([
    Buffer.from([0x0a, 3]),
    Buffer.from('old'),
    Buffer.from([0x0a, 3]),
    Buffer.from('new'),
  ]);
  const attribute = Buffer.concat([Buffer.from([0x0a, 1, 0x61, 0x12, value.length]), value]);
  const resource = Buffer.concat([Buffer.from([0x0a, attribute.length]), attribute]);
  const group = Buffer.concat([Buffer.from([0x0a, resource.length]), resource]);
  const bytes = Buffer.concat([Buffer.from([0x0a, group.length]), group]);
  const values = Array.from(reader.open('traces', bytes).texts(), (found) => found.value);
  assert.deepEqual(values, ['a', 'old', 'new']);
});
