import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  decodeRequest,
  encodeMessage,
  encodeRequest,
  type Plain,
} from '../../test/support/otlp-oracle.ts';
import { createBatchReader } from './batch-reader.ts';
import type { Item } from './batch.ts';
import { createKeys } from './create-keys.ts';

const keys = createKeys();
const reader = createBatchReader(keys);
const model = keys.key('gen_ai.request.model');
const cost = keys.key('gen_ai.usage.cost');
const service = keys.key('service.name');

const text = (key: string, value: string): Plain => ({ key, value: { stringValue: value } });

function span(number: number, fields: Plain = {}): Plain {
  return { traceId: Buffer.alloc(16, number), spanId: Buffer.alloc(8, number), ...fields };
}

function traces(...spans: readonly Plain[]): Uint8Array {
  return encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

/** Joins the request's one item to edit with its batch. */
function edited(bytes: Uint8Array, edit: (item: Item) => void): Plain {
  const batch = reader.open('traces', bytes);
  for (const item of batch) edit(item);
  return decodeRequest('traces', batch.encode());
}

const field = (number: number, body: Uint8Array): Uint8Array =>
  Uint8Array.of(number * 8 + 2, body.length, ...body);

test('a key that was set reads back before the batch is encoded, the newest value first', () => {
  const batch = reader.open('traces', traces(span(1, { attributes: [text(model.name, 'old')] })));
  for (const { attributes } of batch) {
    attributes.setString(model, 'new');
    attributes.setInt(cost, 5);
    attributes.setDouble(cost, 0.5);
    assert.equal(attributes.string(model), 'new');
    assert.equal(attributes.number(cost), 0.5);
    assert.equal(attributes.integer(cost), undefined);
    assert.equal(attributes.kind(cost), 'double');
    assert.deepEqual(
      Array.from(attributes, ({ name }) => name),
      [model.name, cost.name],
    );
    attributes.delete(cost);
    assert.equal(attributes.has(cost), false);
  }
});

test('a key that is set twice is written once, in the place it had', () => {
  const bytes = traces(span(1, { attributes: [text(model.name, 'a'), text('z', 'b')] }));
  const request = edited(bytes, ({ attributes }) => {
    attributes.setString(model, 'first');
    attributes.setString(model, 'second');
    attributes.setStrings(cost, ['x']);
    attributes.setBoolean(cost, true);
  });
  assert.deepEqual(
    request,
    decodeRequest(
      'traces',
      traces(
        span(1, {
          attributes: [
            text(model.name, 'second'),
            text('z', 'b'),
            { key: cost.name, value: { boolValue: true } },
          ],
        }),
      ),
    ),
  );
});

test('attributes of a resource are edited once for all items under it, and a missing resource is made once', () => {
  const batch = reader.open('traces', traces(span(1), span(2)));
  let first = true;
  for (const { resource, scope } of batch) {
    if (first) resource.setString(service, 'shop');
    if (first) resource.setInt(cost, 7);
    if (first) scope.attributes.setString(model, 'in the scope');
    first = false;
    assert.equal(resource.string(service), 'shop');
    assert.equal(scope.attributes.string(model), 'in the scope');
  }
  const expected = encodeRequest('traces', {
    resourceSpans: [
      {
        resource: {
          attributes: [text(service.name, 'shop'), { key: cost.name, value: { intValue: '7' } }],
        },
        scopeSpans: [
          { scope: { attributes: [text(model.name, 'in the scope')] }, spans: [span(1), span(2)] },
        ],
      },
    ],
  });
  assert.deepEqual(Buffer.from(batch.encode()), Buffer.from(expected));
});

test('a resource that is split over several messages is read whole', () => {
  const resource = (key: string): Uint8Array =>
    field(1, encodeMessage('Resource', { attributes: [text(key, key)] }));
  const scopes = field(2, encodeMessage('ScopeSpans', { spans: [span(1)] }));
  const group = field(1, Buffer.concat([resource('a'), scopes, resource('service.name')]));
  const request = edited(group, (item) => {
    assert.deepEqual(
      Array.from(item.resource, ({ name }) => name),
      ['a', 'service.name'],
    );
    assert.equal(item.resource.string(service), 'service.name');
    item.resource.setString(service, 'b');
    item.resource.setString(model, 'c');
  });
  const groups = request['resourceSpans'] as { resource: { attributes: unknown } }[];
  assert.deepEqual(groups[0]?.resource.attributes, [
    text('a', 'a'),
    text(service.name, 'b'),
    text(model.name, 'c'),
  ]);
});

test('a value that is split over several messages is merged, and an array in parts is joined', () => {
  const part = (value: string): Uint8Array =>
    field(2, encodeMessage('AnyValue', { arrayValue: { values: [{ stringValue: value }] } }));
  const attribute = field(
    9,
    Buffer.concat([field(1, Buffer.from(model.name)), part('a'), part('b')]),
  );
  const bytes = field(
    1,
    field(2, field(2, Buffer.concat([encodeMessage('Span', span(1)), attribute]))),
  );
  const request = edited(bytes, ({ attributes }) => {
    assert.deepEqual(attributes.strings(model), ['a', 'b']);
    assert.deepEqual(attributes.strings(model), ['a', 'b']);
    attributes.setInt(cost, 1);
  });
  assert.ok(JSON.stringify(request).includes('[{"stringValue":"a"},{"stringValue":"b"}]'));
  edited(bytes, ({ attributes }) => {
    attributes.setString(model, 'instead');
    assert.equal(attributes.string(model), 'instead');
  });
});

test('a status and a body that are split over several messages are merged', () => {
  const status = [{ message: 'failed' }, { code: 2 }].map((part) =>
    field(15, encodeMessage('SpanStatus', part)),
  );
  const bytes = field(
    1,
    field(2, field(2, Buffer.concat([encodeMessage('Span', span(1)), ...status]))),
  );
  for (const item of reader.open('traces', bytes)) {
    assert.equal(item.statusMessage, 'failed');
    assert.equal(item.statusCode, 2);
  }
  const body = ['a', 'b'].map((value) =>
    field(5, encodeMessage('AnyValue', { arrayValue: { values: [{ stringValue: value }] } })),
  );
  const logs = field(1, field(2, field(2, Buffer.concat(body))));
  for (const item of reader.open('logs', logs)) assert.deepEqual(item.body, ['a', 'b']);
});

test('long values are read, set and replaced, whatever the size of their length', () => {
  for (const size of [127, 128, 16_383, 16_384, 2_097_152]) {
    const [old, fresh] = ['o'.repeat(size), 'é'.repeat(size)];
    const batch = reader.open('traces', traces(span(1, { attributes: [text(model.name, old)] })));
    for (const { attributes } of batch) {
      assert.equal(attributes.string(model), old);
      attributes.setString(cost, fresh);
      assert.equal(attributes.string(cost), fresh);
    }
    for (const found of batch.texts()) if (found.value === old) found.replace(fresh);
    const attributes = [text(model.name, fresh), text(cost.name, fresh)];
    assert.deepEqual(batch.encode(), traces(span(1, { attributes })));
  }
});

test('attributes that were added one after the other are replaced and deleted each for itself', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => keys.key(name));
  assert.ok(a !== undefined && b !== undefined && c !== undefined && d !== undefined);
  const batch = reader.open('traces', traces(span(1), span(2)));
  for (const { attributes } of batch) {
    for (const key of [a, b, c]) attributes.setString(key, `first ${key.name}`);
    attributes.setString(b, 'longer than the first');
    attributes.setString(a, '');
    attributes.delete(b);
    attributes.setString(d, 'added later');
    attributes.setString(c, 'c');
    attributes.setString(b, 'added again');
    assert.deepEqual(
      [a, b, c, d].map((key) => attributes.string(key)),
      ['', 'added again', 'c', 'added later'],
    );
  }
  const attributes = [
    text('a', ''),
    text('c', 'c'),
    text('d', 'added later'),
    text('b', 'added again'),
  ];
  assert.deepEqual(batch.encode(), traces(span(1, { attributes }), span(2, { attributes })));
});

