import { z } from 'zod';
import {
  defaultTopics,
  kafkaConnectionKeys,
  kafkaEncoding,
} from '../../exporters/kafka/connection-config.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { byteSizeOr } from '../../pipeline/config/byte-size.ts';
import { durationOr } from '../../pipeline/config/duration.ts';

type SignalKeys = z.ZodPrefault<
  z.ZodObject<
    { topic: z.ZodPrefault<z.ZodString>; encoding: z.ZodOptional<typeof kafkaEncoding> },
    z.core.$strict
  >
>;

const ofSignal = (signal: Signal): SignalKeys =>
  z
    .strictObject({
      topic: z.string().min(1).prefault(defaultTopics[signal]).meta({ description: 'Topic.' }),
      encoding: kafkaEncoding
        .optional()
        .meta({ description: 'Encoding; `encoding` where absent.' }),
    })
    .prefault({})
    .meta({ description: `Where ${signal} come from, where a pipeline takes them.` });

/** Keys of the `kafka` receiver, the Collector's. */
export const kafkaReceiverConfig = z.strictObject({
  ...kafkaConnectionKeys,
  encoding: kafkaEncoding
    .default('otlp_proto')
    .meta({ description: 'What a message holds: an export request as protobuf or OTLP/JSON.' }),
  traces: ofSignal('traces'),
  metrics: ofSignal('metrics'),
  logs: ofSignal('logs'),
  group_id: z
    .string()
    .min(1)
    .default('otel-collector')
    .meta({ description: 'Consumer group; its members share the partitions.' }),
  initial_offset: z
    .enum(['latest', 'earliest'])
    .default('latest')
    .meta({ description: 'Where a group starts in a partition that it has never committed in.' }),
  session_timeout: durationOr('10s').meta({
    description: 'A member that was not heard of for so long loses its partitions.',
  }),
  heartbeat_interval: durationOr('3s').meta({
    description: 'How often a member is heard of; well below session_timeout.',
  }),
  min_fetch_size: z
    .int()
    .min(1)
    .default(1)
    .meta({ description: 'Bytes that a broker waits for before it answers.' }),
  max_fetch_size: byteSizeOr('10MiB').meta({
    description: 'Most bytes of one answer (the Collector: 1 MiB).',
  }),
  max_partition_fetch_size: byteSizeOr('1MiB').meta({
    description: 'Most bytes of one partition in an answer, and under way at once.',
  }),
  max_fetch_wait: durationOr('250ms').meta({ description: 'How long a broker waits for them.' }),
  autocommit: z
    .strictObject({
      enable: z.boolean().default(true).meta({ description: 'Accepted as in the Collector.' }),
      interval: durationOr('1s').meta({ description: 'Accepted as in the Collector.' }),
    })
    .prefault({})
    .meta({ description: 'Without effect: offsets are committed below what is settled.' }),
  message_marking: z
    .strictObject({
      after: z.boolean().default(true).meta({ description: 'Accepted as in the Collector.' }),
      on_error: z.boolean().default(false).meta({ description: 'Accepted as in the Collector.' }),
    })
    .prefault({})
    .meta({ description: 'Without effect: nothing is marked before it is settled.' }),
});

/** The parsed form of `kafkaReceiverConfig`. */
export type KafkaReceiverConfig = z.output<typeof kafkaReceiverConfig>;
