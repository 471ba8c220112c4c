import type { Batch, BatchReader } from '../../pipeline/batch/batch.ts';
import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import { allocateSharedTable, openSharedTable } from '../../pipeline/stage/shared-table.ts';
import { genaiSchema } from './config.ts';
import { genaiTransform } from './genai.worker.ts';
import { readPrices } from './prices/prepare-prices.ts';

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

/** Far more than tests and benchmarks have. */
const rememberedCalls = 1 << 16;

/** Builds the processor from its YAML data with a billing table of its own. */
export async function createGenaiRun(config: unknown = {}): Promise<GenaiRun> {
  const keys = createKeys();
  const reader = createBatchReader(keys);
  const counts = new Map<string, number>();
  const table = openSharedTable(allocateSharedTable(rememberedCalls));
  const settings = genaiSchema.parse(config ?? {});
  const transform = genaiTransform.create(
    settings,
    { prices: await readPrices(settings.catalog, { dataDir: '', id: 'genai' }) },
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
