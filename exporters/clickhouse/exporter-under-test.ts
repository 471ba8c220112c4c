import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { parse } from 'yaml';
import { connectionOffer } from '../../extensions/chdb/connection.ts';
import type { ChdbConnection } from '../../extensions/chdb/connection.ts';
import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { selectRows, startStoreUnderTest } from '../../test/support/embedded-store.ts';
import type { StoreUnderTest } from '../../test/support/embedded-store.ts';
import { projectRoot } from '../../test/support/project-root.ts';
import { createEncode } from './clickhouse.worker.ts';
import { clickhouseExporter } from './factory.ts';

const reader = createBatchReader(createKeys());

/** The request of `testdata` for a signal, in protobuf. */
export function testdata(signal: Signal): Uint8Array {
  const file = join(projectRoot, `exporters/clickhouse/testdata/${signal}.json`);
  return decodeJson(signal, readFileSync(file));
}

/** Makes an exporter from YAML text; the embedded store offers it the connection, where there is one. */
export function createExporter(yaml: string, connection?: ChdbConnection): Exporter {
  const config: unknown = parse(yaml) ?? {};
  const context = createRecordingContext('clickhouse', {
    offer: (name) => (name === connectionOffer ? connection : undefined),
  });
  return clickhouseExporter.create(config, context);
}

/** A request that a test sends as a slice; an id that was sent before makes it a repeat. */
export interface SliceText {
  readonly signal: Signal;
  readonly bytes: Uint8Array;
  readonly id: string;
}

/** Encodes a slice and sends its payloads one after the other; the outcomes are in their order. */
export async function send(
  exporter: Exporter,
  { signal, bytes, id }: SliceText,
): Promise<Outcome[]> {
  const { items } = reader.open(signal, bytes);
  const payloads = createEncode(signal)({ signal, bytes, items }, reader);
  const outcomes: Outcome[] = [];
  for (const [index, payload] of payloads.entries()) {
    const delivery = {
      id: `${id}.${index}`,
      signal,
      attempt: 1,
      abort: AbortSignal.timeout(30_000),
    };
    outcomes.push(await exporter.send(payload, delivery));
  }
  return outcomes;
}

/** The embedded store that the tests of one block share. */
export interface SharedStore {
  connection(): ChdbConnection;
  /** The rows of a query, as objects. @throws Error where it fails. */
  select(sql: string): Promise<Record<string, unknown>[]>;
  /** Runs an exporter on a database of its own, so that tests do not see each other's rows. */
  withExporter(database: string, use: (exporter: Exporter) => Promise<void>): Promise<void>;
}

/** Starts a store before the tests of the `describe` block that calls this, and removes it after them. */
export function shareStore(): SharedStore {
  let store: StoreUnderTest | undefined;
  before(async () => {
    store = await startStoreUnderTest();
  });
  after(() => store?.remove());
  const connection = (): ChdbConnection => {
    if (store === undefined) throw new Error('the store runs while tests run');
    return store.connection();
  };
  return {
    connection,
    select: (sql) => selectRows(connection(), sql),
    withExporter: async (database, use) => {
      const exporter = createExporter(`database: ${database}`, connection());
      await exporter.start?.();
      try {
        await use(exporter);
      } finally {
        await exporter.shutdown?.();
      }
    },
  };
}
