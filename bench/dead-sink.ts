import { execFileSync, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { onDisk, sinkExporter, toConfig } from '../test/faults/support/config.ts';
import { forgetPeak, residentMiB } from '../test/faults/support/memory.ts';
import { startGrpcSink, startHttpSink } from '../test/faults/support/sink.ts';
import { startDaemon } from '../test/support/daemon.ts';
import type { DaemonPorts, TestDaemon } from '../test/support/daemon.ts';
import { contentTypes, createGrpcSender, postOtlp } from '../test/support/otlp-client.ts';
import { traceRequest } from './corpus.ts';

/** How the measurement is cut up. */
export interface DeadSinkOptions {
  /** Pairs of windows, one of each daemon. */
  readonly rounds: number;
  /** Of one window. */
  readonly seconds: number;
  /** Requests of 20 spans a second. */
  readonly rate: number;
}

/**
 * What a dead sink costs the others: two daemons with two sinks each, of which one has lost a sink, get the same load at a
 * fixed rate in turn, the first of a pair being now the one and now the other. What disturbs the machine disturbs both; the
 * ratio is that of a pair, told as the median and the middle half of all pairs. The daemons have one CPU, and the load and
 * the sinks another, where there are two and `taskset`. Latencies count from when a request was due.
 */
export async function measureDeadSink(options: DeadSinkOptions): Promise<void> {
  const load = fork(import.meta.filename, [], { env: { ...process.env, [childFlag]: '1' } });
  try {
    const [sinks] = (await once(load, 'message')) as [Sinks];
    const live = await startSubject(sinks.live);
    const dead = await startSubject(sinks.dead);
    const isPinned = [live, dead].every(({ pid }) => pin(pid, 0)) && pin(load.pid, 1);
    try {
      for (const daemon of [live, dead]) {
        await run(load, daemon, { ...options, seconds: warmUpSeconds });
        forgetPeak(daemon);
      }
      const pairs: Pair[] = [];
      for (let round = 0; round < options.rounds; round += 1) {
        pairs.push(await runPair(load, [live, dead], round % 2 === 0, options));
      }
      report(pairs, isPinned);
      const [peakLive, peakDead] = [live, dead].map((one) => residentMiB(one, 'VmHWM') ?? NaN);
      console.log(
        `  peak memory ${number(peakDead)} MiB with one dead, ${number(peakLive)} MiB with both live: ${((peakDead ?? NaN) / (peakLive ?? NaN)).toFixed(2)} x (goal 0.9 to 1.1)`,
      );
    } finally {
      await Promise.all([live.remove(), dead.remove()]);
    }
  } finally {
    load.kill();
  }
}

const warmUpSeconds = 5;

interface Sinks {
  readonly live: readonly [grpc: string, http: string];
  readonly dead: readonly [grpc: string, http: string];
}

interface Window {
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

interface Pair {
  readonly live: Window;
  readonly dead: Window;
}

function startSubject([grpc, http]: Sinks['live']): Promise<TestDaemon> {
  const queue = { ...onDisk, queue_size: '4GiB', sizer: 'bytes' };
  const exporters = {
    otlp: sinkExporter(grpc, { queue }),
    otlp_http: sinkExporter(http, { queue }),
  };
  return startDaemon(toConfig({ exporters, storage: {} }));
}

/** Binds a process and its threads to a CPU; false where that cannot be done. */
function pin(pid: number | undefined, cpu: number): boolean {
  if (pid === undefined || availableParallelism() < 2) return false;
  try {
    execFileSync('taskset', ['-apc', String(cpu), String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function runPair(
  load: ChildProcess,
  [live, dead]: readonly [TestDaemon, TestDaemon],
  isLiveFirst: boolean,
  options: DeadSinkOptions,
): Promise<Pair> {
  if (isLiveFirst) {
    return { live: await run(load, live, options), dead: await run(load, dead, options) };
  }
  const ofDead = await run(load, dead, options);
  return { live: await run(load, live, options), dead: ofDead };
}

async function run(
  load: ChildProcess,
  { ports }: TestDaemon,
  { rate, seconds }: Pick<DeadSinkOptions, 'rate' | 'seconds'>,
): Promise<Window> {
  const answer = once(load, 'message');
  load.send({ ports, rate, seconds } satisfies Order);
  const [window] = (await answer) as [Window];
  // The sinks take what is left, so that it is not the next window's.
  await delay(500);
  return window;
}

function report(pairs: readonly Pair[], isPinned: boolean): void {
  console.log(
    `one of two sinks dead, against both live: ${pairs.length} pairs of windows${isPinned ? '' : ', not pinned'}`,
  );
  for (const name of ['p50', 'p99'] as const) {
    const live = pairs.map((pair) => pair.live[name]);
    const dead = pairs.map((pair) => pair.dead[name]);
    const ratios = pairs.map((pair) => pair.dead[name] / pair.live[name]);
    const goal = name === 'p99' ? ' (goal 1.2)' : '';
    console.log(
      `  ${name} until OK ${number(quantile(dead, 0.5))} ms against ${number(quantile(live, 0.5))} ms, ratio ${quantile(ratios, 0.5).toFixed(2)} x, middle half ${quantile(ratios, 0.25).toFixed(2)} to ${quantile(ratios, 0.75).toFixed(2)}${goal}`,
    );
  }
  const failed = pairs.reduce((sum, pair) => sum + pair.live.failed + pair.dead.failed, 0);
  if (failed > 0) console.log(`  ${failed} requests were not answered with OK`);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function number(value: number | undefined): string {
  return (value ?? NaN).toFixed(1);
}

interface Order {
  readonly ports: DaemonPorts;
  readonly rate: number;
  readonly seconds: number;
}

const childFlag = 'WEIR_BENCH_DEAD_SINK';

/** The child: the sinks, and clients that send at a rate whatever the answers. */
async function runLoad(): Promise<void> {
  const grpc = [await startGrpcSink(), await startGrpcSink()];
  const http = [await startHttpSink(), await startHttpSink(() => ({ kind: 'hang' }))];
  const endpoints = [0, 1].map((index) => [grpc[index]?.endpoint, http[index]?.endpoint]);
  process.send?.({ live: endpoints[0], dead: endpoints[1] });
  const body = Buffer.from(traceRequest('small', 20));
  process.on('message', (order: Order) => {
    void sendAll(order, body).then((window) => process.send?.(window));
  });
}

async function sendAll({ ports, rate, seconds }: Order, body: Buffer): Promise<Window> {
  const sender = createGrpcSender(ports.grpc);
  const latencies: number[] = [];
  const underWay: Promise<void>[] = [];
  let failed = 0;
  const startMs = performance.now();
  for (let index = 0; index < rate * seconds; index += 1) {
    const dueMs = startMs + (index * 1000) / rate;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await delay(waitMs);
    const sent =
      index % 2 === 0
        ? sender.export('traces', body).then(() => true)
        : postOtlp(ports.http, 'traces', body, contentTypes.protobuf).then(async (answer) => {
            await answer.arrayBuffer();
            return answer.status === 200;
          });
    const noted = sent
      .catch(() => false)
      .then((isTaken) => {
        if (isTaken) latencies.push(performance.now() - dueMs);
        else failed += 1;
      });
    underWay.push(noted);
  }
  await Promise.all(underWay);
  sender.close();
  return { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), failed };
}

if (process.env[childFlag] === '1') await runLoad();
