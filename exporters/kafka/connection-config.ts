import { z } from 'zod';
import { durationOr } from '../../pipeline/config/duration.ts';
import { secret } from '../../pipeline/config/secret.ts';
import { clientTls } from '../../pipeline/config/tls.ts';
import { unavailable } from '../../pipeline/config/unavailable.ts';

const broker = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^:\s/]+):\d{1,5}$/, {
  error: (issue) => `"${String(issue.input)}" is not a broker (write host:port, without a scheme)`,
});

const saslMechanism = z
  .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'], {
    error: (issue) =>
      `"${String(issue.input)}" is not available here (use PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, or OAUTHBEARER with oauthbearer_token_file)`,
  })
  .meta({ description: 'SASL mechanism.' });

const sasl = z
  .strictObject({
    mechanism: saslMechanism,
    username: z.string().optional().meta({ description: 'User, of PLAIN and SCRAM.' }),
    password: secret('Password, of PLAIN and SCRAM.').optional(),
    oauthbearer_token_file: z.string().min(1).optional().meta({
      description: 'File with the token of OAUTHBEARER; read anew each time one is asked for.',
    }),
    oauthbearer_token_source: unavailable(
      'no extension fetches tokens here; name a file that holds one in oauthbearer_token_file',
    ),
    aws_msk: unavailable(
      'requests are not signed for AWS here; use SCRAM-SHA-512, which MSK has too',
    ),
    version: z
      .int()
      .min(0)
      .max(1)
      .optional()
      .meta({ description: 'Accepted as in the Collector.' }),
  })
  .superRefine((config, context) => {
    const isToken = config.mechanism === 'OAUTHBEARER';
    const needed = isToken
      ? (['oauthbearer_token_file'] as const)
      : (['username', 'password'] as const);
    for (const key of needed) {
      if (config[key] !== undefined) continue;
      context.addIssue({ code: 'custom', path: [key], message: `${config.mechanism} needs it` });
    }
  })
  .meta({ description: 'SASL; without `tls` the password of PLAIN crosses the network as it is.' });

const auth = z
  .strictObject({
    sasl: sasl.optional(),
    plain_text: z
      .strictObject({
        username: z.string().meta({ description: 'User.' }),
        password: secret('Password.'),
      })
      .optional()
      .meta({ description: 'The older spelling of `sasl` with `mechanism: PLAIN`.' }),
    kerberos: unavailable(
      'the client cannot do Kerberos; use SCRAM-SHA-512 or client certificates',
    ),
    tls: unavailable('it stands beside `auth` here and in newer Collectors: move it up to `tls`'),
  })
  .prefault({})
  .meta({ description: 'Authentication to the brokers.' });

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
  resolve_canonical_bootstrap_servers_only: z
    .literal(false, { error: 'only Kerberos needs it, which is not available here; leave it away' })
    .default(false)
    .meta({ description: 'Accepted as in the Collector, where it is false.' }),
  conn_idle_timeout: durationOr('9m').meta({
    description:
      'Accepted as in the Collector: connections are kept for as long as brokers keep them.',
  }),
  tls: clientTls
    .safeExtend({
      reload_interval: durationOr('0s').meta({
        description: 'Accepted as in the Collector: files are read anew for every client.',
      }),
    })
    .optional()
    .meta({ description: 'TLS to the brokers; plaintext where absent, or with `insecure: true`.' }),
  auth,
  metadata: z
    .strictObject({
      full: z.boolean().default(true).meta({
        description: 'Accepted as in the Collector: only topics in use are asked for.',
      }),
      refresh_interval: durationOr('10m').meta({
        description: 'Partitions and their leaders are asked for again after this.',
      }),
      retry: z
        .strictObject({
          max: z.int().min(0).default(20).meta({ description: 'Accepted as in the Collector.' }),
          backoff: durationOr('250ms').meta({ description: 'Accepted as in the Collector.' }),
        })
        .prefault({})
        .meta({ description: 'Without effect: what fails is repeated for about ten seconds.' }),
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
