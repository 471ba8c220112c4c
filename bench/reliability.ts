import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { onDisk, sinkExporter, toConfig } from '../test/faults/support/config.ts';
import { startLoad } from '../test/faults/support/load.ts';
import { forgetPeak, residentMiB } from '../test/faults/support/memory.ts';
import { createOracle } from '../test/faults/support/oracle.ts';
import { startGrpcSink, startHttpSink } from '../test/faults/support/sink.ts';
import { spawnDaemon, startDaemon, type TestDaemon } from '../test/support/daemon.ts';
import { sumOf } from '../test/support/daemon-metrics.ts';

/**
 * `node dist/bench/reliability.js [--seconds 10 --backlog-mib 1024]`: what a dead sink costs the others, and how soon a
 * daemon with a large backlog is ready and has delivered it. Figures of one run: compare the two halves of each.
 */
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    'backlog-mib': { type: 'string', default: '1024' },
  },
});

async function measureDeadSink(): Promise<void> {
  const [one, other] = [await startGrpcSink(), await startHttpSink()];
  for (const isDead of [false, true]) {
    other.follow(() => ({ kind: isDead ? 'hang' : 'accept' }));
    const queue = { ...onDisk, queue_size: '4GiB', sizer: 'bytes' };
    const exporters = {
      otlp: sinkExporter(one.endpoint, { queue }),
      otlp_http: sinkExporter(other.endpoint, { queue }),
    };
    const daemon = await startDaemon(toConfig({ exporters, storage: {} }));
    const target = (): Promise<TestDaemon['ports']> => Promise.resolve(daemon.ports);
    const warmUp = startLoad({ oracle: createOracle(), target });
    await warmUp.untilAcknowledged(5000);
    await warmUp.stop();
    forgetPeak(daemon);
    const load = startLoad({ oracle: createOracle(), target });
    await delay(Number(options.seconds) * 1000);
    await load.stop();
    const sorted = [...load.latenciesMs].sort((a, b) => a - b);
    const at = (share: number): string =>
      (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
    const peak = residentMiB(daemon, 'VmHWM')?.toFixed(0) ?? '?';
    console.log(
      `${isDead ? 'one of two sinks dead' : 'both sinks live'}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms to OK, ${sorted.length} requests, peak ${peak} MiB`,
    );
    await daemon.remove();
  }
  await Promise.all([one.close(), other.close()]);
}

async function measureBacklog(mebibytes: number): Promise<void> {
  const sink = await startHttpSink(() => ({ kind: 'status', status: 503 }));
  const queue = { ...onDisk, queue_size: '4GiB', sizer: 'bytes', num_consumers: 4 };
  const config = toConfig({
    exporters: { otlp_http: sinkExporter(sink.endpoint, { queue }) },
    storage: {},
  });
  const daemon = await startDaemon(config);
  const target = (): Promise<TestDaemon['ports']> => Promise.resolve(daemon.ports);
  const oracle = createOracle();
  const startedMs = performance.now();
  const load = startLoad({ oracle, target, bodyBytes: 5000, spans: 100 });
  const backlog = async (): Promise<number> =>
    sumOf(await daemon.metrics(), 'weir_backlog_bytes') / 1024 ** 2;
  while ((await backlog()) < mebibytes) await delay(100);
  await load.stop();
  const ingestS = (performance.now() - startedMs) / 1000;
  await daemon.kill();
  sink.follow(() => ({ kind: 'accept' }));
  const restartedMs = performance.now();
  const again = await spawnDaemon(config, { directory: daemon.directory });
  await again.ready();
  const readyS = (performance.now() - restartedMs) / 1000;
  while (!oracle.isFulfilledBy(sink)) await delay(100);
  const drainS = (performance.now() - restartedMs) / 1000 - readyS;
  const { missing } = oracle.compare(sink);
  console.log(
    `${mebibytes} MiB of backlog: taken in ${ingestS.toFixed(1)} s, after kill -9 ready in ${readyS.toFixed(2)} s, delivered in ${drainS.toFixed(1)} s more (${(ingestS / drainS).toFixed(1)} × ingest), ${missing.length} of ${oracle.acknowledged.size} lost`,
  );
  await again.remove();
  await sink.close();
}

await measureDeadSink();
await measureBacklog(Number(options['backlog-mib']));
