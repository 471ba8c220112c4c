import type { ChdbConnection } from '../../../extensions/chdb/connection.ts';
import { CommandFailure, exitCodes } from '../exit-code.ts';
import { escapeControls } from './escape-controls.ts';

/** What ClickHouse answered, in the format that it says. */
export interface SqlAnswer {
  readonly format: string;
  readonly text: string;
}

/** How a statement is asked. */
interface Asking {
  /** The format of the answer where the statement names none. */
  readonly format: string;
  readonly settings: Readonly<Record<string, string>>;
  /** What asks, for messages: `query` where absent. */
  readonly command?: string;
}

/** What to try after an error, by ClickHouse's code. */
const hints: Readonly<Record<string, string>> = {
  '47': 'columns: weir query "DESCRIBE TABLE otel_traces"',
  '60': 'tables: weir query',
  '62': 'quote the whole statement for the shell: weir query "SELECT …"',
  '81': 'databases: weir query "SHOW DATABASES"',
  '159':
    'read less: add WHERE Timestamp > now() - INTERVAL 1 HOUR, or raise extensions.chdb.max_query_time',
  '164':
    'only reads are asked of the embedded store; --write lets a statement change it. A server asks for the rights of its user',
  '241': 'read less: fewer columns, a shorter time, a LIMIT; or raise extensions.chdb.memory_limit',
  '396': 'select fewer rows: add a LIMIT',
  '516': 'check --user and --password',
};

/**
 * Runs one statement. Settings go as query parameters, as in ClickHouse.
 * @throws CommandFailure with ClickHouse's text and a hint, with exit code 69 where nothing answers, or 2 where the
 * connection's URL is none.
 */
export async function askClickHouse(
  connection: ChdbConnection,
  sql: string,
  { format, settings, command = 'query' }: Asking,
): Promise<SqlAnswer> {
  const url = parseServerUrl(connection.url, command);
  url.search = new URLSearchParams({
    ...settings,
    default_format: format,
    database: connection.database,
  }).toString();
  const response = await send(url, connection, sql, command);
  const text = await response.text();
  if (!response.ok) throw toFailure(text, response, command);
  return { format: response.headers.get('x-clickhouse-format') ?? format, text };
}

function parseServerUrl(text: string, command: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new CommandFailure(
    `weir ${command}: "${text}" is no URL of ClickHouse's HTTP interface (write http://127.0.0.1:8123)`,
    exitCodes.usage,
  );
}

async function send(
  url: URL,
  { user, password }: ChdbConnection,
  sql: string,
  command: string,
): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      body: sql,
      headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
    });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(
      `weir ${command}: ${url.origin} does not answer: ${reason}`,
      exitCodes.unreachable,
    );
  }
}

function toFailure(text: string, response: Response, command: string): CommandFailure {
  const code = response.headers.get('x-clickhouse-exception-code') ?? '';
  const said = text
    .trim()
    .replace(/^Code: \d+\. DB::Exception: /, '')
    .replace(/ \(version [^)]*\)$/, '');
  const what = said === '' ? `answered ${response.status}` : escapeControls(said);
  const hint = hints[code] === undefined ? '' : `\nhint: ${hints[code]}`;
  return new CommandFailure(`weir ${command}: ${what}${hint}`);
}
