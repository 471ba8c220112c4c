import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decodeRequest, encodeRequest, type Plain } from '../../test/support/otlp-oracle.ts';
import { cost, edited, keys, model, reader, span, text, traces } from './batch-under-test.ts';

const service = keys.key('service.name');

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
