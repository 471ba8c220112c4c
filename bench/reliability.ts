import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { onDisk, sinkExporter, toConfig } from '../test/faults/support/config.ts';
import { startLoad } from '../test/faults/support/load.ts';
import { createOracle } from '../test/faults/support/oracle.ts';
import { startHttpSink } from '../test/faults/support/sink.ts';
import { spawnDaemon, startDaemon, type TestDaemon } from '../test/support/daemon.ts';
import { sumOf } from '../test/support/daemon-metrics.ts';
import { measureDeadSink } from './dead-sink.ts';

/**
 * `node dist/bench/reliability.js [--rounds 12 --seconds 5 --rate 80 --backlog-mib 1024]`: what a dead sink costs the
 * others (`dead-sink.ts`), and how soon a daemon with a large backlog is ready and has delivered it; some four minutes.
 * `--backlog-mib 0` leaves out the second, `--rounds 0` the first.
 */
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '12' },
    seconds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '80' },
    'backlog-mib': { type: 'string', default: '1024' },
  },
});

const rare = { initial_interval: '10s', max_interval: '30s', max_elapsed_time: '0s' };

async function measureBacklog(mebibytes: number): Promise<void> {
  const sink = await startHttpSink(() => ({ kind: 'status', status: 503 }));
  const queue = { ...onDisk, queue_size: '4GiB', sizer: 'bytes', num_consumers: 4 };
  const config = toConfig({
    // Attempts while the sink is away would slow down what the drain is held against.
    exporters: { otlp_http: sinkExporter(sink.endpoint, { queue, retry_on_failure: rare }) },
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

const rounds = Number(options.rounds);
const backlogMib = Number(options['backlog-mib']);
if (rounds > 0)
  await measureDeadSink({
    rounds,
    seconds: Number(options.seconds),
    rate: Number(options.rate),
  });
if (backlogMib > 0) await measureBacklog(backlogMib);
