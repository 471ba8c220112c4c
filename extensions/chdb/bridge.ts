import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../../pipeline/config/make-directory.ts';
import { createCredentials, recordConnection, storeDirectory } from './connection.ts';
import type { ChdbConnection } from './connection.ts';
import type {
  BridgeOptions,
  BridgeReport,
  ChildMessage,
  OpenFailure,
  ParentMessage,
} from './messages.ts';

/** A child process that serves a store. */
export interface Bridge {
  readonly connection: ChdbConnection;
  readonly pid: number;
  /** Version of the engine. */
  readonly version: string;
  /** Resolves with a description once the process is gone, for whatever reason. */
  readonly exited: Promise<string>;
  /** Ends the process; resolves when it is gone. Safe twice. */
  stop(): Promise<void>;
}

/** Where and how to serve the store of a data directory. */
export interface BridgeSettings extends Omit<BridgeOptions, 'directory' | 'credentials'> {
  readonly dataDir: string;
}

/** Why a bridge did not come up. */
export class BridgeStartError extends Error {
  readonly failure: OpenFailure;

  constructor(failure: OpenFailure, message: string) {
    super(message);
    this.name = 'BridgeStartError';
    this.failure = failure;
  }
}

/** How long the child may take to close the engine before it is killed; what it acknowledged is on disk by then. */
const stopMs = 5000;

/**
 * Starts a child process with the embedded engine, and notes its address in the data directory.
 * @throws BridgeStartError where the port is taken, another process has the directory open, or the engine fails.
 */
export async function startBridge(
  settings: BridgeSettings,
  onReport: (report: BridgeReport) => void,
): Promise<Bridge> {
  const { dataDir, ...serving } = settings;
  const directory = storeDirectory(dataDir);
  makeDirectory(directory);
  const credentials = createCredentials(dataDir);
  const child = forkServer(directory);
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `exit code ${String(code)}` : `signal ${signal}`);
    });
  });
  const ready = waitUntilReady(child, exited);
  tell(child, { kind: 'open', options: { ...serving, directory, credentials } });
  const { url, version } = await ready;
  child.on('message', (message: ChildMessage) => {
    if (message.kind === 'report') onReport(message);
  });
  return {
    connection: recordConnection(dataDir, url, credentials),
    // Sound because the process has answered.
    pid: child.pid ?? 0,
    version,
    exited,
    stop: () => stopChild(child, exited),
  };
}

/** The engine prints to both streams; they go to a file beside the data, never to the daemon's own output. */
function forkServer(directory: string): ChildProcess {
  const output = openSync(join(directory, 'engine.log'), 'a', 0o600);
  try {
    return fork(join(import.meta.dirname, 'server.js'), {
      stdio: ['ignore', output, output, 'ipc'],
      execArgv: ['--enable-source-maps', '--max-old-space-size=256'],
      // The engine's calls each hold a thread of this pool, and file writes need some too.
      env: { ...process.env, UV_THREADPOOL_SIZE: '8' },
    });
  } finally {
    closeSync(output);
  }
}

function waitUntilReady(
  child: ChildProcess,
  exited: Promise<string>,
): Promise<Extract<ChildMessage, { kind: 'ready' }>> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(new BridgeStartError('engine', error.message));
    });
    child.once('message', (message: ChildMessage) => {
      if (message.kind === 'ready') resolve(message);
      if (message.kind === 'failed') reject(new BridgeStartError(message.cause, message.message));
    });
    void exited.then((how) => {
      reject(
        new BridgeStartError('engine', `the engine's process ended while it started (${how})`),
      );
    });
  });
}

async function stopChild(child: ChildProcess, exited: Promise<string>): Promise<void> {
  tell(child, { kind: 'stop' });
  const killer = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await exited;
  clearTimeout(killer);
}

function tell(child: ChildProcess, message: ParentMessage): void {
  // A message to a process that has just gone fails; its exit is reported by other means.
  if (child.connected) child.send(message, () => undefined);
}
