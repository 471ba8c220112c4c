import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { onDisk, sinkExporter, toConfig } from '../test/faults/support/config.ts';
import { startMemoryLoad } from '../test/faults/support/memory-load.ts';
import type { MemoryLoad, MemoryLoadTotals } from '../test/faults/support/memory-load.ts';
import { residentMiB } from '../test/faults/support/memory.ts';
import { startDaemon } from '../test/support/daemon.ts';
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
  const atStart = residentMiB(daemon, 'VmRSS') ?? NaN;
  const load = await startMemoryLoad({
    ports: daemon.ports,
    bodies: [100, 200, 400, 800, 1500].map((spans) => traceRequest('small', spans)),
    clients,
    bytesPerSecond: Infinity,
  });
  try {
    await delay(seconds * 1000);
    const dead = await load.totals();
    const deadPeak = residentMiB(daemon, 'VmHWM') ?? NaN;
    const metrics = await daemon.metrics();
    const recoveryMs = await recover(load, sink);
    await delay((seconds * 1000) / 2);
    const total = await load.totals();
    const peak = residentMiB(daemon, 'VmHWM') ?? NaN;
    const rate = (dead.offered / seconds / 1e6).toFixed(0);
    print(
      `${log.padEnd(7)} ${rate.padStart(4)} MB/s offered, resident ${mib(atStart)} at the start, ` +
        `peak ${mib(deadPeak)} with the sink dead, ${mib(peak)} after it was back; ` +
        `bound ${mib(boundMib)}; first accepted ${recoveryMs.toFixed(0)} ms after the sink was back`,
    );
    print(`        dead: ${tell(dead)}; all: ${tell(total)}`);
    for (const name of watched) print(`        ${linesOf(metrics, name)}`);
  } finally {
    await load.stop();
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
  const queue = isStored ? { ...onDisk, queue_size: '512MiB', sizer: 'bytes' } : {};
  return toConfig({
    exporters: { otlp_http: sinkExporter(endpoint, { queue }) },
    processors: { memory_limiter: { check_interval: '1s', limit_mib: limitMib }, genai: {} },
    ...(isStored && { storage: {} }),
  });
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
async function recover(load: MemoryLoad, sink: Sink): Promise<number> {
  const before = await load.totals();
  const startMs = performance.now();
  sink.up();
  for (;;) {
    const { answers } = await load.totals();
    if ((answers['ok'] ?? 0) > (before.answers['ok'] ?? 0)) return performance.now() - startMs;
    if (performance.now() - startMs > 30_000) return NaN;
    await delay(20);
  }
}

function tell({ answers }: MemoryLoadTotals): string {
  return Object.entries(answers)
    .map(([answer, count]) => `${count} ${answer}`)
    .join(', ');
}
