import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isChdbAvailable } from '../../extensions/chdb/availability.ts';
import { connectionOffer, isChdbConnection } from '../../extensions/chdb/connection.ts';
import type { ChdbConnection } from '../../extensions/chdb/connection.ts';
import { chdbExtension } from '../../extensions/chdb/factory.ts';
import { createRecordingContext } from './component-context.ts';
import type { RecordingContext } from './component-context.ts';

const availability = isChdbAvailable();

/** The `skip` of tests that need the embedded ClickHouse: false where it is there, and why it is not otherwise. */
export const skipWithoutStore: string | false = availability.available
  ? false
  : `no embedded ClickHouse here: ${availability.reason}`;

/** A running embedded store of a test, in a directory of its own. */
export interface StoreUnderTest {
  readonly dataDir: string;
  readonly context: RecordingContext;
  connection(): ChdbConnection;
  /** Ends the store and keeps its directory. */
  stop(): Promise<void>;
  /** Ends the store and removes its directory. */
  remove(): Promise<void>;
}

/** Starts the extension from YAML text on a free port. */
export async function startStoreUnderTest(yaml = ''): Promise<StoreUnderTest> {
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-store-'));
  const context = createRecordingContext('chdb', { dataDir });
  const config: unknown = { endpoint: '127.0.0.1:0', ...(parse(yaml) as object | null) };
  const extension = chdbExtension.create(config, context);
  await extension.start?.();
  const stop = async (): Promise<void> => extension.shutdown?.();
  return {
    dataDir,
    context,
    connection: () => {
      const offered = extension.offers?.[connectionOffer];
      if (!isChdbConnection(offered)) throw new Error('the extension offers no connection');
      return offered;
    },
    stop,
    remove: async () => {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** What ClickHouse answered. */
export interface SqlAnswer {
  readonly status: number;
  /** Of the exception, null where there was none. */
  readonly code: string | null;
  readonly text: string;
}

/** Sends SQL as curl would: credentials in headers, the statement as the body. */
export async function sendSql(
  connection: ChdbConnection,
  sql: string | Uint8Array<ArrayBuffer>,
  {
    search = '',
    headers = {},
  }: { readonly search?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<SqlAnswer> {
  const response = await fetch(`${connection.url}/?${search}`, {
    method: 'POST',
    body: sql,
    headers: {
      'X-ClickHouse-User': connection.user,
      'X-ClickHouse-Key': connection.password,
      ...headers,
    },
  });
  return {
    status: response.status,
    code: response.headers.get('x-clickhouse-exception-code'),
    text: (await response.text()).trim(),
  };
}

/** The rows that a query selects, as objects. @throws Error with ClickHouse's text where it fails. */
export async function selectRows(
  connection: ChdbConnection,
  sql: string,
): Promise<Record<string, unknown>[]> {
  const { status, text } = await sendSql(connection, sql, { search: 'default_format=JSONEachRow' });
  if (status !== 200) throw new Error(text);
  // Sound because JSONEachRow writes one object a line.
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
