import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { sumOf, untilDelivered } from '../support/daemon-metrics.ts';
import { contentTypes, postOtlp } from '../support/otlp-client.ts';
import { encodeRequest } from '../support/otlp-oracle.ts';
import { sinkExporter, toConfig } from './support/config.ts';
import { startLoad } from './support/load.ts';
import { createOracle } from './support/oracle.ts';
import { preload } from './support/preload.ts';
import { startHttpSink, type Sink } from './support/sink.ts';

describe('a daemon whose workers break', () => {
  let sink: Sink;
  let daemon: TestDaemon;
  const cleanUp: (() => Promise<void>)[] = [];

  before(async () => {
    sink = await startHttpSink();
    cleanUp.push(() => sink.close());
    const exporters = { otlp_http: sinkExporter(sink.endpoint) };
    daemon = await startDaemon(toConfig({ exporters, processors: { genai: {} } }), {
      // A small heap, so that one that overflows does so soon.
      nodeOptions: ['--max-old-space-size=128', ...preload('break-workers')],
    });
    cleanUp.push(() => daemon.remove());
  });

  after(async () => {
    for (const clean of cleanUp.reverse()) await clean();
  });

  for (const { fault, status, deaths } of [
    { fault: 'throw', status: 400, deaths: 0 },
    { fault: 'exit-once', status: 200, deaths: 1 },
    { fault: 'exit', status: 400, deaths: 2 },
    { fault: 'heap', status: 400, deaths: 2 },
  ]) {
    test(`fault 33: a request that makes its worker ${fault} is answered with ${status}, and no other suffers`, async (t) => {
      const deathsBefore = sumOf(await daemon.metrics(), 'weir_stage_worker_restarts_total');
      const oracle = createOracle();
      const load = startLoad({
        oracle,
        signal: t.signal,
        target: () => Promise.resolve(daemon.ports),
      });
      await load.untilAcknowledged(200);
      const body = gzipSync(spanNamed(`weir-fault:${fault}`));
      const answer = await postOtlp(daemon.ports.http, 'traces', body, {
        ...contentTypes.protobuf,
        'content-encoding': 'gzip',
      });
      assert.equal(answer.status, status, daemon.output());
      await load.untilAcknowledged(200);
      await load.stop();
      assert.deepEqual([...load.answers.keys()], ['ok']);
      await sink.until('all spans', () => oracle.isFulfilledBy(sink));
      const metrics = await untilDelivered(daemon);
      const restarts = sumOf(metrics, 'weir_stage_worker_restarts_total') - deathsBefore;
      assert.ok(restarts >= deaths, `${restarts} restarts`);
      assert.doesNotMatch(daemon.output(), /as the test wants/, 'errors may quote content');
    });
  }
});

function spanNamed(name: string): Uint8Array {
  const span = {
    traceId: Buffer.concat([Buffer.alloc(8, 0xff), Buffer.alloc(8)]),
    spanId: Buffer.alloc(8),
    name,
  };
  // An id that no load issues; the sink wants ids of the form that loads have.
  span.traceId.writeBigUInt64BE(BigInt.asUintN(64, ~(2n ** 50n)), 0);
  span.traceId.writeBigUInt64BE(2n ** 50n, 8);
  span.spanId.writeBigUInt64BE(2n ** 50n);
  return encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
}
