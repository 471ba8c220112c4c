import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Signal } from '../../pipeline/component/signal.ts';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { createEncoder, tracesRequest } from '../../test/support/encode-slice.ts';
import { spanNames } from '../../test/support/span-request.ts';
import { kafkaExporter } from './factory.ts';
import { kafkaEncode } from './kafka.worker.ts';
import { groupForRequests, messageBytes, unpackMessages } from './messages.ts';
import type { KafkaMessage } from './messages.ts';

function encode(yaml: string, bytes: Uint8Array, signal: Signal = 'traces'): KafkaMessage[] {
  const config: unknown = parse(yaml) ?? {};
  const payloads = createEncoder(kafkaEncode, kafkaExporter, { config, signal })(bytes, 7);
  assert.equal(payloads.length, 1);
  assert.equal(payloads[0]?.items, 7);
  assert.equal(payloads[0].route, undefined);
  return unpackMessages(payloads[0].body);
}

const traceA = 'a'.repeat(32);
const traceB = 'b'.repeat(32);

test('a slice within the limit is one message with the very bytes of the slice, and no key', () => {
  const bytes = tracesRequest([{ name: 'one' }, { name: 'two' }]);
  const [message, ...rest] = encode('', bytes);
  assert.equal(rest.length, 0);
  assert.equal(message?.head.key, '');
  assert.deepEqual(Buffer.from(message.value), Buffer.from(bytes));
});

test('partition_traces_by_id makes one message a trace, keyed by its id in hex', () => {
  const bytes = Buffer.concat([
    tracesRequest([
      { name: 'a1', traceId: traceA },
      { name: 'b1', traceId: traceB },
    ]),
    tracesRequest([{ name: 'a2', traceId: traceA }], 'other'),
  ]);
  const messages = encode('partition_traces_by_id: true', bytes);
  assert.deepEqual(
    messages.map(({ head, value }) => [head.key, spanNames(value)]),
    [
      [traceA, ['a1', 'a2']],
      [traceB, ['b1']],
    ],
  );
});

for (const encoding of ['otlp_proto', 'otlp_json']) {
  test(`${encoding} messages stay within max_message_bytes as encoded`, () => {
    const names = Array.from({ length: 200 }, (_, index) => `${index} ${'x'.repeat(index * 3)}`);
    const bytes = tracesRequest(names.map((name) => ({ name })));
    const yaml = `{encoding: ${encoding}, producer: {max_message_bytes: 5000}}`;
    const messages = encode(yaml, bytes);
    assert.ok(messages.length > 5);
    for (const message of messages) assert.ok(messageBytes(message) <= 5000);
    const read = messages.flatMap(({ value }) =>
      spanNames(encoding === 'otlp_json' ? decodeJson('traces', value) : value),
    );
    assert.deepEqual(read, names);
  });

  test(`a ${encoding} item over max_message_bytes is alone in its message`, () => {
    const bytes = tracesRequest([{ name: 'a' }, { name: 'x'.repeat(9000) }, { name: 'b' }]);
    const yaml = `{encoding: ${encoding}, producer: {max_message_bytes: 5000}}`;
    const large = encode(yaml, bytes).filter((message) => messageBytes(message) > 5000);
    assert.equal(large.length, 1);
  });
}

test('logs are keyed by trace id; those without one have no key', () => {
  const request = {
    resourceLogs: [
      { scopeLogs: [{ logRecords: [{ traceId: traceA, body: { stringValue: 'x' } }, {}] }] },
    ],
  };
  const bytes = decodeJson('logs', Buffer.from(JSON.stringify(request)));
  const messages = encode('partition_logs_by_trace_id: true', bytes, 'logs');
  assert.deepEqual(
    messages.map(({ head }) => head.key),
    [traceA, ''],
  );
});

test('messages are grouped into requests up to the limit, in order', () => {
  const head = { topic: '', key: '', headers: {} };
  const messages = [100, 200, 900, 100].map((size) => ({ head, value: Buffer.alloc(size) }));
  assert.deepEqual(
    groupForRequests(messages, 600).map((group) => group.map(({ value }) => value.length)),
    [[100, 200], [900], [100]],
  );
});
