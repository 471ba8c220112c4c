import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnForTest, waitFor } from './child-of-test.ts';
import { freePorts } from './free-port.ts';

/** Where a daemon under test listens; a config text names them as `${env:GRPC}` and so on. */
export interface DaemonPorts {
  readonly grpc: number;
  readonly http: number;
  readonly health: number;
  readonly metrics: number;
  readonly store: number;
}

/** How a process ended; the code is null where a signal ended it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How a daemon under test is started. */
export interface DaemonOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Options of node itself, such as `--import`. */
  readonly nodeOptions?: readonly string[];
  /** Directory of an earlier daemon, to start again on its data; a fresh one where absent. */
  readonly directory?: string;
}

/** A daemon in a child process with a directory of its own. */
export interface TestDaemon {
  readonly ports: DaemonPorts;
  readonly pid: number;
  /** Working directory, with `config.yaml`, and `data` as the data directory. Removed by `remove`. */
  readonly directory: string;
  readonly ended: Promise<Ending>;
  /** Everything it wrote to stdout and stderr so far. */
  output(): string;
  /** `/metrics` as text. */
  metrics(): Promise<string>;
  /** Resolves once `/ready` says 200. @throws Error with its output where it ends first, or hangs. */
  ready(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Writes another configuration and asks for a reload; resolves with the answer. */
  reload(config: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
  /** Kills it where it still runs, and removes its directory. */
  remove(): Promise<void>;
}

/** Longer than any start takes on a busy machine; a daemon that hangs fails its test then. */
const startLimitMs = 60_000;
const pollMs = 20;

const main = join(import.meta.dirname, '../../cmd/weir/main.js');

/** Starts `weir` with a config text and resolves once it is ready. @throws Error with its output where it ends first; nothing is left behind then. */
export async function startDaemon(
  config: string,
  options: DaemonOptions = {},
): Promise<TestDaemon> {
  const daemon = await spawnDaemon(config, options);
  try {
    await daemon.ready();
  } catch (error) {
    if (options.directory === undefined) await daemon.remove();
    else await daemon.kill();
    throw error;
  }
  return daemon;
}

/** Starts `weir` with a config text, on ports of its own, and does not wait for it. */
export async function spawnDaemon(
  config: string,
  options: DaemonOptions = {},
): Promise<TestDaemon> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'weir-test-'));
  writeFileSync(join(directory, 'config.yaml'), config);
  const [grpc = 0, http = 0, health = 0, metrics = 0, store = 0] = await freePorts(5);
  const ports = { grpc, http, health, metrics, store };
  const child = spawnForTest(
    process.execPath,
    [...(options.nodeOptions ?? []), main, '--config', 'config.yaml', '--data-dir', 'data'],
    { cwd: directory, env: { ...process.env, ...toEnv(ports), ...options.env } },
  );
  return toDaemon(child, ports, directory);
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
  const ended = untilEnded(child);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const signal = (name: NodeJS.Signals): void => {
    if (isRunning()) child.kill(name);
  };
  const kill = async (): Promise<void> => {
    signal('SIGKILL');
    waitFor(child);
    await ended;
  };
  return {
    ports,
    pid: child.pid ?? 0,
    directory,
    get ended() {
      waitFor(child);
      return ended;
    },
    output: () => output,
    metrics: async () => (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text(),
    ready: async () => {
      const deadline = performance.now() + startLimitMs;
      while (performance.now() < deadline) {
        if (!isRunning()) {
          const { code, signal: by } = await ended;
          throw new Error(`weir ended with ${String(code ?? by)}:\n${output}`);
        }
        const answer = await fetch(`http://127.0.0.1:${ports.health}/ready`).catch(() => undefined);
        if (answer?.status === 200) return;
        await delay(pollMs);
      }
      throw new Error(`weir was not ready in ${startLimitMs} ms:\n${output}`);
    },
    signal,
    reload: async (config) => {
      // As a whole: the daemon watches the file, and must not read a half of it.
      writeFileSync(join(directory, 'next.yaml'), config);
      renameSync(join(directory, 'next.yaml'), join(directory, 'config.yaml'));
      const url = `http://127.0.0.1:${ports.health}/-/reload`;
      const answer = await fetch(url, { method: 'POST' });
      return { status: answer.status, body: await answer.text() };
    },
    stop: async () => {
      signal('SIGTERM');
      waitFor(child);
      return (await ended).code;
    },
    kill,
    remove: async () => {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Resolves when the process has ended and its output is read. */
function untilEnded(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    });
  });
}
