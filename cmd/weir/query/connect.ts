import { accessSync, constants } from 'node:fs';
import { isChdbAvailable } from '../../../extensions/chdb/availability.ts';
import { BridgeStartError, startBridge } from '../../../extensions/chdb/bridge.ts';
import { readChdbConnection, storeDirectory } from '../../../extensions/chdb/connection.ts';
import type { ChdbConnection } from '../../../extensions/chdb/connection.ts';
import { reasonOf } from '../../../pipeline/config/source.ts';
import { maxTimerMs } from '../../../pipeline/telemetry/clock.ts';
import { CommandFailure, exitCodes } from '../exit-code.ts';

/** A store that answers, and how to let go of it. */
export interface OpenStore {
  readonly connection: ChdbConnection;
  close(): Promise<void>;
}

/** A ping is answered by the HTTP server alone, never by a busy engine. */
const pingTimeoutMs = 2000;
/** As the extension's default; a query on a stopped store has the machine to itself. */
const memoryLimitBytes = 1024 ** 3;

/**
 * Opens the store of a data directory: that of the daemon that runs there, or else the files themselves for this query.
 * `command` is what asks, for messages.
 * @throws CommandFailure with exit code 69 where there is no store, or it cannot be opened.
 */
export async function openStore(dataDir: string, command = 'query'): Promise<OpenStore> {
  const connection = readChdbConnection(dataDir);
  if (connection !== undefined && (await isServed(connection))) {
    return { connection, close: () => Promise.resolve() };
  }
  const missing = whyMissing(dataDir);
  if (missing !== undefined) throw unreachable(command, missing);
  const availability = isChdbAvailable();
  if (!availability.available) throw unreachable(command, availability.reason);
  return openFiles(dataDir, command);
}

/** What keeps a store from being opened, with the mend; undefined where nothing does. */
function whyMissing(dataDir: string): string | undefined {
  try {
    accessSync(storeDirectory(dataDir), constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOENT'
      ? `no store in ${dataDir}: run weir first, or name its data directory with --data-dir`
      : `the store in ${dataDir} cannot be read: ${reasonOf(error)}; ask as the user that runs weir`;
  }
}

async function openFiles(dataDir: string, command: string): Promise<OpenStore> {
  const serving = { host: '127.0.0.1', port: 0, memoryLimitBytes, maxQueryMs: 0 };
  // No upkeep runs for a single query.
  const upkeep = { retentionMs: 0, maxDiskBytes: 0, upkeepMs: maxTimerMs };
  try {
    const bridge = await startBridge({ dataDir, ...serving, ...upkeep }, () => undefined);
    return { connection: bridge.connection, close: () => bridge.stop() };
  } catch (error) {
    if (!(error instanceof BridgeStartError)) throw error;
    throw unreachable(
      command,
      error.failure === 'locked'
        ? `the store in ${dataDir} is open in another process, which does not answer; is weir just starting?`
        : `the store in ${dataDir} does not open: ${error.message}`,
    );
  }
}

/** Whether this very store answers at its address: the port may have gone to another one since. */
async function isServed({ url, user, password }: ChdbConnection): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/ping`, {
      signal: AbortSignal.timeout(pingTimeoutMs),
      headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
    });
    return answer.ok;
  } catch {
    return false;
  }
}

function unreachable(command: string, message: string): CommandFailure {
  return new CommandFailure(`weir ${command}: ${message}`, exitCodes.unreachable);
}
