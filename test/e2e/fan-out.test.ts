import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { startLoad } from '../faults/support/load.ts';
import { createOracle, untilFulfilled } from '../faults/support/oracle.ts';
import type { Oracle } from '../faults/support/oracle.ts';
import { acceptAll, startHttpSink } from '../faults/support/sink.ts';
import type { Sink } from '../faults/support/sink.ts';
import { readSpanIds } from '../faults/support/span-request.ts';
import { startDaemon } from '../support/daemon.ts';
import type { TestDaemon } from '../support/daemon.ts';
import { untilDelivered } from '../support/daemon-metrics.ts';
import { skipWithoutStore } from '../support/embedded-store.ts';
import { runWeir } from '../support/run-weir.ts';
import { sumUp } from '../support/sum-up.ts';

const stored = {
  sending_queue: { storage: 'file_storage' },
  retry_on_failure: { initial_interval: '20ms', max_interval: '200ms' },
};

/** One pipeline to four sinks of four kinds, its log on disk. */
function toConfig(langfuse: Sink, collector: Sink): string {
  const at = (port: string): string => `127.0.0.1:\${env:${port}}`;
  return JSON.stringify({
    receivers: {
      otlp: { protocols: { grpc: { endpoint: at('GRPC') }, http: { endpoint: at('HTTP') } } },
    },
    processors: { genai: {}, redaction: {} },
    exporters: {
      clickhouse: { ...stored },
      langfuse: { endpoint: langfuse.endpoint, public_key: 'pk', secret_key: 'sk', ...stored },
      otlp_http: { endpoint: collector.endpoint, ...stored },
      file: { path: 'spans.pb', format: 'proto', append: true, ...stored },
    },
    extensions: {
      health_check: { endpoint: at('HEALTH') },
      file_storage: {},
      chdb: { endpoint: at('STORE'), retention: '0' },
    },
    service: {
      extensions: ['health_check', 'file_storage', 'chdb'],
      telemetry: { metrics: { address: at('METRICS') } },
      pipelines: {
        traces: {
          receivers: ['otlp'],
          processors: ['genai', 'redaction'],
          exporters: ['clickhouse', 'langfuse', 'otlp_http', 'file'],
        },
      },
    },
  });
}

async function startSink(test: TestContext): Promise<Sink> {
  const sink = await startHttpSink(acceptAll);
  test.after(() => sink.close());
  return sink;
}

/** Ids of the spans in the exporter's file: frames of a length and a request. */
function readFileIds(daemon: TestDaemon): Set<number> {
  const bytes = readFileSync(join(daemon.directory, 'spans.pb'));
  const ids = new Set<number>();
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    for (const id of readSpanIds(bytes.subarray(at + 4, at + 4 + size))) ids.add(id);
    at += 4 + size;
  }
  return ids;
}

async function countRows(daemon: TestDaemon): Promise<{ rows: number; spans: number }> {
  const sql = 'SELECT count() AS rows, uniqExact(SpanId) AS spans FROM otel_traces';
  const dataDir = join(daemon.directory, 'data');
  const { stdout } = await runWeir(['query', '--data-dir', dataDir, '--json', sql]);
  const [counts] = JSON.parse(stdout) as { rows: number; spans: number }[];
  assert.ok(counts);
  return counts;
}

function checkLedger(metrics: string): void {
  const exporters = [...sumUp(metrics, 'exporter')];
  assert.equal(exporters.length, 4);
  const appended = sumUp(metrics, 'pipeline').get('traces')?.['weir_appended_items_total'] ?? 0;
  for (const [exporter, sums] of exporters) {
    const owed = appended + (sums['weir_recovered_items_total'] ?? 0);
    const settled =
      (sums['weir_delivered_items_total'] ?? 0) + (sums['weir_dropped_items_total'] ?? 0);
    assert.equal(settled + (sums['weir_backlog_items'] ?? 0), owed, exporter);
    assert.equal(sums['weir_dropped_items_total'] ?? 0, 0, exporter);
  }
}

async function checkEverywhere(daemon: TestDaemon, oracle: Oracle): Promise<void> {
  const inFile = readFileIds(daemon);
  for (const id of oracle.acknowledged) assert.ok(inFile.has(id), `span ${id} is not in the file`);
  const { rows, spans } = await countRows(daemon);
  assert.equal(rows, spans, 'a span has two rows');
  assert.ok(rows >= oracle.acknowledged.size, `${rows} rows of ${oracle.acknowledged.size} spans`);
}

describe(
  'one pipeline to ClickHouse, Langfuse, OTLP and a file',
  { skip: skipWithoutStore },
  () => {
    it('gives every sink everything, though one of them was away for a time', async (test) => {
      const [langfuse, collector] = [await startSink(test), await startSink(test)];
      const daemon = await startDaemon(toConfig(langfuse, collector));
      test.after(() => daemon.remove());
      const oracle = createOracle();
      const load = startLoad({
        oracle,
        signal: test.signal,
        target: () => Promise.resolve(daemon.ports),
        clients: 2,
      });
      await load.untilAcknowledged(500);

      langfuse.follow(() => ({ kind: 'status', status: 503 }));
      const before = collector.taken.size;
      await collector.until('a thousand more spans', () => collector.taken.size > before + 1000);
      langfuse.follow(acceptAll);

      await load.stop();
      await untilFulfilled(oracle, langfuse);
      await untilFulfilled(oracle, collector);
      checkLedger(await untilDelivered(daemon));
      await checkEverywhere(daemon, oracle);
    });

    it('loses nothing where the embedded engine and the daemon are killed at once', async (test) => {
      const [langfuse, collector] = [await startSink(test), await startSink(test)];
      const config = toConfig(langfuse, collector);
      let daemon = await startDaemon(config);
      test.after(() => daemon.remove());
      const oracle = createOracle();
      let started = Promise.resolve(daemon.ports);
      const load = startLoad({ oracle, signal: test.signal, target: () => started, clients: 2 });
      for (let kills = 0; kills < 3; kills += 1) {
        await load.untilAcknowledged(400);
        const children = childrenOf(daemon.pid);
        assert.ok(children.length > 0);
        for (const pid of children) process.kill(pid, 'SIGKILL');
        started = daemon.kill().then(async () => {
          daemon = await startDaemon(config, { directory: daemon.directory });
          return daemon.ports;
        });
        await started;
      }
      await load.stop();
      await untilFulfilled(oracle, langfuse);
      await untilFulfilled(oracle, collector);
      await untilDelivered(daemon);
      await checkEverywhere(daemon, oracle);
    });
  },
);

/** Linux only, as the embedded store nearly is. */
function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split(/\s+/).map(Number) : [];
}
