import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { makeDirectory } from '../../pipeline/config/make-directory.ts';
import { ClickHouseFailure } from './clickhouse-error.ts';
import { openEngine } from './engine.ts';
import type { Engine } from './engine.ts';
import { createBridgeServer } from './http.ts';
import type {
  BridgeOptions,
  ChildMessage,
  DropCause,
  OpenFailure,
  ParentMessage,
  QueryOutcome,
} from './messages.ts';
import { runUpkeep } from './upkeep.ts';

/**
 * Entry of the child process that has the embedded engine open. It lives as long as its channel to the daemon: where
 * that breaks, the daemon is gone, and so is the child.
 */
function main(): void {
  // The engine creates its files for all to read; what lies there is for the owner only.
  process.umask(0o077);
  // Ctrl-C and systemd signal the whole group; the daemon still has to deliver its backlog, and then says `stop`.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('disconnect', () => process.exit(0));
  let close: (() => Promise<void>) | undefined;
  process.on('message', (message: ParentMessage) => {
    if (message.kind === 'stop') {
      void (close?.() ?? Promise.resolve()).finally(() => process.exit(0));
      return;
    }
    serve(message.options)
      .then((closeStore) => (close = closeStore))
      .catch((error: unknown) => {
        send({ kind: 'failed', ...toOpenFailure(error, message.options.directory) });
        process.exitCode = 1;
        process.disconnect();
      });
  });
}

async function serve(options: BridgeOptions): Promise<() => Promise<void>> {
  const spoolDirectory = join(options.directory, 'spool');
  makeDirectory(options.directory);
  const engine = await openEngine(options.directory, options.memoryLimitBytes);
  // Rows of inserts that a crash cut off; their senders were never told that they arrived, and send them again.
  rmSync(spoolDirectory, { recursive: true, force: true });
  mkdirSync(spoolDirectory, { mode: 0o700 });
  const reports = createReports();
  const server = createBridgeServer({
    ...options,
    engine,
    spoolDirectory,
    count: (outcome) => {
      reports.count(outcome);
    },
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const upkeep = startUpkeep(engine, options, reports);
  // Sound because a TCP server that listens has an address with a port.
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  send({ kind: 'ready', url: `http://${host}:${port}`, version: engine.version });
  return async () => {
    clearInterval(upkeep);
    server.close();
    server.closeIdleConnections();
    await engine.close();
    reports.flush();
  };
}

interface Reports {
  count(outcome: QueryOutcome): void;
  addUpkeep(diskBytes: number, causes: readonly DropCause[]): void;
  addUpkeepFailure(): void;
  flush(): void;
}

/** How often counts go to the daemon; its metrics are scraped no faster. */
const reportMs = 1000;

function createReports(): Reports {
  let queries: Partial<Record<QueryOutcome, number>> = {};
  let dropped: Partial<Record<DropCause, number>> = {};
  let diskBytes = 0;
  let upkeepFailures = 0;
  let changed = false;
  const flush = (): void => {
    if (!changed) return;
    send({ kind: 'report', queries, diskBytes, dropped, upkeepFailures });
    [queries, dropped, upkeepFailures, changed] = [{}, {}, 0, false];
  };
  setInterval(flush, reportMs).unref();
  return {
    count: (outcome) => {
      queries[outcome] = (queries[outcome] ?? 0) + 1;
      changed = true;
    },
    addUpkeep: (bytes, causes) => {
      for (const cause of causes) dropped[cause] = (dropped[cause] ?? 0) + 1;
      changed ||= bytes !== diskBytes || causes.length > 0;
      diskBytes = bytes;
    },
    addUpkeepFailure: () => {
      upkeepFailures += 1;
      changed = true;
    },
    flush,
  };
}

function startUpkeep(engine: Engine, options: BridgeOptions, reports: Reports): NodeJS.Timeout {
  let running = false;
  const round = async (): Promise<void> => {
    if (running) return;
    running = true;
    try {
      const { diskBytes, dropped } = await runUpkeep(engine, options, Date.now());
      reports.addUpkeep(
        diskBytes,
        dropped.map(({ cause }) => cause),
      );
    } catch {
      // Busy or out of memory: the next round looks again.
      reports.addUpkeepFailure();
    } finally {
      running = false;
    }
  };
  void round();
  return setInterval(() => void round(), options.upkeepMs);
}

function toOpenFailure(error: unknown, directory: string): { cause: OpenFailure; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return { cause: 'port_taken', message };
  }
  const locked = error instanceof ClickHouseFailure && isOpenElsewhere(directory);
  return { cause: locked ? 'locked' : 'engine', message };
}

/** The engine only says that it failed; the process that has the directory open wrote its id into the lock file. */
function isOpenElsewhere(directory: string): boolean {
  try {
    const pid = Number(/^PID: (\d+)/m.exec(readFileSync(join(directory, 'status'), 'utf8'))?.[1]);
    return pid > 0 && pid !== process.pid && process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function send(message: ChildMessage): void {
  if (process.connected) process.send?.(message);
}

main();
