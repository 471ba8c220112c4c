import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from './free-port.ts';
import { projectRoot } from './project-root.ts';

/** Where a daemon under test listens; a config text names them as `${env:GRPC}` and so on. */
export interface DaemonPorts {
  readonly grpc: number;
  readonly http: number;
  readonly health: number;
  readonly metrics: number;
  readonly store: number;
}

/** A daemon in a child process with a directory of its own. */
export interface TestDaemon {
  readonly ports: DaemonPorts;
  readonly pid: number;
  /** Working directory, with `data` as the data directory. Removed by `remove`. */
  readonly directory: string;
  /** Everything it wrote to stdout and stderr so far. */
  output(): string;
  /** `/metrics` as text. */
  metrics(): Promise<string>;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
  remove(): void;
}

/** Longer than any start takes on a busy machine; a daemon that hangs fails its test then. */
const startLimitMs = 60_000;

/** Starts `weir` with a config text and resolves once `/ready` says 200. @throws Error with its output where it exits first. */
export async function startDaemon(
  config: string,
  env: NodeJS.ProcessEnv = {},
): Promise<TestDaemon> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-e2e-'));
  writeFileSync(join(directory, 'config.yaml'), config);
  const [grpc = 0, http = 0, health = 0, metrics = 0, store = 0] = await freePorts(5);
  const ports = { grpc, http, health, metrics, store };
  const child = spawn(
    process.execPath,
    [join(projectRoot, 'bin/weir.js'), '--config', 'config.yaml', '--data-dir', 'data'],
    { cwd: directory, env: { ...process.env, ...toEnv(ports), ...env } },
  );
  const daemon = toDaemon(child, ports, directory);
  await untilReady(child, daemon);
  return daemon;
}

function toEnv(ports: DaemonPorts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [name.toUpperCase(), String(port)]),
  );
}

function toDaemon(child: ChildProcess, ports: DaemonPorts, directory: string): TestDaemon {
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exited;
  };
  return {
    ports,
    pid: child.pid ?? 0,
    directory,
    output: () => output,
    metrics: async () => (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text(),
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function untilReady(child: ChildProcess, daemon: TestDaemon): Promise<void> {
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) {
      throw new Error(`weir exited with ${child.exitCode}:\n${daemon.output()}`);
    }
    const ready = await fetch(`http://127.0.0.1:${daemon.ports.health}/ready`).catch(
      () => undefined,
    );
    if (ready?.status === 200) return;
    await delay(50);
  }
  await daemon.kill();
  throw new Error(`weir was not ready in ${startLimitMs} ms:\n${daemon.output()}`);
}
