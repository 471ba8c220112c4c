import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { foreignRequest, requestCredentials, sameCredentials } from './access.ts';
import { ClickHouseFailure, createFailure, errorCodes, toHttpStatus } from './clickhouse-error.ts';
import type { Credentials } from './connection.ts';
import type { Engine, EngineQuery, EngineResult } from './engine.ts';
import { createLane } from './lanes.ts';
import type { QueryOutcome } from './messages.ts';
import { receiveStatement } from './receive.ts';
import type { ReceivedStatement } from './receive.ts';
import { parseRequestOptions } from './request.ts';
import type { RequestOptions } from './request.ts';

/** What the HTTP interface needs. */
export interface BridgeServerOptions {
  readonly engine: Engine;
  readonly credentials: Credentials;
  readonly spoolDirectory: string;
  readonly memoryLimitBytes: number;
  /** 0 means no limit. */
  readonly maxQueryMs: number;
  /** Called once per statement or refusal. */
  count(outcome: QueryOutcome): void;
}

/** Answers are held in memory whole, so a query may not produce more than this unless it asks to. */
const maxResultBytes = 256 * 1024 * 1024;

/** Queries that run at once beside the one insert; more wait in line. */
const readsAtOnce = 2;

const gzipAsync = promisify(gzip);

/**
 * Creates the server of the part of ClickHouse's HTTP interface that `@clickhouse/client`, curl and Grafana use:
 * `/ping`, and statements on `/` with their rows, parameters and settings.
 * See https://clickhouse.com/docs/interfaces/http.
 */
export function createBridgeServer(options: BridgeServerOptions): Server {
  const run = createRunner(options);
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      options.count(outcomeOf(error));
      sendFailure(request, response, toFailure(error), options.engine.version);
    });
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = parseTarget(request);
    const foreign = foreignRequest(request.headers, listeningPort(server));
    if (foreign !== undefined) {
      throw createFailure(errorCodes.accessDenied, 'ACCESS_DENIED', foreign);
    }
    const isGet = request.method === 'GET' || request.method === 'HEAD';
    if (isGet && (url.pathname === '/ping' || (url.pathname === '/' && url.search === ''))) {
      // A ping with a user tells as well whether it is this store: another one may have the port that it had.
      if (request.headers['x-clickhouse-user'] !== undefined) {
        checkCredentials(request, url.searchParams, options.credentials);
      }
      response.end('Ok.\n');
      return;
    }
    if (url.pathname !== '/') {
      response.writeHead(404).end('The embedded store serves / and /ping.\n');
      return;
    }
    checkCredentials(request, url.searchParams, options.credentials);
    const requested = parseRequestOptions(url.searchParams, request.headers);
    response.setHeader('X-ClickHouse-Query-Id', requested.queryId);
    const statement = await receiveStatement(
      request,
      url.searchParams.get('query') ?? '',
      options.spoolDirectory,
    );
    const result = await run(statement, requested, isGet);
    options.count('ok');
    await sendResult(response, result, { statement, requested });
  };
  // As ClickHouse; clients drop idle sockets well before that.
  server.keepAliveTimeout = 10_000;
  return server;
}

type Runner = (
  statement: ReceivedStatement,
  requested: RequestOptions,
  readonly: boolean,
) => Promise<EngineResult>;

function createRunner(options: BridgeServerOptions): Runner {
  const reads = createLane(readsAtOnce);
  const writes = createLane(1);
  return async (statement, requested, readonly) => {
    try {
      if (readonly && !statement.reads) {
        throw createFailure(errorCodes.readonly, 'READONLY', 'Use POST for what changes data');
      }
      const query: EngineQuery = {
        text: statement.text,
        format: requested.defaultFormat,
        database: requested.database,
        settings: withLimits(requested.settings, statement.reads, options),
        parameters: requested.parameters,
      };
      return await (statement.reads ? reads : writes).run(() => options.engine.run(query));
    } finally {
      if (statement.rowsFile !== undefined) await rm(statement.rowsFile, { force: true });
    }
  };
}

