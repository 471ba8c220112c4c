import { createRequire } from 'node:module';
import { ClickHouseFailure, errorCodes } from './clickhouse-error.ts';

/** One statement with everything that a ClickHouse session would hold for it. */
export interface EngineQuery {
  readonly text: string;
  /** Of the answer, where the text names none. */
  readonly format: string;
  readonly database?: string | undefined;
  /** By setting name; names have been checked. */
  readonly settings: ReadonlyMap<string, string>;
  /** Values of `{name:Type}` placeholders in ClickHouse's escaped form. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** What a statement came to. */
export interface EngineResult {
  readonly bytes: Uint8Array;
  readonly elapsedMs: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

/** The embedded engine on one directory. Only one process can have a directory open. */
export interface Engine {
  readonly version: string;
  /** Runs one statement in a session of its own. @throws ClickHouseFailure */
  run(query: EngineQuery): Promise<EngineResult>;
  close(): Promise<void>;
}

/** The part of `chdb` in use. Declared here because the package is optional: an install without it must still build. */
interface ChdbModule {
  readonly Session: new (
    directory: string,
    options?: { connectionArgs: readonly string[] },
  ) => ChdbSession;
  drainPending(): Promise<void>;
}

interface ChdbSession {
  queryAsync(sql: string, options: { format: string }): Promise<ChdbResult>;
  close(): void;
}

interface ChdbResult {
  readonly elapsed: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
  bytes(): Uint8Array;
}

/** Bytes of cached index marks: enough for a laptop's months of traces; the engine's own default is 5 GiB. */
const markCacheBytes = 64 * 1024 * 1024;

/**
 * Opens the engine. A new session costs 0.1 ms, so each statement gets one: settings, parameters and the current database
 * of one client never show in another's, and statements of different sessions run side by side.
 * @throws ClickHouseFailure with code 76 where another process has the directory open.
 */
export async function openEngine(directory: string, memoryLimitBytes: number): Promise<Engine> {
  // Sound for the version that package.json names; a wrong shape fails at the first call, in this child process only.
  const chdb = createRequire(import.meta.url)('chdb') as ChdbModule;
  const anchor = openSession(chdb, directory, memoryLimitBytes);
  const version = await anchor.queryAsync('SELECT version()', { format: 'TSVRaw' });
  return {
    version: Buffer.from(version.bytes()).toString().trim(),
    run: async (query) => {
      const session = new chdb.Session(directory);
      try {
        return await runQuery(session, query);
      } catch (error) {
        throw toFailure(error);
      } finally {
        session.close();
      }
    },
    close: async () => {
      await chdb.drainPending();
      anchor.close();
    },
  };
}

function openSession(chdb: ChdbModule, directory: string, memoryLimitBytes: number): ChdbSession {
  try {
    return new chdb.Session(directory, {
      connectionArgs: [
        `--max_server_memory_usage=${memoryLimitBytes}`,
        `--mark_cache_size=${markCacheBytes}`,
        `--index_mark_cache_size=${markCacheBytes}`,
        '--background_pool_size=2',
      ],
    });
  } catch (error) {
    throw toFailure(error);
  }
}

async function runQuery(session: ChdbSession, query: EngineQuery): Promise<EngineResult> {
  const assignments = [
    ...[...query.settings].map(([name, value]) => `${name} = ${quote(value)}`),
    ...[...query.parameters].map(([name, value]) => `param_${name} = ${quote(value)}`),
  ];
  if (query.database !== undefined) await execute(session, `USE ${quoteName(query.database)}`);
  if (assignments.length > 0) await execute(session, `SET ${assignments.join(', ')}`);
  const result = await session.queryAsync(query.text, { format: query.format });
  return {
    bytes: result.bytes(),
    elapsedMs: result.elapsed * 1000,
    rowsRead: result.rowsRead,
    bytesRead: result.bytesRead,
  };
}

async function execute(session: ChdbSession, sql: string): Promise<void> {
  await session.queryAsync(sql, { format: 'Null' });
}

/** A ClickHouse string literal. */
export function quote(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
}

/** A ClickHouse identifier in backticks. */
export function quoteName(name: string): string {
  return `\`${name.replace(/\\/g, '\\\\').replace(/`/g, '\\`')}\``;
}

function toFailure(error: unknown): ClickHouseFailure {
  const message = error instanceof Error ? error.message : String(error);
  const code = /\bCode: (\d+)\./.exec(message)?.[1];
  return new ClickHouseFailure(
    code === undefined ? errorCodes.unknown : Number(code),
    message.replace(/^Query failed: /, '').trim(),
  );
}
