import { fileURLToPath } from 'node:url';
import type { IngressRequest } from '../pipeline/component/receiver.ts';
import type { PartSpec, StageSpec } from '../pipeline/stage/spec.ts';
import { createInlinePool } from '../pipeline/stage/inline-pool.ts';
import type { TaskPool } from '../pipeline/stage/pool.ts';
import { createStage } from '../pipeline/stage/stage.ts';
import { createTaskRunner } from '../pipeline/stage/task-runner.ts';
import { createThreadPool } from '../pipeline/stage/thread-pool.ts';
import { systemClock } from '../pipeline/telemetry/clock.ts';
import { testParts } from '../test/support/test-parts.ts';
import { traceRequest } from './corpus.ts';
import { mainThreadMs } from './main-thread.ts';

/** Requests in flight at once, as of four connections with eight streams each. */
const inFlight = 32;

/** Enough bytes a case for CPU times well above the clock's resolution. */
const bytesPerCase = 128 * 1024 * 1024;
const maxRequests = 40_000;

interface Cost {
  /** Milliseconds of CPU of the calling thread. */
  readonly mainMs: number;
  /** Milliseconds of CPU of the process. */
  readonly allMs: number;
}

/** What a worker costs the main thread, and what the hop costs in all, beside the very same chain run inline. */
export async function benchStage(print: (line: string) => void): Promise<void> {
  print('A transform that adds one attribute to each span; 32 requests in flight.\n');
  print(
    '| spans a request | KB | inline, µs a request | one worker: main µs | main ms/MiB | all µs |',
  );
  print('|---|---|---|---|---|---|');
  for (const spans of [1, 10, 100, 512]) {
    const body = traceRequest('small', spans);
    const requests = Math.min(maxRequests, Math.ceil(bytesPerCase / body.byteLength));
    const inline = await measure(
      createInlinePool(await createTaskRunner(spec, testParts)),
      body,
      requests,
    );
    const threaded = await measure(createOneWorker(), body, requests);
    const perMiB = threaded.mainMs / ((requests * body.byteLength) / 1024 ** 2);
    const cells = [
      spans,
      (body.byteLength / 1000).toFixed(1),
      ((inline.allMs / requests) * 1000).toFixed(1),
      ((threaded.mainMs / requests) * 1000).toFixed(1),
      perMiB.toFixed(3),
      ((threaded.allMs / requests) * 1000).toFixed(1),
    ];
    print(`| ${cells.join(' | ')} |`);
  }
}

const action: PartSpec = {
  part: 'transform',
  type: 'test_action',
  id: 'test_action',
  config: { mark: 'bench' },
  prepared: undefined,
};
const spec: StageSpec = {
  chains: [{ pipeline: 'traces', signal: 'traces', parts: [action] }],
  encoders: [],
  tables: new Map(),
};

function createOneWorker(): TaskPool {
  return createThreadPool({
    entry: fileURLToPath(new URL('../test/support/test-worker.js', import.meta.url)),
    spec,
    threads: 1,
    taskLimitMs: 60_000,
    clock: systemClock,
    onWorkerDeath: () => undefined,
  });
}

async function measure(pool: TaskPool, body: Uint8Array, requests: number): Promise<Cost> {
  await pool.start();
  const stage = createStage({
    chain: 0,
    pool,
    onCounters: () => undefined,
    sink: { commit: () => Promise.resolve(undefined), refuse: () => undefined },
  });
  const request: IngressRequest = {
    signal: 'traces',
    body,
    encoding: 'protobuf',
    compression: 'identity',
    maxBytes: Infinity,
    stamps: [],
  };
  const send = async (count: number): Promise<void> => {
    let left = count;
    const sender = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        // Receivers are called from the event loop, one request a turn at most on each stream.
        await new Promise(setImmediate);
        await stage.consume(request);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, sender));
  };
  await send(Math.ceil(requests / 10));
  const cpu = process.cpuUsage();
  const main = mainThreadMs();
  await send(requests);
  const mainMs = mainThreadMs() - main;
  const { user, system } = process.cpuUsage(cpu);
  await pool.close();
  return { mainMs, allMs: (user + system) / 1000 };
}
