import { z } from 'zod';
import { byteSizeOr } from '../../pipeline/config/byte-size.ts';
import { secret } from '../../pipeline/config/secret.ts';
import { clientTls } from '../../pipeline/config/tls.ts';
import { deliveryKeys } from '../../pipeline/deliver/config.ts';
import { httpUrl } from '../otlp_http/http-url.ts';
import {
  addMetricSuffixes,
  namespace,
  resourceToTelemetryConversion,
  withoutScopeInfo,
} from '../prometheus/naming-config.ts';

/** Remote write 1.0 and 2.0, by the names of their messages. */
export const protobufMessages = {
  v1: 'prometheus.WriteRequest',
  v2: 'io.prometheus.write.v2.Request',
} as const;

const translationStrategies = z.enum([
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
]);

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'not the name of an HTTP header');

const remoteWriteQueue = z
  .strictObject({
    enabled: z.boolean().default(true).meta({
      description: 'Accepted as in the Collector: what is owed is in the log in any case.',
    }),
    queue_size: z.int().min(1).optional().meta({
      description: 'Quota in requests; `sending_queue.queue_size` goes before it.',
    }),
    num_consumers: z.int().min(1).max(64).default(5).meta({
      description: 'Requests at once: a series is always in the same one of so many shards.',
    }),
  })
  .prefault({})
  .meta({ description: "The Collector's queue of this exporter." });

const wal = z
  .strictObject({
    directory: z.string().optional().meta({ description: 'Accepted as in the Collector.' }),
    buffer_size: z.int().optional().meta({ description: 'Accepted as in the Collector.' }),
    truncate_frequency: z.string().optional().meta({
      description: 'Accepted as in the Collector.',
    }),
    lag_record_frequency: z.string().optional().meta({
      description: 'Accepted as in the Collector.',
    }),
  })
  .optional()
  .meta({ description: 'Accepted as in the Collector: `sending_queue.storage` keeps the log.' });

/** Keys of the `prometheus_remote_write` exporter, the Collector's, with `max_series` and `instance_label`. */
export const remoteWriteConfig = z
  .strictObject({
    endpoint: httpUrl.meta({
      description: 'URL that takes remote write, such as http://localhost:9090/api/v1/write.',
    }),
    protobuf_message: z
      .enum([protobufMessages.v1, protobufMessages.v2])
      .default(protobufMessages.v1)
      .meta({
        description:
          'Remote write 1.0 or 2.0; from a server that does not say that it wrote 2.0, 1.0 is tried instead.',
      }),
    namespace,
    external_labels: z
      .record(z.string(), z.string())
      .default({})
      .meta({ description: 'Labels of every series that has no such label of its own.' }),
    instance_label: z.string().default('weir_instance').meta({
      description:
        'Label that names this Weir on series that would be the same from another one; none where empty.',
    }),
    headers: z
      .record(headerName, secret('Value of a header.'))
      .default({})
      .meta({ description: 'Headers sent with every request, for example X-Scope-OrgID.' }),
    tls: clientTls.prefault({}).meta({ description: 'TLS to https:// endpoints.' }),
    add_metric_suffixes: addMetricSuffixes,
    translation_strategy: translationStrategies.optional().meta({
      description:
        'How names are translated; goes before `add_metric_suffixes`. The last two need remote write 2.0.',
    }),
    send_metadata: z.boolean().default(false).meta({
      description: 'Send types, units and help with 1.0; with 2.0 they are sent in any case.',
    }),
    target_info: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .meta({ description: 'Write target_info with the attributes of every resource.' }),
      })
      .prefault({})
      .meta({ description: 'What is known of a resource.' }),
    disable_scope_info: withoutScopeInfo,
    resource_to_telemetry_conversion: resourceToTelemetryConversion,
    remote_write_queue: remoteWriteQueue,
    max_batch_request_parallelism: z.int().min(1).max(64).optional().meta({
      description: 'Requests at once; goes before `remote_write_queue.num_consumers`.',
    }),
    max_batch_size_bytes: byteSizeOr('3000000').meta({
      description: 'Largest request, uncompressed.',
    }),
    max_series: z.int().min(1).default(50_000).meta({
      description:
        'Series whose last point is remembered; those without a point for longest are forgotten first, counted.',
    }),
    compression: z
      .enum(['snappy', ''], { error: 'remote write is always compressed with snappy' })
      .default('snappy')
      .meta({ description: 'Accepted as in the Collector: always snappy.' }),
    include_metadata_keys: z
      .array(z.string())
      .optional()
      .meta({ description: 'Accepted as in the Collector; metadata of clients is not sent on.' }),
    wal,
    ...deliveryKeys({ timeout: '5s', initialInterval: '50ms' }),
  })
  .superRefine(({ translation_strategy: strategy, protobuf_message: message }, context) => {
    const isUtf8 = strategy === 'NoUTF8EscapingWithSuffixes' || strategy === 'NoTranslation';
    if (!isUtf8 || message === protobufMessages.v2) return;
    context.addIssue({
      code: 'custom',
      path: ['translation_strategy'],
      message: `${strategy} needs protobuf_message: ${protobufMessages.v2}`,
    });
  });

/** The parsed form of `remoteWriteConfig`. */
export type RemoteWriteConfig = z.output<typeof remoteWriteConfig>;
