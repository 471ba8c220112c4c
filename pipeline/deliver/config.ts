import { z } from 'zod';
import type { DeliverySettings } from '../component/exporter.ts';
import { byteSize } from '../config/byte-size.ts';
import { duration, durationOr } from '../config/duration.ts';
import { maxSlicesOut } from '../log/storage.ts';

/** The Collector's time for repeats, where what is dropped afterwards is lost to the end of the process anyway. */
const defaultMaxElapsedMs = 300_000;

/** The default quota of an exporter whose YAML names neither a size nor a sizer. */
const defaultQuotaBytes = 256 * 1024 * 1024;

const retryOnFailure = (initialInterval: string) =>
  z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .meta({ description: 'Whether failed sends are repeated.' }),
      initial_interval: durationOr(initialInterval).meta({
        description: 'Longest wait before the first repeat.',
      }),
      randomization_factor: z
        .number()
        .min(0)
        .max(1)
        .default(0.5)
        .meta({ description: 'Accepted as in the Collector; the wait is always fully random.' }),
      multiplier: z
        .number()
        .min(1)
        .default(1.5)
        .meta({ description: 'Growth of the wait from one repeat to the next.' }),
      max_interval: durationOr('30s').meta({ description: 'The wait grows no further than this.' }),
      max_elapsed_time: duration().optional().meta({
        description:
          'Give up and drop, counted, after this long; 0 means never. Where absent, 300s, and 0 with `sending_queue.storage`.',
      }),
    })
    .prefault({})
    .meta({ description: 'Repeats after retryable failures.' });

/** A size with a unit is one of bytes; without it the sizer says of what. */
const quotaBytes = z
  .string()
  .regex(/B$/, 'is not a size (use 64MiB, 1GiB)')
  .transform((text): string | number => text)
  .pipe(byteSize())
  .transform((bytes) => ({ bytes }))
  .meta({ format: 'size' });

const queueBatch = z.strictObject({
  flush_timeout: durationOr('200ms').meta({ description: 'Send what there is after this.' }),
  min_size: z.int().min(0).default(8192).meta({ description: 'Send once this much has gathered.' }),
  max_size: z.int().min(0).default(0).meta({ description: 'Never more at once; 0: no cap.' }),
  sizer: z
    .enum(['items', 'bytes'])
    .optional()
    .meta({ description: 'Unit of both; where absent that of the queue, or items.' }),
  partition: z
    .strictObject({
      metadata_keys: z
        .array(z.string())
        .max(
          0,
          'is not available here: the log keeps no client metadata to part batches by; receivers.otlp.stamp makes resource attributes of it, which every item keeps',
        )
        .default([])
        .meta({ description: 'Only empty: batches are not parted by client metadata.' }),
    })
    .prefault({})
    .meta({ description: 'How batches are parted.' }),
});

const sendingQueue = z
  .strictObject({
    enabled: z.boolean().default(true).meta({
      description:
        'Where false, the queue is in memory and nothing is gathered. There is one in any case: requests are answered once the log has them.',
    }),
    num_consumers: z
      .int()
      .min(1)
      .default(4)
      .meta({
        description: `Slices in flight at once; at most ${maxSlicesOut} with \`storage\`. Fewer while the sink is overloaded.`,
      }),
    queue_size: z
      .union([z.int().min(1), quotaBytes])
      .optional()
      .meta({
        description: 'Quota in units of the sizer, or a size such as 64MiB; 256MiB where absent.',
      }),
    sizer: z
      .enum(['requests', 'items', 'bytes'])
      .optional()
      .meta({ description: 'Unit of queue_size; requests where that is a number alone.' }),
    block_on_overflow: z
      .boolean()
      .default(false)
      .meta({ description: 'Accepted as in the Collector; receivers hold calls in any case.' }),
    on_full: z
      .enum(['refuse', 'drop_oldest'])
      .default('refuse')
      .meta({ description: 'What a full quota does: refuse new requests, or drop the oldest.' }),
    storage: z
      .string()
      .optional()
      .meta({ description: 'Id of the storage extension; memory where absent.' }),
    wait_for_result: z
      .boolean()
      .default(false)
      .refine((waits) => !waits, 'requests are answered here once the log has them; leave it out')
      .meta({ description: 'Only false: requests are answered once the log has them.' }),
    batch: queueBatch.optional().meta({ description: 'Gathers requests before they are sent.' }),
  })
  .superRefine(({ queue_size: size, sizer = 'bytes' }, context) => {
    if (typeof size !== 'object' || sizer === 'bytes') return;
    const message = `a size in bytes does not count ${sizer}; write a number, or sizer: bytes`;
    context.addIssue({ code: 'custom', path: ['queue_size'], message });
  })
  .prefault({})
  .meta({ description: 'What the exporter may owe, and how it takes from the log.' });

