import { defineEncode, defineMap, defineTransform } from '../../pipeline/component/transform.ts';
import type { Payload } from '../../pipeline/component/transform.ts';
import type { WorkerParts } from '../../pipeline/component/registry.ts';
import { TableKey } from '../../pipeline/component/table-key.ts';

/** What `test_action` does to spans, by their name. */
const actions: Readonly<Record<string, (name: string) => void>> = {
  throw: () => {
    throw new Error('planted secret 4111111111111111');
  },
  exit: () => process.exit(1),
  hang: () => {
    for (;;) Math.random();
  },
  // Heap, not buffers: only the heap is under the worker's limit.
  oom: () => {
    const hoard: string[][] = [];
    for (;;)
      hoard.push(Array.from({ length: 100_000 }, (_, index) => `${index} of ${hoard.length}`));
  },
};

const testAction = defineTransform<{ readonly mark?: string }>({
  type: 'test_action',
  create: (config, _prepared, context) => {
    const marked = context.keys.key('marked');
    return (batch) => {
      for (const item of batch) {
        actions[item.name]?.(item.name);
        if (item.name === 'drop') item.drop('filtered');
        else if (item.name === 'block') item.drop('blocked');
        else if (config.mark !== undefined) item.attributes.setString(marked, config.mark);
        context.count('weir_test_items_total', { name: 'seen' });
      }
    };
  },
});

const testSampler = defineTransform({
  type: 'test_sampler',
  create: () => (batch) => {
    for (const item of batch) if (item.name === 'sample') item.drop('sampled_out');
  },
});

const testTable = defineTransform({
  type: 'test_table',
  create: (_config, _prepared, context) => {
    const table = context.sharedTable('claims');
    const key = new TableKey();
    return (batch) => {
      for (const item of batch) {
        if (table.claim(key.clear().text(item.name), 1n) !== 1n) item.drop('filtered');
      }
    };
  },
});

const testCount = defineMap<unknown, undefined, number>({
  type: 'test_count',
  create: () => (batch) => batch.items,
});

const testEncoding = defineEncode({
  type: 'test_encoding',
  create: () => (slice, reader) => {
    const payloads: Payload[] = [];
    for (const item of reader.open(slice.signal, slice.bytes)) {
      actions[item.name]?.(item.name);
      payloads.push({ body: Buffer.from(item.name), items: 1, route: item.name });
    }
    return payloads;
  },
});

/** Worker parts that drop, count, fail and kill on demand, by the names of the items. */
export const testParts: WorkerParts = {
  transform: {
    test_action: () => Promise.resolve(testAction),
    test_sampler: () => Promise.resolve(testSampler),
    test_table: () => Promise.resolve(testTable),
  },
  map: { test_count: () => Promise.resolve(testCount) },
  encode: { test_encoding: () => Promise.resolve(testEncoding) },
};
