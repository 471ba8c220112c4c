import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { sinkExporter, toConfig } from '../faults/support/config.ts';
import { sendAll } from '../faults/support/load.ts';
import { createOracle, untilFulfilled } from '../faults/support/oracle.ts';
import { startDaemonFor, startSinkFor, overHttp } from '../faults/support/start.ts';
import { skipWithoutCollector, startCollector } from '../support/collector.ts';
import { freePorts } from '../support/free-port.ts';

/** A Collector that passes traces on to a sink. Its ports: gRPC, then HTTP. */
async function startPassing(test: TestContext, sinkUrl: string): Promise<[number, number]> {
  const [grpc = 0, http = 0] = await freePorts(2);
  const config = {
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: `127.0.0.1:${grpc}` },
          http: { endpoint: `127.0.0.1:${http}` },
        },
      },
    },
    exporters: { otlphttp: { endpoint: sinkUrl, compression: 'none' } },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: { receivers: ['otlp'], exporters: ['otlphttp'] } },
    },
  };
  await startCollector(test, config, grpc);
  return [grpc, http];
}

describe('a real Collector behind Weir', { skip: skipWithoutCollector }, () => {
  it('takes what otlp and otlp_http send, and passes all of it on', async (test) => {
    const sink = await startSinkFor(test, overHttp);
    const [grpc, http] = await startPassing(test, sink.endpoint);
    const daemon = await startDaemonFor(
      test,
      toConfig({
        exporters: {
          otlp: sinkExporter(`127.0.0.1:${grpc}`, { compression: 'gzip', tls: { insecure: true } }),
          otlp_http: sinkExporter(`http://127.0.0.1:${http}`, { compression: 'gzip' }),
        },
      }),
    );
    const oracle = createOracle();
    await sendAll(oracle, daemon.ports, { count: 20 });
    await untilFulfilled(oracle, sink);
    await sink.until('both copies', () => [...sink.taken.values()].every((times) => times === 2));
    assert.equal(oracle.compare(sink).spurious.length, 0);
  });
});
