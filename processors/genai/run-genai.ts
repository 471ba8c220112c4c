import type { Batch, BatchReader } from '../../pipeline/batch/batch.ts';
import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import type { SharedTable } from '../../pipeline/component/shared-table.ts';
import { genaiProcessor } from './factory.ts';
import { genaiTransform } from './genai.worker.ts';
import { loadBundledPrices } from './prices/prepare-prices.ts';

/** The processor as one worker runs it, for tests and benchmarks. */
export interface GenaiRun {
  readonly reader: BatchReader;
  /** Counted metrics by name and labels. */
  readonly counts: ReadonlyMap<string, number>;
  /** Edits an open batch. */
  transform(batch: Batch): void;
  /** Opens, edits and encodes a traces request. */
  run(request: Uint8Array): Uint8Array;
}

/** Builds the processor from its YAML data with a billing table of its own. */
export async function createGenaiRun(config: unknown = {}): Promise<GenaiRun> {
  const keys = createKeys();
  const reader = createBatchReader(keys);
  const counts = new Map<string, number>();
  const table = createMapTable();
  const transform = genaiTransform.create(
    genaiProcessor.schema.parse(config ?? {}),
    { prices: await loadBundledPrices() },
    {
      id: 'genai',
      signal: 'traces',
      keys,
      count: (name, labels = {}, value = 1) => {
        const series = [name, ...Object.values(labels)].join(' ');
        counts.set(series, (counts.get(series) ?? 0) + value);
      },
      sharedTable: () => table,
    },
  );
  return {
    reader,
    counts,
    transform,
    run: (request) => {
      const batch = reader.open('traces', request);
      transform(batch);
      return batch.encode();
    },
  };
}

function createMapTable(): SharedTable {
  const values = new Map<string, bigint>();
  return {
    capacity: Infinity,
    claim: (key, value) => {
      if (!values.has(key)) values.set(key, value);
      return values.get(key) ?? value;
    },
    get: (key) => values.get(key) ?? 0n,
  };
}
