import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { status as grpcStatus } from '@grpc/grpc-js';
import { sumOf, untilDelivered, untilMetrics } from '../support/daemon-metrics.ts';
import { sinkExporter, toConfig } from './support/config.ts';
import { sendAll } from './support/load.ts';
import { createOracle, untilFulfilled } from './support/oracle.ts';
import { overGrpc, overHttp, startDaemonFor, startSinkFor } from './support/start.ts';

for (const kind of [overHttp, overGrpc]) {
  const isGrpc = kind === overGrpc;
  const unavailable = isGrpc ? grpcStatus.UNAVAILABLE : 503;

  describe(`a sink behind ${kind.type}`, () => {
    test('fault 14: one poison span among 512 is found in at most 19 requests, and the others are delivered', async (t) => {
      const poison = 300;
      const rejected = isGrpc ? grpcStatus.INVALID_ARGUMENT : 400;
      const sink = await startSinkFor(t, kind, ({ ids }) =>
        ids.includes(poison) ? { kind: 'status', status: rejected } : { kind: 'accept' },
      );
      const exporters = { [kind.type]: sinkExporter(sink.endpoint) };
      const daemon = await startDaemonFor(t, toConfig({ exporters }));
      const oracle = createOracle();
      await sendAll(oracle, daemon.ports, { count: 512, spans: 512 });
      const metrics = await untilDelivered(daemon);
      assert.deepEqual(oracle.compare(sink), {
        acknowledged: 512,
        missing: [poison],
        duplicated: [],
        spurious: [],
      });
      assert.ok(sink.requests.length <= 19, `${sink.requests.length} requests`);
      assert.equal(sumOf(metrics, 'weir_dropped_items_total', ['reason="rejected"']), 1);
      assert.equal(sumOf(metrics, 'weir_delivered_items_total'), 511);
    });

    test('fault 15: refused credentials are no reason to drop: asked seldom, and delivered once a reload mends them', async (t) => {
      const unauthenticated = isGrpc ? grpcStatus.UNAUTHENTICATED : 401;
      const sink = await startSinkFor(t, kind, ({ headers }) =>
        headers['authorization'] === 'Bearer mended'
          ? { kind: 'accept' }
          : { kind: 'status', status: unauthenticated },
      );
      const withKey = (key: string): string =>
        toConfig({
          exporters: {
            [kind.type]: sinkExporter(sink.endpoint, {
              headers: { authorization: `Bearer ${key}` },
              // Shorter than the test: what is refused for its credentials is not given up on.
              retry_on_failure: { initial_interval: '1ms', max_elapsed_time: '50ms' },
            }),
          },
        });
      const daemon = await startDaemonFor(t, withKey('revoked'));
      const oracle = createOracle();
      await sendAll(oracle, daemon.ports, { count: 200 });
      await untilMetrics(daemon, (text) => sumOf(text, 'weir_export_attempts_total') > 0);
      const { status, body } = await daemon.reload(withKey('mended'));
      assert.equal(status, 200, body);
      await untilFulfilled(oracle, sink);
      const refused = sink.requests.filter(({ answer }) => answer.kind === 'status');
      assert.ok(refused.length <= 3, `${refused.length} attempts with the revoked key`);
      assert.match(daemon.output(), /"level":"error".*credentials/);
      assert.doesNotMatch(daemon.output(), /revoked|mended/, 'keys are not logged');
    });

    test('fault 16: a sink that takes at most 20 kB gets smaller requests, and a span too large alone is dropped, counted', async (t) => {
      const tooLarge = isGrpc
        ? { status: grpcStatus.RESOURCE_EXHAUSTED, message: 'Received message larger than max' }
        : { status: 413 };
      const sink = await startSinkFor(t, kind, ({ bytes }) =>
        bytes > 20_000 ? { kind: 'status', ...tooLarge } : { kind: 'accept' },
      );
      const exporters = { [kind.type]: sinkExporter(sink.endpoint) };
      const daemon = await startDaemonFor(t, toConfig({ exporters }));
      const [small, large] = [createOracle(), createOracle()];
      await sendAll(small, daemon.ports, { count: 100, spans: 100, bodyBytes: 1000 });
      await untilFulfilled(small, sink);
      await sendAll(large, daemon.ports, { count: 1, spans: 1, bodyBytes: 30_000 });
      const metrics = await untilDelivered(daemon);
      assert.equal(sumOf(metrics, 'weir_dropped_items_total', ['reason="too_large"']), 1);
      assert.equal(sumOf(metrics, 'weir_delivered_items_total'), 100);
    });

    test('fault 17: waits as long as the sink asks for', async (t) => {
      const sink = await startSinkFor(t, kind, ({ number }) =>
        number === 1
          ? { kind: 'status', status: unavailable, retryAfter: '2' }
          : { kind: 'accept' },
      );
      const exporters = { [kind.type]: sinkExporter(sink.endpoint) };
      const daemon = await startDaemonFor(t, toConfig({ exporters }));
      const oracle = createOracle();
      await sendAll(oracle, daemon.ports, { count: 20 });
      await untilFulfilled(oracle, sink);
      const [first, second] = sink.requests;
      const waitedMs = (second?.atMs ?? 0) - (first?.atMs ?? 0);
      // A timer may fire a millisecond early.
      assert.ok(waitedMs >= 1990, `waited ${waitedMs} ms`);
    });

    test('fault 17: asked to wait for 30 years, waits five minutes', async (t) => {
      const sink = await startSinkFor(t, kind, () => ({
        kind: 'status',
        status: unavailable,
        retryAfter: '1000000000',
      }));
      const exporters = { [kind.type]: sinkExporter(sink.endpoint) };
      const daemon = await startDaemonFor(t, toConfig({ exporters }));
      await sendAll(createOracle(), daemon.ports, { count: 20 });
      await untilMetrics(daemon, (text) => sumOf(text, 'weir_export_attempts_total') > 0);
      // And up to a second more, so that senders do not come back together.
      assert.match(daemon.output(), /"wait_ms":30[01]\d{3}\b/);
    });

    test('fault 18: a sink that refuses 70 % of all requests gets every span', async (t) => {
      const statuses = isGrpc
        ? [grpcStatus.UNAVAILABLE, grpcStatus.ABORTED, grpcStatus.DEADLINE_EXCEEDED]
        : [502, 503, 504];
      const sink = await startSinkFor(t, kind, ({ number }) => {
        const status = statuses[number % 3] ?? unavailable;
        return number % 10 < 7 ? { kind: 'status', status } : { kind: 'accept' };
      });
      const exporters = { [kind.type]: sinkExporter(sink.endpoint) };
      const daemon = await startDaemonFor(t, toConfig({ exporters }));
      const oracle = createOracle();
      await sendAll(oracle, daemon.ports, { count: 1000, spans: 5 });
      await untilFulfilled(oracle, sink);
      assert.deepEqual(oracle.compare(sink).duplicated, []);
    });

    test('fault 19: a sink that takes the request and never answers is asked again after the timeout', async (t) => {
      const sink = await startSinkFor(t, kind, ({ number }) => ({
        kind: number <= 2 ? 'hang' : 'accept',
      }));
      const exporters = { [kind.type]: sinkExporter(sink.endpoint, { timeout: '300ms' }) };
      const daemon = await startDaemonFor(t, toConfig({ exporters }));
      const oracle = createOracle();
      await sendAll(oracle, daemon.ports, { count: 40 });
      await untilFulfilled(oracle, sink);
      const metrics = await untilDelivered(daemon);
      const timeouts = sumOf(metrics, 'weir_export_attempts_total', ['cause="timeout"']);
      assert.equal(timeouts, 2);
    });

    test('partial success: counts what the sink rejects and does not send it again', async (t) => {
      const sink = await startSinkFor(t, kind, () => ({ kind: 'partial', rejected: 3 }));
      const exporters = { [kind.type]: sinkExporter(sink.endpoint) };
      const daemon = await startDaemonFor(t, toConfig({ exporters }));
      await sendAll(createOracle(), daemon.ports, { count: 20 });
      const metrics = await untilDelivered(daemon);
      assert.equal(sumOf(metrics, 'weir_dropped_items_total', ['reason="partial"']), 3);
      assert.equal(sumOf(metrics, 'weir_delivered_items_total'), 17);
      assert.equal(sink.requests.length, 1);
    });
  });
}

