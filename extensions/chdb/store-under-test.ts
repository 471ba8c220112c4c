import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Extension } from '../../pipeline/component/extension.ts';
import type { ChdbConnection } from './connection.ts';
import { connectionOffer, isChdbConnection } from './connection.ts';
import { chdbExtension } from './factory.ts';

/** A context for tests: real time, no log, and metrics summed by name. */
export interface RecordingContext extends ComponentContext {
  readonly counts: Map<string, number>;
  readonly offered: Map<string, unknown>;
}

/** Creates a context with its data directory under the system's temporary one. */
export function createRecordingContext(id: string, dataDir: string): RecordingContext {
  const counts = new Map<string, number>();
  const offered = new Map<string, unknown>();
  const silent = (): void => undefined;
  const logger = { debug: silent, info: silent, warn: silent, error: silent, child: () => logger };
  return {
    id,
    dataDir,
    counts,
    offered,
    logger,
    meter: {
      count: (name, labels, value = 1) => {
        const key = [name, ...Object.values(labels ?? {})].join(' ');
        counts.set(key, (counts.get(key) ?? 0) + value);
      },
      gauge: (name, value) => counts.set(name, value),
      observe: silent,
    },
    clock: {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          const timer = setTimeout(resolve, ms);
          signal?.addEventListener('abort', () => {
            clearTimeout(timer);
            reject(new Error('aborted'));
          });
        }),
    },
    ingressBudget: { limit: 0, reserved: 0, reserve: () => Promise.resolve(undefined) },
    offer: (name) => offered.get(name),
  };
}

/** A running embedded store of a test, in a directory of its own. */
export interface StoreUnderTest {
  readonly dataDir: string;
  readonly context: RecordingContext;
  readonly extension: Extension;
  connection(): ChdbConnection;
  /** Stops it and removes its directory. */
  remove(): Promise<void>;
}

/** Starts the extension from YAML text on a free port. */
export async function startStoreUnderTest(yaml = ''): Promise<StoreUnderTest> {
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-store-'));
  const context = createRecordingContext('chdb', dataDir);
  const config: unknown = parse(`endpoint: 127.0.0.1:0\n${yaml}`);
  const extension = chdbExtension.create(config, context);
  await extension.start?.();
  return {
    dataDir,
    context,
    extension,
    connection: () => {
      const offered = extension.offers?.[connectionOffer];
      if (!isChdbConnection(offered)) throw new Error('the extension offers no connection');
      return offered;
    },
    remove: async () => {
      await extension.shutdown?.();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Sends SQL as curl would: credentials in headers, the statement as the body. */
export async function curl(
  connection: ChdbConnection,
  sql: string | Uint8Array<ArrayBuffer>,
  { search = '', headers = {} }: { search?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; code: string | null; text: string }> {
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
