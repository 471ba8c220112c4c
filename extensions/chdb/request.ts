import type { IncomingHttpHeaders } from 'node:http';
import { randomUUID } from 'node:crypto';
import { header } from './access.ts';
import { createFailure, errorCodes } from './clickhouse-error.ts';

/** What a request says besides its statement. */
export interface RequestOptions {
  readonly queryId: string;
  readonly database: string | undefined;
  /** Of the answer, where the statement names none. */
  readonly defaultFormat: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly parameters: ReadonlyMap<string, string>;
  /** Whether the answer may be compressed with gzip. */
  readonly gzip: boolean;
}

/** Query parameters that ClickHouse's HTTP server takes for itself; every other one is a setting. */
const httpParameters = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'quota_key',
  'role',
  'session_id',
  'session_timeout',
  'session_check',
  'session_timezone_check',
  'stacktrace',
  'buffer_size',
  'wait_end_of_query',
  'enable_http_compression',
  'client_protocol_version',
  'compress',
  'decompress',
]);

/**
 * Reads the options of a request to `/` from its URL and headers, with the names that ClickHouse gives them.
 * @throws ClickHouseFailure where it asks for what the bridge does not have.
 */
export function parseRequestOptions(
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
): RequestOptions {
  refuseNativeCompression(query);
  const settings = new Map<string, string>();
  const parameters = new Map<string, string>();
  for (const [name, value] of query) {
    if (httpParameters.has(name)) continue;
    if (!/^\w+$/.test(name)) {
      throw createFailure(errorCodes.unknownSetting, 'UNKNOWN_SETTING', `Unknown setting ${name}`);
    }
    if (name.startsWith('param_')) parameters.set(name.slice('param_'.length), value);
    else settings.set(name, value);
  }
  return {
    queryId: query.get('query_id') ?? randomUUID(),
    database: query.get('database') ?? header(headers, 'x-clickhouse-database'),
    defaultFormat:
      query.get('default_format') ?? header(headers, 'x-clickhouse-format') ?? 'TabSeparated',
    settings,
    parameters,
    gzip:
      query.get('enable_http_compression') === '1' &&
      /\bgzip\b/.test(header(headers, 'accept-encoding') ?? ''),
  };
}

function refuseNativeCompression(query: URLSearchParams): void {
  for (const name of ['compress', 'decompress']) {
    if (query.get(name) !== '1') continue;
    throw createFailure(
      errorCodes.notImplemented,
      'NOT_IMPLEMENTED',
      `${name}=1 is not supported by the embedded store; use HTTP compression`,
    );
  }
}
