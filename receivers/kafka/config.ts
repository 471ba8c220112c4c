import { z } from 'zod';
import {
  defaultTopics,
  kafkaConnectionKeys,
  kafkaEncoding,
} from '../../exporters/kafka/connection-config.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { byteSizeOr } from '../../pipeline/config/byte-size.ts';
import { duration, durationOr } from '../../pipeline/config/duration.ts';
import { unavailable } from '../../pipeline/config/unavailable.ts';

type SignalKeys = z.ZodPrefault<
  z.ZodObject<
    {
      topics: z.ZodPrefault<z.ZodArray<z.ZodString>>;
      topic: z.ZodOptional<z.ZodString>;
      encoding: z.ZodOptional<typeof kafkaEncoding>;
      exclude_topics: ReturnType<typeof unavailable>;
    },
    z.core.$strict
  >
>;

const topic = z.string().regex(/^[^^]/, {
  error: (issue) =>
    `"${String(issue.input)}" is a pattern, which is not available here (write each topic)`,
});

const ofSignal = (signal: Signal): SignalKeys =>
  z
    .strictObject({
      topics: z
        .array(topic)
        .min(1, 'at least one topic is needed')
        .prefault([defaultTopics[signal]])
        .meta({ description: 'Topics.' }),
      topic: topic.optional().meta({ description: 'The older spelling of `topics` with one.' }),
      encoding: kafkaEncoding
        .optional()
        .meta({ description: 'Encoding; `encoding` where absent.' }),
      exclude_topics: unavailable('topics are not found by patterns here; write them in `topics`'),
    })
    .prefault({})
    .meta({ description: `Where ${signal} come from, where a pipeline takes them.` });

const strategy = z.enum(['range', 'roundrobin', 'sticky', 'cooperative-sticky']);

/** Keys of the `kafka` receiver, the Collector's. */
export const kafkaReceiverConfig = z.strictObject({
  ...kafkaConnectionKeys,
  encoding: kafkaEncoding
    .default('otlp_proto')
    .meta({ description: 'What a message holds: an export request as protobuf or OTLP/JSON.' }),
  traces: ofSignal('traces'),
  metrics: ofSignal('metrics'),
  logs: ofSignal('logs'),
  header_extraction: z
    .strictObject({
      extract_headers: z.boolean().default(false).meta({
        description: 'Whether headers become resource attributes `kafka.header.<name>`.',
      }),
      headers: z
        .array(z.string().min(1))
        .default([])
        .meta({ description: 'Those headers, where a message has them.' }),
    })
    .prefault({})
    .meta({ description: 'What is kept of the headers of messages.' }),
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
  group_instance_id: z.string().optional().meta({
    description: 'Accepted as in the Collector: the client knows no static members.',
  }),
  group_rebalance_strategy: strategy.optional().meta({
    description: 'Accepted as in the Collector: partitions are shared out in turn.',
  }),
  group_rebalance_strategies: z.array(strategy).optional().meta({
    description: 'Accepted as in the Collector: partitions are shared out in turn.',
  }),
  rack_id: z.string().default('').meta({
    description: 'Rack of this member: it fetches from a replica there, where brokers know one.',
  }),
  use_leader_epoch: z
    .boolean()
    .default(true)
    .meta({ description: 'Accepted as in the Collector.' }),
  min_fetch_size: z
    .int()
    .min(1)
    .default(1)
    .meta({ description: 'Bytes that a broker waits for before it answers.' }),
  max_fetch_size: byteSizeOr('10MiB')
    .refine(
      (bytes) => bytes > 0,
      'must be more than 0, which once meant no limit; leave it out for 10MiB',
    )
    .meta({
      description: 'Most bytes of one answer (the Collector: 1 MiB).',
    }),
  max_partition_fetch_size: byteSizeOr('1MiB').meta({
    description: 'Most bytes of one partition in an answer, and under way at once.',
  }),
  default_fetch_size: z.int().min(0).optional().meta({
    description: 'Accepted for the Collector before 2026: max_partition_fetch_size is what counts.',
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
      on_permanent_error: z
        .boolean()
        .optional()
        .meta({ description: 'Accepted as in the Collector.' }),
    })
    .prefault({})
    .meta({ description: 'Without effect: nothing is marked before it is settled.' }),
  error_backoff: z
    .strictObject({
      enabled: z.boolean().default(false).meta({ description: 'Accepted as in the Collector.' }),
      initial_interval: duration().optional().meta({ description: 'Accepted.' }),
      max_interval: duration().optional().meta({ description: 'Accepted.' }),
      multiplier: z.number().optional().meta({ description: 'Accepted.' }),
      randomization_factor: z.number().optional().meta({ description: 'Accepted.' }),
      max_elapsed_time: duration().optional().meta({ description: 'Accepted.' }),
    })
    .prefault({})
    .meta({ description: 'Without effect: what a pipeline does not take is offered again.' }),
});

/** The parsed form of `kafkaReceiverConfig`. */
export type KafkaReceiverConfig = z.output<typeof kafkaReceiverConfig>;
