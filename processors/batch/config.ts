import { z } from 'zod';
import { durationOr } from '../../pipeline/config/duration.ts';

/** The Collector's keys of `batch`. */
export const batchConfig = z
  .strictObject({
    send_batch_size: z
      .int()
      .min(0)
      .default(8192)
      .meta({ description: 'Items after which a batch is sent, whatever the timeout; 0: none.' }),
    timeout: durationOr('200ms').meta({
      description: 'A batch is sent after this, whatever its size; 0 sends at once.',
    }),
    send_batch_max_size: z
      .int()
      .min(0)
      .default(0)
      .meta({ description: 'Never more items at once; 0: no cap. At least send_batch_size.' }),
    metadata_keys: z
      .array(z.string())
      .max(0, { message: 'batches are not kept apart by metadata; stamp it with include_metadata' })
      .default([])
      .meta({ description: 'Must be empty: batches are not kept apart by client metadata.' }),
    metadata_cardinality_limit: z
      .int()
      .min(0)
      .default(1000)
      .meta({ description: 'Accepted as in the Collector, without effect.' }),
  })
  .refine(
    (config) =>
      config.send_batch_max_size === 0 || config.send_batch_max_size >= config.send_batch_size,
    { path: ['send_batch_max_size'], message: 'must be 0 or at least send_batch_size' },
  );