interface DeliveryKeys {
  readonly timeout: ReturnType<typeof durationOr>;
  readonly retry_on_failure: ReturnType<typeof retryOnFailure>;
  readonly sending_queue: typeof sendingQueue;
}

/** The keys that every exporter shares with the Collector's exporterhelper; spread them into an exporter's strict object. */
export function deliveryKeys(defaults: {
  readonly timeout: string;
  /** 5s, the exporterhelper's, where absent. */
  readonly initialInterval?: string;
}): DeliveryKeys {
  return {
    timeout: durationOr(defaults.timeout).meta({ description: 'Per attempt; 0 means none.' }),
    retry_on_failure: retryOnFailure(defaults.initialInterval ?? '5s'),
    sending_queue: sendingQueue,
  };
}

/** The parsed form of `deliveryKeys`. */
export interface DeliveryConfig {
  readonly timeout: number;
  readonly retry_on_failure: z.output<ReturnType<typeof retryOnFailure>>;
  readonly sending_queue: z.output<typeof sendingQueue>;
}

/** What the sink itself bounds; the delivery loop forms slices within it. */
export interface SinkLimits {
  readonly maxBytes: number;
}

/** Translates the Collector's keys into the delivery loop's terms, with a note where they mean something else here. */
export function toDeliverySettings(config: DeliveryConfig, limits: SinkLimits): DeliverySettings {
  const { retry_on_failure: retry, sending_queue: queue } = config;
  const storage = queue.enabled ? queue.storage : undefined;
  const most = storage === undefined ? Infinity : maxSlicesOut;
  return {
    timeoutMs: config.timeout,
    retry: {
      enabled: retry.enabled,
      initialMs: retry.initial_interval,
      maxMs: retry.max_interval,
      multiplier: retry.multiplier,
      maxElapsedMs: retry.max_elapsed_time ?? (storage === undefined ? defaultMaxElapsedMs : 0),
    },
    queue: {
      consumers: Math.min(queue.num_consumers, most),
      ...toQuota(queue),
      onFull: queue.on_full,
      ...(storage !== undefined && { storage }),
    },
    batch: toBatch(queue, limits),
    notes: [...noteRetry(config), ...noteQueue(config)],
  };
}

function noteRetry({ retry_on_failure: retry, sending_queue: queue }: DeliveryConfig): string[] {
  const isStored = queue.enabled && queue.storage !== undefined;
  if (!retry.enabled || !isStored || retry.max_elapsed_time !== undefined) return [];
  return [
    'what is on disk is repeated until the sink takes it: retry_on_failure.max_elapsed_time is 0 with storage (300s in the Collector)',
  ];
}

function noteQueue({ sending_queue: queue }: DeliveryConfig): string[] {
  if (!queue.enabled) {
    return [
      'sending_queue.enabled: false means a queue in memory here: requests are answered once the log has them, not once they are sent',
    ];
  }
  if (queue.storage === undefined || queue.num_consumers <= maxSlicesOut) return [];
  return [
    `sending_queue.num_consumers: ${queue.num_consumers} is taken as ${maxSlicesOut}, the most slices of a stored queue in flight`,
  ];
}

const ungathered = { minBytes: 0, minItems: 0, maxItems: Infinity, flushMs: 0 };

function toQuota({ queue_size: size, sizer }: DeliveryConfig['sending_queue']) {
  if (size === undefined) return { size: defaultQuotaBytes, sizer: sizer ?? 'bytes' };
  if (typeof size === 'object') return { size: size.bytes, sizer: 'bytes' as const };
  return { size, sizer: sizer ?? 'requests' };
}

function toBatch(
  { enabled, sizer, batch }: DeliveryConfig['sending_queue'],
  limits: SinkLimits,
): DeliverySettings['batch'] {
  if (!enabled || batch === undefined) return { ...ungathered, maxBytes: limits.maxBytes };
  const byBytes = (batch.sizer ?? sizer) === 'bytes';
  const maxSize = batch.max_size === 0 ? Infinity : batch.max_size;
  return {
    minBytes: byBytes ? batch.min_size : 0,
    minItems: byBytes ? 0 : batch.min_size,
    maxBytes: byBytes ? Math.min(limits.maxBytes, maxSize) : limits.maxBytes,
    maxItems: byBytes ? Infinity : maxSize,
    flushMs: batch.flush_timeout,
  };
}
