import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { status as code } from '@grpc/grpc-js';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import { encodeExportResponse } from '../../pipeline/otlp/export-response.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { closeOpened, failWith, send, startExporter, startSink } from './otlp-under-test.ts';
import type { Answer } from './otlp-under-test.ts';

afterEach(closeOpened);

describe('what a server answers', () => {
  it('reports rejected items as partial, and a bare message as a warning in the log', async () => {
    const sink = await startSink();
    const context = createRecordingContext('otlp');
    const exporter = await startExporter(`http://127.0.0.1:${sink.port}`, '', context);
    sink.answer = (_call, reply) => {
      reply(null, Buffer.from(encodeExportResponse({ rejectedItems: 3, message: 'too old' })));
    };
    assert.deepEqual(await send(exporter), {
      kind: 'partial',
      rejectedItems: 3,
      message: 'too old',
    });
    sink.answer = (_call, reply) => {
      reply(null, Buffer.from(encodeExportResponse({ rejectedItems: 0, message: 'deprecated' })));
    };
    assert.deepEqual(await send(exporter), { kind: 'delivered' });
    assert.equal(context.lines[0]?.fields['warning'], 'deprecated');
    sink.answer = (_call, reply) => {
      reply(null, Buffer.from([0xff, 0xff]));
    };
    assert.deepEqual(await send(exporter), { kind: 'delivered' });
  });

  const cases: readonly [string, Answer, Partial<Outcome>][] = [
    ['UNAVAILABLE', failWith(code.UNAVAILABLE, 'away'), { kind: 'retryable', cause: 'network' }],
    [
      'UNAVAILABLE with RetryInfo',
      failWith(code.UNAVAILABLE, 'full', 1500),
      { kind: 'retryable', cause: 'busy', retryAfterMs: 1500 },
    ],
    ['ABORTED', failWith(code.ABORTED, ''), { kind: 'retryable', cause: 'server' }],
    ['DATA_LOSS', failWith(code.DATA_LOSS, ''), { kind: 'retryable', cause: 'server' }],
    ['CANCELLED', failWith(code.CANCELLED, ''), { kind: 'retryable', cause: 'server' }],
    ['OUT_OF_RANGE', failWith(code.OUT_OF_RANGE, ''), { kind: 'retryable', cause: 'server' }],
    [
      'DEADLINE_EXCEEDED',
      failWith(code.DEADLINE_EXCEEDED, ''),
      { kind: 'retryable', cause: 'timeout' },
    ],
    [
      'UNAUTHENTICATED',
      failWith(code.UNAUTHENTICATED, 'bad key'),
      { kind: 'retryable', cause: 'auth', message: 'UNAUTHENTICATED: bad key' },
    ],
    [
      'PERMISSION_DENIED',
      failWith(code.PERMISSION_DENIED, ''),
      { kind: 'retryable', cause: 'auth' },
    ],
    [
      'RESOURCE_EXHAUSTED with RetryInfo',
      failWith(code.RESOURCE_EXHAUSTED, 'quota', 250),
      { kind: 'retryable', cause: 'busy', retryAfterMs: 250 },
    ],
    [
      'RESOURCE_EXHAUSTED of grpc-go for size',
      failWith(
        code.RESOURCE_EXHAUSTED,
        'grpc: received message larger than max (5000000 vs. 4194304)',
      ),
      { kind: 'too_large' },
    ],
    [
      'RESOURCE_EXHAUSTED of grpc-java for size',
      failWith(code.RESOURCE_EXHAUSTED, 'gRPC message exceeds maximum size 4194304: 5000000'),
      { kind: 'too_large' },
    ],
    [
      'RESOURCE_EXHAUSTED',
      failWith(code.RESOURCE_EXHAUSTED, 'quota'),
      { kind: 'rejected', blames: 'request' },
    ],
    [
      'INVALID_ARGUMENT',
      failWith(code.INVALID_ARGUMENT, 'bad'),
      { kind: 'rejected', blames: 'items' },
    ],
    ['UNIMPLEMENTED', failWith(code.UNIMPLEMENTED, ''), { kind: 'rejected', blames: 'request' }],
    [
      'INTERNAL',
      failWith(code.INTERNAL, 'oops'),
      { kind: 'retryable', cause: 'internal', message: 'INTERNAL: oops' },
    ],
    ['UNKNOWN', failWith(code.UNKNOWN, ''), { kind: 'retryable', cause: 'internal' }],
  ];
  for (const [name, answer, expected] of cases) {
    it(`takes ${name} for ${JSON.stringify(expected)}`, async () => {
      const sink = await startSink();
      sink.answer = answer;
      const outcome = await send(await startExporter(`http://127.0.0.1:${sink.port}`));
      assert.deepEqual({ ...outcome, ...expected }, outcome);
    });
  }

  it('splits what a real server finds too large', async () => {
    const sink = await startSink();
    const exporter = await startExporter(`http://127.0.0.1:${sink.port}`);
    const outcome = await send(exporter, { body: Buffer.alloc(2 * 1024 * 1024) });
    assert.equal(outcome.kind, 'too_large');
  });
});
