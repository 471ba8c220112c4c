import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status as grpcStatus } from '@grpc/grpc-js';
import {
  busy,
  failed,
  noPipeline,
  refusals,
  shuttingDown,
  toAnswer,
  toRetryAfter,
} from './answers.ts';
import type { RefusalReason } from './answers.ts';
import { createSizeEstimate } from './size-estimate.ts';
import { recognizeProtocol } from './wire-protocol.ts';

// OTLP's own table (https://opentelemetry.io/docs/specs/otlp/#failures), written a second time.
const expected: readonly [RefusalReason, grpcStatus, number, boolean][] = [
  ['invalid', grpcStatus.INVALID_ARGUMENT, 400, false],
  ['too_large', grpcStatus.RESOURCE_EXHAUSTED, 413, false],
  ['busy', grpcStatus.UNAVAILABLE, 503, true],
  ['too_slow', grpcStatus.DEADLINE_EXCEEDED, 408, false],
  ['unavailable', grpcStatus.UNAVAILABLE, 503, true],
  ['shutting_down', grpcStatus.UNAVAILABLE, 503, true],
  ['no_pipeline', grpcStatus.UNIMPLEMENTED, 404, false],
  ['unknown_path', grpcStatus.UNIMPLEMENTED, 404, false],
  ['method', grpcStatus.UNIMPLEMENTED, 405, false],
  ['content_type', grpcStatus.INVALID_ARGUMENT, 415, false],
  ['content_encoding', grpcStatus.UNIMPLEMENTED, 415, false],
];

test('every reason has the codes of the table, and only retryable ones are 503', () => {
  assert.deepEqual(
    Object.keys(refusals),
    expected.map(([reason]) => reason),
  );
  for (const [reason, grpc, http, retryable] of expected) {
    assert.deepEqual(refusals[reason], { grpc, http }, reason);
    assert.equal(http === 503, retryable);
  }
});

test('what was merely not stored comes with a time to wait, what will fail again does not', () => {
  for (const refusal of [busy, shuttingDown, failed])
    assert.ok(refusal.retryAfterMs, refusal.reason);
  assert.equal(noPipeline('logs').retryAfterMs, undefined);
  const unavailable = { kind: 'unavailable', message: 'full', retryAfterMs: 250 } as const;
  assert.deepEqual(toAnswer(unavailable), {
    kind: 'refused',
    refusal: { reason: 'unavailable', message: 'full', retryAfterMs: 250 },
  });
  for (const kind of ['invalid', 'too_large'] as const) {
    const answer = toAnswer({ kind, message: 'm' });
    assert.deepEqual(answer, { kind: 'refused', refusal: { reason: kind, message: 'm' } });
  }
});

test('Retry-After is in whole seconds and at least one', () => {
  assert.deepEqual([0, 1, 1000, 1001].map(toRetryAfter), ['1', '1', '1', '2']);
});

test('the size estimate follows even traffic closely and uneven traffic from above', () => {
  const even = createSizeEstimate(64 * 1024 * 1024);
  for (let i = 0; i < 100; i++) even.observe(300_000);
  assert.ok(even.bytes >= 300_000 && even.bytes < 310_000, String(even.bytes));
  const uneven = createSizeEstimate(64 * 1024 * 1024);
  for (let i = 0; i < 100; i++) uneven.observe(i % 10 === 0 ? 1_000_000 : 10_000);
  assert.ok(uneven.bytes > 200_000, String(uneven.bytes));
});

test('the size estimate stays between 16 KiB and the limit', () => {
  const estimate = createSizeEstimate(1_000_000);
  assert.equal(estimate.bytes, 16 * 1024);
  estimate.observe(0);
  assert.equal(estimate.bytes, 16 * 1024);
  for (let i = 0; i < 10; i++) estimate.observe(1_000_000);
  assert.equal(estimate.bytes, 1_000_000);
});

test('a client is known by its first bytes', () => {
  const recognize = (text: string): string => recognizeProtocol(Buffer.from(text, 'latin1'));
  assert.equal(recognize('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0'), 'http2');
  assert.equal(recognize('PR'), 'http2');
  assert.equal(recognize('POST /v1/traces HTTP/1.1\r\n'), 'http1');
  assert.equal(recognize('PRINT'), 'unknown');
  assert.equal(recognize('\x16\x03\x01'), 'tls');
  assert.equal(recognize(''), 'unknown');
});
