import { z } from 'zod';
import type { Signal } from '../../pipeline/component/signal.ts';
import { byteSizeOr } from '../../pipeline/config/byte-size.ts';
import { deliveryKeys } from '../../pipeline/deliver/config.ts';
import { unavailable } from '../../pipeline/config/unavailable.ts';
import { hasZstd } from './codecs.ts';
import { defaultTopics, kafkaConnectionKeys, kafkaEncoding } from './connection-config.ts';

const metadataKey = (what: string): z.ZodOptional<z.ZodString> =>
  z
    .string()
    .min(1)
    .optional()
    .meta({
      description: `${what} what the resource attribute of this name says: metadata of a request that the receiver has stamped on it.`,
    });

type SignalKeys = z.ZodPrefault<
  z.ZodObject<
    {
      topic: z.ZodOptional<z.ZodString>;
      encoding: z.ZodOptional<typeof kafkaEncoding>;
      topic_from_metadata_key: z.ZodOptional<z.ZodString>;
      message_key_from_metadata_key: z.ZodOptional<z.ZodString>;
    },
    z.core.$strict
  >
>;

const ofSignal = (signal: Signal): SignalKeys =>
  z
    .strictObject({
      topic: z
        .string()
        .min(1)
        .optional()
        .meta({ description: `Topic; \`topic\` where absent, else ${defaultTopics[signal]}.` }),
      encoding: kafkaEncoding
        .optional()
        .meta({ description: 'Encoding; `encoding` where absent.' }),
      topic_from_metadata_key: metadataKey('Topic, before `topic_from_attribute`:'),
      message_key_from_metadata_key: metadataKey('Key of the message:'),
    })
    .prefault({})
    .meta({ description: `Where ${signal} go, and how.` });

const hasher = z.enum(['sarama_compat', 'murmur2']).default('sarama_compat').meta({
  description: 'sarama_compat: FNV-1a, the Collector’s default; murmur2: the Java client’s.',
});

const recordPartitioner = z
  .strictObject({
    sticky_key: z.strictObject({ hasher }).optional().meta({
      description:
        'By the hash of the key; without a key, one partition a request. This is the default.',
    }),
    round_robin: z
      .strictObject({})
      .optional()
      .meta({ description: 'Each message to the next partition, whatever its key.' }),
    least_backup: z.strictObject({}).optional().meta({
      description: 'As round_robin: nothing is kept back for a partition here.',
    }),
    extension: unavailable(
      'no extension can choose partitions here; use sticky_key or round_robin',
    ),
  })
  .refine((chosen) => Object.keys(chosen).length <= 1, {
    error: 'one partitioner at most can be chosen',
  })
  .prefault({})
  .meta({ description: 'Which partition a message goes to; one key at most.' });

const producer = z
  .strictObject({
    max_message_bytes: byteSizeOr('1000000').meta({
      description:
        'Largest message, and the most of one request, uncompressed; below `max.message.bytes` of the topic.',
    }),
    required_acks: z
      .union([z.literal('all'), z.literal([-1, 0, 1])])
      .default('all')
      .meta({
        description:
          'all or -1: every replica in sync has it (the Collector: 1); 1: the leader has it; 0: nobody was asked.',
      }),
    compression: z
      .enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
      .default('none')
      .refine((name) => name !== 'zstd' || hasZstd, {
        error: `zstd needs Node 22.15 or newer and this is ${process.version} (use lz4, snappy, gzip or none)`,
      })
      .meta({ description: 'Compression of messages.' }),
    compression_params: z
      .strictObject({
        level: z.int().default(-1).meta({ description: 'Accepted as in the Collector.' }),
      })
      .prefault({})
      .meta({ description: 'Without effect: messages are compressed at the usual level.' }),
    max_broker_write_bytes: z.int().min(1).default(104857600).meta({
      description: 'Accepted as in the Collector: a request has at most max_message_bytes.',
    }),
    allow_auto_topic_creation: z
      .boolean()
      .default(true)
      .meta({ description: 'Ask the brokers to create topics that do not exist.' }),
    flush_max_messages: z.int().min(0).optional().meta({
      description: 'Accepted as in the Collector: `sending_queue.batch` says what is gathered.',
    }),
    linger: z.string().optional().meta({
      description: 'Accepted as in the Collector: `sending_queue.batch` says how long.',
    }),
  })
  .prefault({})
  .meta({ description: 'How messages are produced.' });

/** Keys of the `kafka` exporter, the Collector's. */
export const kafkaExporterConfig = z
  .strictObject({
    ...kafkaConnectionKeys,
    topic: z.string().min(1).optional().meta({ description: 'Topic of every signal.' }),
    encoding: kafkaEncoding
      .default('otlp_proto')
      .meta({ description: 'An export request as protobuf or as OTLP/JSON.' }),
    traces: ofSignal('traces'),
    metrics: ofSignal('metrics'),
    logs: ofSignal('logs'),
    topic_from_attribute: z.string().min(1).optional().meta({
      description: 'Resource attribute that names the topic, where a resource has it.',
    }),
    include_metadata_keys: z.array(z.string().min(1)).default([]).meta({
      description:
        'Headers of messages, from resource attributes of these names: metadata that the receiver has stamped.',
    }),
    record_headers: z
      .record(z.string().min(1), z.string())
      .default({})
      .meta({ description: 'Headers of every message.' }),
    partition_traces_by_id: z
      .boolean()
      .default(false)
      .meta({ description: 'One message a trace, with the trace id in hex as its key.' }),
    partition_metrics_by_resource_attributes: z
      .boolean()
      .default(false)
      .meta({ description: 'One message a resource, with a hash of its attributes as its key.' }),
    partition_logs_by_resource_attributes: z
      .boolean()
      .default(false)
      .meta({ description: 'One message a resource, with a hash of its attributes as its key.' }),
    partition_logs_by_trace_id: z.boolean().default(false).meta({
      description: 'One message a trace, with the trace id in hex as its key; none without one.',
    }),
    record_partitioner: recordPartitioner,
    producer,
    ...deliveryKeys({ timeout: '5s' }),
  })
  .superRefine((config, context) => {
    for (const [signal, flags] of Object.entries(keyFlags)) {
      // Sound because these are the names of the signals.
      const [first, second] = [
        ...(config[signal as Signal].message_key_from_metadata_key === undefined
          ? []
          : [`${signal}.message_key_from_metadata_key`]),
        ...flags.filter((flag) => config[flag]),
      ];
      if (first === undefined || second === undefined) continue;
      const message = `${first} is set too: a message has one key`;
      context.addIssue({ code: 'custom', path: [second], message });
    }
  });

/** What makes a key, by signal. */
const keyFlags = {
  traces: ['partition_traces_by_id'],
  metrics: ['partition_metrics_by_resource_attributes'],
  logs: ['partition_logs_by_resource_attributes', 'partition_logs_by_trace_id'],
} as const;

/** The parsed form of `kafkaExporterConfig`. */
export type KafkaExporterConfig = z.output<typeof kafkaExporterConfig>;