test('each item tells the name and version of its own scope', () => {
  const inScope = (name: string, version: string, number: number): Plain => ({
    scope: { name, version },
    spans: [span(number), span(number + 1)],
  });
  const scopeSpans = [inScope('a', '1', 1), inScope('b', '', 3), inScope('', '2', 5)];
  const bytes = encodeRequest('traces', { resourceSpans: [{ scopeSpans }] });
  const seen = Array.from(reader.open('traces', bytes), ({ scope }) => {
    assert.equal(scope.name, scope.name);
    return `${scope.name}@${scope.version}`;
  });
  assert.deepEqual(seen, ['a@1', 'a@1', 'b@', 'b@', '@2', '@2']);
});

test('an attribute tells its key where somebody asked for its name, if only just now', () => {
  const attributes = [text(model.name, 'a'), text('nobody.asks', 'b'), text('asked.late', 'c')];
  const batch = reader.open('traces', traces(span(1, { attributes })));
  const late = keys.key('asked.late');
  for (const item of batch) {
    item.attributes.setInt(cost, 1);
    assert.deepEqual(
      Array.from(item.attributes, ({ key }) => key),
      [model, undefined, late, cost],
    );
  }
});

test('of a key that occurs twice the first counts, and deleting it deletes both', () => {
  const bytes = traces(
    span(1, {
      attributes: [text('gen_ai.request.model', 'first'), text('gen_ai.request.model', 'second')],
    }),
  );
  const request = edited(bytes, ({ attributes }) => {
    assert.equal(attributes.string(model), 'first');
    attributes.delete(model);
    assert.equal(attributes.string(model), undefined);
  });
  assert.deepEqual(request, decodeRequest('traces', traces(span(1))));
});

