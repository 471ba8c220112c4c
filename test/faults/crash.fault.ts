import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createRandom } from '../fuzz/random.ts';
import {
  spawnDaemon,
  startDaemon,
  type DaemonOptions,
  type DaemonPorts,
  type TestDaemon,
} from '../support/daemon.ts';
import { untilDelivered } from '../support/daemon-metrics.ts';
import type { DiskFaults } from './preload/break-disk.ts';
import { onDisk, sinkExporter, toConfig } from './support/config.ts';
import { crashUnderLoad } from './support/crashes.ts';
import { sendAll, startLoad } from './support/load.ts';
import { createOracle, untilFulfilled, type Oracle } from './support/oracle.ts';
import { preload } from './support/preload.ts';
import { repeatedRequests, type Sink } from './support/sink.ts';
import { overGrpc, overHttp, startDaemonFor, startSinkFor } from './support/start.ts';

const consumers = 2;

function configFor(sink: Sink, exporter: string, storage = {}): string {
  const queue = { ...onDisk, num_consumers: consumers };
  return toConfig({ exporters: { [exporter]: sinkExporter(sink.endpoint, { queue }) }, storage });
}

/** Starts daemons one after the other on the data of the first; the last is removed with the test. */
function startAgain(t: TestContext, config: string): () => Promise<TestDaemon> {
  let before: TestDaemon | undefined;
  return async () => {
    const isFirst = before === undefined;
    const daemon = await startDaemon(
      config,
      before === undefined ? {} : { directory: before.directory },
    );
    if (isFirst) t.after(() => daemon.remove());
    else t.after(() => daemon.kill());
    before = daemon;
    return daemon;
  };
}

describe('a daemon that is killed under load', () => {
  for (const { kind, storage, kills } of [
    { kind: overHttp, storage: { fsync: true }, kills: 50 },
    { kind: overGrpc, storage: { fsync: false }, kills: 10 },
  ]) {
    test(`fault 1: ${kills} × kill -9 at random moments, ${JSON.stringify(storage)}, ${kind.type}: nothing acknowledged is lost, and what is repeated was in flight`, async (t) => {
      const seed = Date.now() % 1e9;
      t.diagnostic(`seed ${seed}`);
      const sink = await startSinkFor(t, kind);
      const oracle = createOracle();
      const { last, load } = await crashUnderLoad({
        oracle,
        random: createRandom(seed),
        kills,
        livesMs: [50, 500],
        start: startAgain(t, configFor(sink, kind.type, storage)),
        load: { signal: t.signal },
      });
      await untilFulfilled(oracle, sink);
      await untilDelivered(last);
      const { duplicated, acknowledged } = oracle.compare(sink);
      const repeated = repeatedRequests(sink);
      t.diagnostic(
        `${acknowledged} spans acknowledged, ${duplicated.length} repeated in ${repeated} requests; answers ${JSON.stringify([...load.answers])}`,
      );
      assert.ok(repeated <= kills * consumers, `${repeated} requests were repeated, seed ${seed}`);
    });
  }
});

/** A disk of this size has segments of 1 MiB, so that they are rolled and removed all the time. */
const totalBytes = 32 * 1024 ** 2;

const crashPoints: readonly NonNullable<DiskFaults['killAt']>[] = [
  // 1 is the lock or META; the later ones are segments and cursors.
  ...[1, 2, 3, 5, 8].map((nth) => ({ call: 'openSync', nth, when: 'after' }) as const),
  ...[1, 2].map((nth) => ({ call: 'renameSync', nth, when: 'before' }) as const),
  ...[1, 2].map((nth) => ({ call: 'renameSync', nth, when: 'after' }) as const),
  ...[9, 40].map((nth) => ({ call: 'writevSync', nth, when: 'before' }) as const),
  ...[9, 40].map((nth) => ({ call: 'writevSync', nth, when: 'after' }) as const),
  ...[3, 20].map((nth) => ({ call: 'fdatasyncSync', nth, when: 'before' }) as const),
  ...[3, 20].map((nth) => ({ call: 'fdatasyncSync', nth, when: 'after' }) as const),
  ...[1, 2].map((nth) => ({ call: 'unlinkSync', nth, when: 'before' }) as const),
  ...[1, 2].map((nth) => ({ call: 'unlinkSync', nth, when: 'after' }) as const),
];

describe('a daemon that dies in the middle of a step of its log', () => {
  for (const killAt of crashPoints) {
    const { call, nth, when } = killAt;
    test(`fault 2: killed ${when} ${call} number ${nth}, it loses nothing and starts again`, async (t) => {
      const sink = await startSinkFor(t, overHttp);
      const config = configFor(sink, 'otlp_http');
      const oracle = createOracle();
      const faults: DiskFaults = { totalBytes, killAt };
      const nodeOptions = preload('break-disk');
      const options = { nodeOptions, env: { BREAK_DISK: JSON.stringify(faults) } };
      const directory = await dieUnderLoad(t, config, options, oracle);
      const again = await startDaemonFor(t, config, {
        directory,
        nodeOptions,
        env: { BREAK_DISK: JSON.stringify({ totalBytes }) },
      });
      await untilFulfilled(oracle, sink);
      await sendAll(oracle, again.ports, { count: 100 });
      await untilFulfilled(oracle, sink);
    });
  }
});

/** Runs a daemon until it dies, under load from the moment it is ready; resolves with its directory. */
async function dieUnderLoad(
  t: TestContext,
  config: string,
  options: DaemonOptions,
  oracle: Oracle,
): Promise<string> {
  const daemon = await spawnDaemon(config, options);
  t.after(() => daemon.remove());
  let isAlive = true;
  const died = daemon.ended.then(() => {
    isAlive = false;
  });
  const isReady = await daemon.ready().then(
    () => true,
    () => false,
  );
  if (isReady) {
    const target = (): Promise<DaemonPorts | undefined> =>
      Promise.resolve(isAlive ? daemon.ports : undefined);
    const load = startLoad({ oracle, signal: t.signal, target, bodyBytes: 2000 });
    await died;
    await load.stop();
  }
  assert.deepEqual(await daemon.ended, { code: null, signal: 'SIGKILL' }, daemon.output());
  return daemon.directory;
}