/** The limits of this store below the request's own settings; only the time limit cannot be raised. */
function withLimits(
  settings: ReadonlyMap<string, string>,
  reads: boolean,
  { memoryLimitBytes, maxQueryMs }: BridgeServerOptions,
): ReadonlyMap<string, string> {
  const limited = new Map<string, string>([
    // The engine gathers small inserts by default and would acknowledge before it has parsed them.
    ['async_insert', '0'],
    ['max_memory_usage', String(Math.floor(memoryLimitBytes / 2))],
    ['max_result_bytes', String(maxResultBytes)],
    ...settings,
  ]);
  if (reads && maxQueryMs > 0) {
    const asked = Number(settings.get('max_execution_time') ?? 0) * 1000;
    const limitMs = asked > 0 ? Math.min(asked, maxQueryMs) : maxQueryMs;
    limited.set('max_execution_time', String(limitMs / 1000));
  }
  return limited;
}

function parseTarget(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', 'http://store');
  } catch {
    throw createFailure(36, 'BAD_ARGUMENTS', 'The request target is no URL');
  }
}

function listeningPort(server: Server): number {
  // Sound because the server listens on TCP when a request comes in.
  return (server.address() as AddressInfo).port;
}

function checkCredentials(
  request: IncomingMessage,
  query: URLSearchParams,
  expected: Credentials,
): void {
  const given = requestCredentials(request.headers, query);
  if (sameCredentials(given, expected)) return;
  throw createFailure(
    errorCodes.authenticationFailed,
    'AUTHENTICATION_FAILED',
    `${given.user === '' ? 'no user' : 'user'} with such a password: the store's user and password are in clickhouse/credentials.json of the data directory`,
  );
}

async function sendResult(
  response: ServerResponse,
  result: EngineResult,
  {
    statement,
    requested,
  }: { readonly statement: ReceivedStatement; readonly requested: RequestOptions },
): Promise<void> {
  const format = statement.format ?? requested.defaultFormat;
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  response.setHeader('X-ClickHouse-Server-Display-Name', 'weir');
  response.setHeader('X-ClickHouse-Summary', summary(result));
  response.setHeader('Content-Type', contentType(format));
  if (!requested.gzip || result.bytes.length === 0) {
    response.end(result.bytes);
    return;
  }
  response.setHeader('Content-Encoding', 'gzip');
  response.end(await gzipAsync(result.bytes));
}

/** ClickHouse's summary header; the embedded engine does not tell how many rows it wrote. */
function summary(result: EngineResult): string {
  return JSON.stringify({
    read_rows: String(result.rowsRead),
    read_bytes: String(result.bytesRead),
    written_rows: '0',
    written_bytes: '0',
    total_rows_to_read: '0',
    result_rows: '0',
    result_bytes: String(result.bytes.length),
    elapsed_ns: String(Math.round(result.elapsedMs * 1e6)),
  });
}

function contentType(format: string): string {
  if (/^JSON.*EachRow/.test(format)) return 'application/x-ndjson; charset=UTF-8';
  if (format.startsWith('JSON')) return 'application/json; charset=UTF-8';
  if (format.startsWith('CSV')) return 'text/csv; charset=UTF-8';
  if (/^(TabSeparated|TSV)/.test(format)) return 'text/tab-separated-values; charset=UTF-8';
  if (/^(RowBinary|Native|Parquet|Arrow)/.test(format)) return 'application/octet-stream';
  return 'text/plain; charset=UTF-8';
}

function sendFailure(
  request: IncomingMessage,
  response: ServerResponse,
  failure: ClickHouseFailure,
  version: string,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // A client that is cut off while it writes never reads the answer, so the rest of a refused body is thrown away.
  request.unpipe().resume();
  if (failure.code === errorCodes.authenticationFailed) {
    response.setHeader('WWW-Authenticate', 'Basic realm="weir"');
  }
  response.setHeader('X-ClickHouse-Exception-Code', String(failure.code));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  const text = / \(version [^)]*\)\s*$/.test(failure.message)
    ? failure.message
    : `${failure.message} (version ${version})`;
  response.writeHead(toHttpStatus(failure.code)).end(`${text}\n`);
}

function toFailure(error: unknown): ClickHouseFailure {
  if (error instanceof ClickHouseFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
    return createFailure(errorCodes.cannotDecompress, 'CANNOT_DECOMPRESS', message);
  }
  return createFailure(errorCodes.unknown, 'UNKNOWN_EXCEPTION', message);
}

function outcomeOf(error: unknown): QueryOutcome {
  if (!(error instanceof ClickHouseFailure)) return 'failed';
  if (error.code === errorCodes.timeoutExceeded) return 'timeout';
  const refusals: readonly number[] = [errorCodes.accessDenied, errorCodes.authenticationFailed];
  return refusals.includes(error.code) ? 'refused' : 'failed';
}
