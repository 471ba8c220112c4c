import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sinkExporter, toConfig } from '../faults/support/config.ts';
import { sendAll } from '../faults/support/load.ts';
import { createOracle, untilFulfilled } from '../faults/support/oracle.ts';
import { startDaemonFor, startSinkFor, overHttp } from '../faults/support/start.ts';
import { freePorts } from '../support/free-port.ts';
import { projectRoot } from '../support/project-root.ts';

/** Built by bench/peers/build.sh. */
const collector = join(projectRoot, 'bench/peers/bin/otelcol-peer');
const skip = existsSync(collector) ? false : 'the Go Collector is not built: bench/peers/build.sh';

const startLimitMs = 30_000;

async function untilListens(port: number): Promise<void> {
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      const end = (answer: boolean) => () => {
        socket.destroy();
        resolve(answer);
      };
      socket.once('connect', end(true)).once('error', end(false));
    });
    if (isOpen) return;
    await delay(50);
  }
  throw new Error(`nothing listens on ${port}`);
}

/** A Collector that passes traces on to a sink. Its ports: gRPC, then HTTP. */
async function startCollector(test: TestContext, sinkUrl: string): Promise<[number, number]> {
  const [grpc = 0, http = 0] = await freePorts(2);
  const directory = mkdtempSync(join(tmpdir(), 'weir-collector-'));
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
  writeFileSync(join(directory, 'collector.yaml'), JSON.stringify(config));
  const child = spawn(collector, ['--config', join(directory, 'collector.yaml')], {
    stdio: 'ignore',
  });
  test.after(() => {
    child.kill();
    rmSync(directory, { recursive: true });
  });
  await untilListens(grpc);
  return [grpc, http];
}

describe('a real Collector behind Weir', { skip }, () => {
  it('takes what otlp and otlp_http send, and passes all of it on', async (test) => {
    const sink = await startSinkFor(test, overHttp);
    const [grpc, http] = await startCollector(test, sink.endpoint);
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