test('values of every kind are read as what they are, and as nothing else', () => {
  const attributes = [
    { key: 'int', value: { intValue: '-9223372036854775808' } },
    {
      key: 'map',
      value: { kvlistValue: { values: [{ key: 'a', value: { arrayValue: { values: [{}] } } }] } },
    },
    { key: 'bytes', value: { bytesValue: Buffer.from([1, 2]) } },
    { key: 'empty', value: {} },
    {
      key: 'mixed',
      value: { arrayValue: { values: [{ stringValue: 'a' }, { boolValue: true }] } },
    },
  ];
  for (const item of reader.open('traces', traces(span(1, { attributes })))) {
    const key = (name: string): ReturnType<typeof keys.key> => keys.key(name);
    assert.equal(item.attributes.integer(key('int')), -(2n ** 63n));
    assert.equal(item.attributes.number(key('int')), -(2 ** 63));
    assert.equal(item.attributes.string(key('int')), undefined);
    assert.deepEqual(item.attributes.value(key('map')), new Map([['a', [undefined]]]));
    assert.deepEqual(item.attributes.value(key('bytes')), Uint8Array.of(1, 2));
    assert.equal(item.attributes.kind(key('empty')), 'empty');
    assert.equal(item.attributes.value(key('empty')), undefined);
    assert.equal(item.attributes.has(key('empty')), true);
    assert.equal(item.attributes.strings(key('mixed')), undefined);
    assert.equal(item.attributes.kind(key('absent')), undefined);
  }
});

test('attributes are listed by prefix, pending ones last, and deleted while they are listed', () => {
  const bytes = traces(
    span(1, { attributes: [text('llm.a', '1'), text('other', '2'), text('llm.b', '3')] }),
  );
  const request = edited(bytes, ({ attributes }) => {
    attributes.setString(keys.key('llm.c'), '4');
    const seen: (string | undefined)[] = [];
    for (const attribute of attributes.withPrefix(keys.key('llm.'))) {
      seen.push(attribute.name, attribute.string());
      if (attribute.name === 'llm.a') attribute.delete();
    }
    assert.deepEqual(seen, ['llm.a', '1', 'llm.b', '3', 'llm.c', '4']);
  });
  const attributes = [text('other', '2'), text('llm.b', '3'), text('llm.c', '4')];
  assert.deepEqual(request, decodeRequest('traces', traces(span(1, { attributes }))));
});

test('numbers that are no 64-bit integers are not set', () => {
  for (const { attributes } of reader.open('traces', traces(span(1)))) {
    assert.throws(() => {
      attributes.setInt(cost, 2 ** 53);
    }, RangeError);
    assert.throws(() => {
      attributes.setInt(cost, 0.5);
    }, RangeError);
    assert.throws(() => {
      attributes.setInt(cost, 2n ** 63n);
    }, RangeError);
    assert.equal(attributes.has(cost), false);
  }
});

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

test('events are read and edited in place, and what ends an event stays inside it', () => {
  const events = [{ name: 'gen_ai.choice', timeUnixNano: '5', attributes: [text('a', 'b')] }];
  const request = edited(traces(span(1, { events })), (item) => {
    for (const event of item.events) {
      assert.equal(event.name, 'gen_ai.choice');
      assert.equal(event.timeUnixNano, 5n);
      // The event is the span's last field, so both edits insert at one position.
      item.attributes.setString(cost, 'of the span');
      event.attributes.setString(model, 'of the event');
    }
  });
  const changed = [
    { ...events[0], attributes: [text('a', 'b'), text(model.name, 'of the event')] },
  ];
  const expected = span(1, { events: changed, attributes: [text(cost.name, 'of the span')] });
  assert.deepEqual(request, decodeRequest('traces', traces(expected)));
});

test('a trace state is replaced, added and removed; other signals have none', () => {
  const bytes = traces(span(1, { traceState: 'a=1' }), span(2));
  const request = edited(bytes, (item) => {
    item.setTraceState('ot=th:8');
    assert.equal(item.traceState, 'ot=th:8');
    if (item.ordinal === 0) item.setTraceState('');
    assert.equal(item.traceState, item.ordinal === 0 ? '' : 'ot=th:8');
  });
  assert.deepEqual(
    request,
    decodeRequest('traces', traces(span(1), span(2, { traceState: 'ot=th:8' }))),
  );
  const logs = encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{}] }] }] });
  for (const item of reader.open('logs', logs))
    assert.throws(() => {
      item.setTraceState('a=1');
    }, /only spans have/);
});

test('a key that was interned after the walk is found all the same', () => {
  const batch = reader.open('traces', traces(span(1, { attributes: [text('late', 'x')] })));
  for (const { attributes } of batch) assert.equal(attributes.string(keys.key('late')), 'x');
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

test('a span can be hung below another parent, or made a root', () => {
  const parentSpanId = Buffer.alloc(8, 3);
  const bytes = traces(span(1, { parentSpanId }), span(2, { parentSpanId }), span(3));
  const parents = ['', '0102030405060708', 'ffffffffffffffff'];
  const batch = reader.open('traces', bytes);
  for (const item of batch) {
    const parent = parents[item.ordinal] ?? '';
    item.setParentSpanId('aaaaaaaaaaaaaaaa');
    item.setParentSpanId(parent);
    assert.equal(item.parentSpanId.hex(), parent);
  }
  const again = reader.open('traces', batch.encode());
  assert.deepEqual(
    Array.from(again, ({ parentSpanId: id }) => id.hex()),
    parents,
  );
});
