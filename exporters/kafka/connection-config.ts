import { z } from 'zod';
import { durationOr } from '../../pipeline/config/duration.ts';
import { secret } from '../../pipeline/config/secret.ts';
import { clientTls } from '../../pipeline/config/tls.ts';

const broker = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^:\s/]+):\d{1,5}$/, {
  error: (issue) => `"${String(issue.input)}" is not a broker (write host:port, without a scheme)`,
});

const sasl = z
  .strictObject({
    username: z.string().meta({ description: 'User.' }),
    password: secret('Password.'),
    mechanism: z
      .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], {
        error: (issue) =>
          `"${String(issue.input)}" is not available here (use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512)`,
      })
      .meta({ description: 'SASL mechanism.' }),
    version: z
      .int()
      .min(0)
      .max(1)
      .optional()
      .meta({ description: 'Accepted as in the Collector.' }),
  })
  .meta({ description: 'SASL; without `tls` the password of PLAIN crosses the network as it is.' });

/** The Collector's keys by which its Kafka exporter and receiver reach the brokers; spread them into a strict object. */
export const kafkaConnectionKeys = {
  brokers: z
    .array(broker)
    .min(1, 'at least one broker is needed, for example ["localhost:9092"]')
    .default(['localhost:9092'])
    .meta({ description: 'Brokers to ask for all the others, each as host:port.' }),
  client_id: z
    .string()
    .min(1)
    .default('weir')
    .meta({ description: 'Name for the logs and quotas of the brokers.' }),
  protocol_version: z.string().optional().meta({
    description: 'Accepted as in the Collector: versions are agreed on with each broker.',
  }),
  tls: clientTls
    .optional()
    .meta({ description: 'TLS to the brokers; plaintext where absent, or with `insecure: true`.' }),
  auth: z
    .strictObject({ sasl: sasl.optional() })
    .prefault({})
    .meta({ description: 'Authentication to the brokers.' }),
  metadata: z
    .strictObject({
      full: z.boolean().default(true).meta({
        description: 'Accepted as in the Collector: only topics in use are asked for.',
      }),
      refresh_interval: durationOr('10m').meta({
        description: 'Partitions and their leaders are asked for again after this.',
      }),
    })
    .prefault({})
    .meta({ description: 'What is known of the cluster.' }),
};

/** The parsed form of `kafkaConnectionKeys`. */
export type KafkaConnection = z.output<z.ZodObject<typeof kafkaConnectionKeys>>;

/** How a message holds a request. */
export const kafkaEncoding = z.enum(['otlp_proto', 'otlp_json']);

/** The Collector's default topics. */
export const defaultTopics = {
  traces: 'otlp_spans',
  metrics: 'otlp_metrics',
  logs: 'otlp_logs',
} as const;
