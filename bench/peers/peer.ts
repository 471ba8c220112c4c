import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { join } from 'node:path';
import { projectRoot } from '../../test/support/project-root.ts';

/** Ports of the process under test; away from the defaults, so that a running daemon is never measured by mistake. */
export const otlpPort = 24317;
const metricsPort = 24318;
export const exportPath = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

const folder = join(projectRoot, 'bench/peers');

/** A program that takes OTLP/gRPC on `otlpPort`. */
export interface Peer {
  readonly name: string;
  readonly pipeline: 'pass-through' | 'gen_ai';
  readonly argv: readonly string[];
  /** Why it cannot run here; undefined where it can. */
  readonly missing: string | undefined;
}

function binary(name: string): { path: string; missing: string | undefined } {
  const path = join(folder, 'bin', name);
  return { path, missing: existsSync(path) ? undefined : `bench/peers/bin/${name} is not built` };
}

function otelcol(pipeline: Peer['pipeline'], config: string): Peer {
  const { path, missing } = binary('otelcol-peer');
  const argv = ['otelcol.yaml', config].flatMap((file) => [
    '--config',
    join(folder, 'configs', file),
  ]);
  return { name: 'Go Collector', pipeline, argv: [path, ...argv], missing };
}

function weir(pipeline: Peer['pipeline'], config: string): Peer {
  const argv = [
    process.execPath,
    // The build that this very file belongs to, so that what is measured is never another one's.
    join(import.meta.dirname, '../../cmd/weir/main.js'),
    '--config',
    join(folder, 'configs', config),
  ];
  return { name: 'Weir', pipeline, argv, missing: undefined };
}

function rotel(): Peer {
  const { path, missing } = binary('rotel');
  const argv = ['start', '--otlp-grpc-endpoint', `127.0.0.1:${otlpPort}`, '--exporter'];
  return {
    name: 'rotel',
    pipeline: 'pass-through',
    argv: [path, ...argv, 'blackhole', '--disable-batching'],
    missing,
  };
}

/** Everything that is measured, in the order of a round. */
export const peers: readonly Peer[] = [
  {
    name: 'bare grpc-js',
    pipeline: 'pass-through',
    argv: [process.execPath, join(import.meta.dirname, 'bare-grpc.js')],
    missing: undefined,
  },
  otelcol('pass-through', 'otelcol-nop.yaml'),
  rotel(),
  weir('pass-through', 'weir-nop.yaml'),
  otelcol('gen_ai', 'otelcol-genai.yaml'),
  weir('gen_ai', 'weir-genai.yaml'),
];

/** A started peer. */
export interface RunningPeer {
  readonly pid: number;
  /** CPU seconds of all its threads so far, user and system. */
  cpuSeconds(): number;
  /** Resident memory in MiB: now, or its peak. */
  memoryMiB(key: 'VmRSS' | 'VmHWM'): number;
  stop(): Promise<void>;
}

/** Clock ticks a second in /proc; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Starts a peer pinned to core 0, its output in `log`. */
export function startPeer(peer: Peer, workDir: string, log: number): RunningPeer {
  const child = spawn('taskset', ['-c', '0', ...peer.argv], {
    cwd: workDir,
    stdio: ['ignore', log, log],
    env: {
      ...process.env,
      OTLP_PORT: String(otlpPort),
      METRICS_PORT: String(metricsPort),
      WEIR_DATA_DIR: workDir,
    },
  });
  const pid = child.pid ?? 0;
  return {
    pid,
    cpuSeconds: () => readCpuSeconds(pid),
    memoryMiB: (key) => {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1');
      return Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
    },
    stop: () => stop(child),
  };
}

function readCpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(force);
}

/** Waits until the port takes a framed request; returns the milliseconds that took, rejects after 15 seconds. */
export async function untilAccepted(frame: Buffer): Promise<number> {
  const started = performance.now();
  for (;;) {
    const status = await sendOnce(frame);
    const elapsed = performance.now() - started;
    if (status === 0) return elapsed;
    if (elapsed > 15_000) throw new Error(`not ready after 15 s, last grpc-status ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

/** Sends one framed request on a fresh connection; the grpc-status, -1 where there was none. */
function sendOnce(frame: Buffer): Promise<number> {
  return new Promise((resolve) => {
    const client = http2.connect(`http://127.0.0.1:${otlpPort}`);
    let status = -1;
    client.on('error', () => undefined);
    const call = client.request({
      ':method': 'POST',
      ':path': exportPath,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const read = (headers: http2.IncomingHttpHeaders): void => {
      if (headers['grpc-status'] !== undefined) status = Number(headers['grpc-status']);
    };
    call
      .on('response', read)
      .on('trailers', read)
      .on('error', () => undefined);
    call.on('close', () => {
      client.destroy();
      resolve(status);
    });
    call.resume().end(frame);
  });
}