describe('a sink behind otlp_http', () => {
  for (const [name, retryAfter] of [
    ['a date in two seconds', () => new Date(Date.now() + 2000).toUTCString()],
    ['a date gone by', () => 'Wed, 21 Oct 2015 07:28:00 GMT'],
    ['a negative number', () => '-5'],
    ['no number', () => 'soon'],
  ] as const) {
    test(`fault 17: a Retry-After of ${name} holds up nothing for long`, async (t) => {
      const sink = await startSinkFor(t, overHttp, ({ number }) =>
        number === 1
          ? { kind: 'status', status: 429, retryAfter: retryAfter() }
          : { kind: 'accept' },
      );
      const exporters = { otlp_http: sinkExporter(sink.endpoint) };
      const daemon = await startDaemonFor(t, toConfig({ exporters }));
      const oracle = createOracle();
      await sendAll(oracle, daemon.ports, { count: 20 });
      await untilFulfilled(oracle, sink);
      assert.deepEqual(oracle.compare(sink).duplicated, []);
    });
  }

  test('fault 20: connections that the sink resets, before or after it took the request, lose nothing', async (t) => {
    const sink = await startSinkFor(t, overHttp, ({ number }) =>
      number % 3 === 0 ? { kind: 'reset', taken: number % 2 === 0 } : { kind: 'accept' },
    );
    const exporters = { otlp_http: sinkExporter(sink.endpoint) };
    const daemon = await startDaemonFor(t, toConfig({ exporters }));
    const oracle = createOracle();
    await sendAll(oracle, daemon.ports, { count: 500, spans: 5 });
    await untilFulfilled(oracle, sink);
  });
});
