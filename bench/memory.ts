import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { startDaemon } from '../test/support/daemon.ts';
import type { DaemonPorts, TestDaemon } from '../test/support/daemon.ts';
import { createGrpcSender } from '../test/support/otlp-client.ts';
import { traceRequest } from './corpus.ts';

/**
 * What the daemon holds at most: requests of 64 KiB to 1 MiB over gRPC and HTTP as fast as they are answered, a sink that
 * refuses everything, and a budget of 128 MiB; then the sink comes back. The bound is 1.5 × the budget + 120 MiB.
 */
export async function benchMemory(print: (line: string) => void): Promise<void> {
  for (const log of ['memory', 'disk'] as const) await measure(log, print);
}

const limitMib = 128;
const boundMib = 1.5 * limitMib + 120;
const seconds = Number(process.env['WEIR_BENCH_SECONDS'] ?? 10);

/** Requests in flight, half of them over gRPC. */
const clients = 32;

async function measure(log: 'memory' | 'disk', print: (line: string) => void): Promise<void> {
  const sink = await startSink();
  const daemon = await startDaemon(configOf(log, sink.endpoint));
  const load = fork(import.meta.filename, [], { env: { ...process.env, [loadFlag]: '1' } });
  try {
    await once(load, 'message');
    const atStart = residentMib(daemon, 'VmRSS');
    load.send(daemon.ports);
    await delay(seconds * 1000);
    const dead = await askTotals(load);
    const deadPeak = residentMib(daemon, 'VmHWM');
    const metrics = await daemon.metrics();
    const recoveryMs = await recover(load, sink);
    await delay((seconds * 1000) / 2);
    const total = await askTotals(load);
    const peak = residentMib(daemon, 'VmHWM');
    const rate = (dead.offered / seconds / 1e6).toFixed(0);
    print(
      `${log.padEnd(7)} ${rate.padStart(4)} MB/s offered, resident ${mib(atStart)} at the start, ` +
        `peak ${mib(deadPeak)} with the sink dead, ${mib(peak)} after it was back; ` +
        `bound ${mib(boundMib)}; first accepted ${recoveryMs.toFixed(0)} ms after the sink was back`,
    );
    print(`        dead: ${tell(dead)}; all: ${tell(total)}`);
    for (const name of watched) print(`        ${linesOf(metrics, name)}`);
  } finally {
    load.kill();
    await daemon.remove();
    sink.close();
  }
}

const watched = [
  'weir_reserved_bytes',
  'weir_log_bytes',
  'nodejs_heap_size_used_bytes',
  'nodejs_external_memory_bytes',
];

function linesOf(metrics: string, name: string): string {
  const lines = metrics.split('\n').filter((line) => line.startsWith(name));
  return lines
    .map((line) => line.replace(/(\d+)$/, (bytes) => mib(Number(bytes) / 2 ** 20)))
    .join('; ');
}

function mib(value: number): string {
  return `${value.toFixed(0)} MiB`;
}

function configOf(log: 'memory' | 'disk', endpoint: string): string {
  const isStored = log === 'disk';
  const storage = isStored ? { storage: 'file_storage' } : {};
  return JSON.stringify({
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: '127.0.0.1:${env:GRPC}' },
          http: { endpoint: '127.0.0.1:${env:HTTP}' },
        },
      },
    },
    processors: { memory_limiter: { check_interval: '1s', limit_mib: limitMib }, genai: {} },
    exporters: {
      otlp_http: {
        endpoint,
        compression: 'none',
        retry_on_failure: { initial_interval: '100ms', max_interval: '500ms', max_elapsed_time: 0 },
        sending_queue: {
          ...storage,
          ...(isStored && { queue_size: '512MiB', sizer: 'bytes' }),
        },
      },
    },
    extensions: {
      health_check: { endpoint: '127.0.0.1:${env:HEALTH}' },
      ...(isStored && { file_storage: {} }),
    },
    service: {
      extensions: isStored ? ['health_check', 'file_storage'] : ['health_check'],
      telemetry: { metrics: { address: '127.0.0.1:${env:METRICS}' } },
      pipelines: {
        traces: {
          receivers: ['otlp'],
          processors: ['memory_limiter', 'genai'],
          exporters: ['otlp_http'],
        },
      },
    },
  });
}

