import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SpanRow } from '../../../exporters/debug/span-row.ts';
import { readChdbConnection } from '../../../extensions/chdb/connection.ts';
import { createFileReader } from './file-rows.ts';
import { createStoreReader } from './store-rows.ts';

/** What came back of a run. */
export interface ReadBack {
  readonly rows: readonly SpanRow[];
  /** Where the rows were read, in words; undefined where none came back. */
  readonly source: string | undefined;
  /** Why the last look at the store failed; undefined where it answered or there is none. */
  readonly storeError: string | undefined;
}

/** What to wait for. */
export interface Expected {
  readonly traceIds: readonly string[];
  readonly spans: number;
}

const pollMs = 250;

/**
 * Waits until all spans have come back from the embedded store, or from the file that stands in for it, or until
 * `timeoutMs` is over; then gives what there is.
 */
export async function readBack(
  dataDir: string,
  expected: Expected,
  timeoutMs: number,
): Promise<ReadBack> {
  const look = createLook(dataDir, expected.traceIds);
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found.rows.length >= expected.spans || performance.now() > deadline) return found;
    await delay(pollMs);
  }
}

function createLook(dataDir: string, traceIds: readonly string[]): () => Promise<ReadBack> {
  const file = join(dataDir, fileName);
  const readFile = createFileReader(file);
  let storeError: string | undefined;
  const fromStore = async (): Promise<ReadBack | undefined> => {
    // Looked up each time: a daemon that has just been started writes it when its store is up.
    const connection = readChdbConnection(dataDir);
    if (connection === undefined) return undefined;
    try {
      const rows = await createStoreReader(connection)(traceIds);
      storeError = undefined;
      return { rows, source: `the embedded ClickHouse at ${connection.url}`, storeError };
    } catch (error) {
      storeError = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  };
  return async () => {
    const stored = await fromStore();
    if (stored !== undefined && stored.rows.length > 0) return stored;
    const rows = await readFile(traceIds);
    return { rows, source: rows.length === 0 ? undefined : file, storeError };
  };
}

/** What the built-in configuration's file exporter writes where there is no embedded store. */
const fileName = 'telemetry.jsonl';
