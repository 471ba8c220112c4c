import { defineSetting } from '../../pipeline/component/processor.ts';
import type { SettingFactory } from '../../pipeline/component/processor.ts';
import { signals } from '../../pipeline/component/signal.ts';
import { batchConfig } from './config.ts';

/** The Collector's `batch`: here exporters gather what they send from the log, so it sets how much and how long. */
export const batchProcessor: SettingFactory = defineSetting({
  type: 'batch',
  signals,
  schema: batchConfig,
  note: 'sets sending_queue.batch of the exporters of its pipelines that have none',
  settings: (config) => ({
    exportBatch: {
      minItems: config.timeout === 0 ? 0 : config.send_batch_size,
      maxItems: config.send_batch_max_size === 0 ? Infinity : config.send_batch_max_size,
      flushMs: config.timeout,
    },
  }),
});
