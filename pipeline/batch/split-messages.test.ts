import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encodeMessage } from '../../test/support/otlp-oracle.ts';
import { cost, edited, keys, model, reader, span, text } from './batch-under-test.ts';

const service = keys.key('service.name');

const field = (number: number, body: Uint8Array): Uint8Array =>
  Uint8Array.of(number * 8 + 2, body.length, ...body);

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