/** Resident memory with all threads, now or at its peak. */
function residentMib(daemon: Pick<TestDaemon, 'pid'>, key: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${daemon.pid}/status`, 'latin1');
  return Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}

interface Sink {
  readonly endpoint: string;
  up(): void;
  close(): void;
}

async function startSink(): Promise<Sink> {
  let isUp = false;
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(isUp ? 200 : 503, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    up: () => {
      isUp = true;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Milliseconds until a request is accepted again. */
async function recover(load: ChildProcess, sink: Sink): Promise<number> {
  const before = await askTotals(load);
  const startMs = performance.now();
  sink.up();
  for (;;) {
    const { answers } = await askTotals(load);
    if ((answers['ok'] ?? 0) > (before.answers['ok'] ?? 0)) return performance.now() - startMs;
    if (performance.now() - startMs > 30_000) return NaN;
    await delay(20);
  }
}

interface Totals {
  /** Bytes of requests sent. */
  readonly offered: number;
  readonly answers: Readonly<Record<string, number>>;
}

async function askTotals(load: ChildProcess): Promise<Totals> {
  const answer = once(load, 'message');
  load.send('totals');
  const [totals] = (await answer) as [Totals];
  return totals;
}

function tell({ answers }: Totals): string {
  return Object.entries(answers)
    .map(([answer, count]) => `${count} ${answer}`)
    .join(', ');
}

const loadFlag = 'WEIR_BENCH_MEMORY_LOAD';

/** A client's pause after a refusal. */
const pauseMs = 50;

/** The child: clients in a closed loop, which count the answers. */
function runLoad(): void {
  const bodies = [100, 200, 400, 800, 1500].map((spans) =>
    Buffer.from(traceRequest('small', spans)),
  );
  const answers: Record<string, number> = {};
  let offered = 0;
  const run = async (index: number, ports: DaemonPorts): Promise<void> => {
    const send = index % 2 === 0 ? createGrpcClient(ports.grpc) : createHttpClient(ports.http);
    for (let turn = index; ; turn += 1) {
      const body = bodies[turn % bodies.length];
      if (body === undefined) return;
      offered += body.length;
      const answer = await send(body);
      answers[answer] = (answers[answer] ?? 0) + 1;
      if (answer !== 'ok') await delay(pauseMs);
    }
  };
  process.on('message', (message: 'totals' | DaemonPorts) => {
    if (message === 'totals') process.send?.({ offered, answers });
    else for (let index = 0; index < clients; index += 1) void run(index, message);
  });
  process.send?.('up');
}

type Send = (body: Buffer) => Promise<string>;

function createGrpcClient(port: number): Send {
  const sender = createGrpcSender(port);
  return async (body) => {
    try {
      await sender.export('traces', body);
      return 'ok';
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'broken';
      const { metadata } = error as { metadata?: { get(name: string): unknown[] } };
      const retryInfo = metadata?.get('grpc-status-details-bin').length ?? 0;
      return `grpc ${code}${retryInfo > 0 ? ' with RetryInfo' : ''}`;
    }
  };
}

function createHttpClient(port: number): Send {
  return async (body) => {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body,
      });
      await answer.arrayBuffer();
      if (answer.status === 200) return 'ok';
      const retryAfter = answer.headers.has('retry-after') ? ' with Retry-After' : '';
      return `http ${answer.status}${retryAfter}`;
    } catch {
      return 'http broken';
    }
  };
}

if (process.env[loadFlag] === '1') runLoad();
