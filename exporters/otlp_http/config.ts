import { z } from 'zod';
import { durationOr } from '../../pipeline/config/duration.ts';
import { secret } from '../../pipeline/config/secret.ts';
import { clientTls } from '../../pipeline/config/tls.ts';
import { deliveryKeys } from '../../pipeline/deliver/config.ts';
import { httpUrl } from './http-url.ts';

const signalUrl = (signal: string): z.ZodOptional<typeof httpUrl> =>
  httpUrl.optional().meta({
    description: `Full URL for ${signal}, used as it is; \`endpoint\` with /v1/${signal} where absent.`,
  });

/** Keys of the `otlp_http` exporter, the Collector's. */
export const otlpHttpConfig = z
  .strictObject({
    endpoint: httpUrl
      .optional()
      .meta({ description: 'Base URL of an OTLP/HTTP server; /v1/<signal> is appended.' }),
    traces_endpoint: signalUrl('traces'),
    logs_endpoint: signalUrl('logs'),
    metrics_endpoint: signalUrl('metrics'),
    encoding: z
      .enum(['proto', 'json'])
      .default('proto')
      .meta({ description: 'OTLP/protobuf or OTLP/JSON.' }),
    compression: z
      .enum(['gzip', 'none', ''], {
        error: (issue) => `"${String(issue.input)}" is not available here (use gzip or none)`,
      })
      .default('gzip')
      .meta({ description: 'Compression of request bodies.' }),
    headers: z
      .record(
        z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'not the name of an HTTP header'),
        secret('Value of a header.'),
      )
      .default({})
      .meta({ description: 'Headers sent with every request, for example an API key.' }),
    tls: clientTls.prefault({}).meta({ description: 'TLS to https:// endpoints.' }),
    max_conns_per_host: z
      .int()
      .min(0)
      .default(0)
      .meta({ description: 'Open connections at once; 0: no cap.' }),
    idle_conn_timeout: durationOr('90s').meta({
      description: 'Close idle connections after this.',
    }),
    disable_keep_alives: z
      .boolean()
      .default(false)
      .meta({ description: 'A new connection for every request.' }),
    read_buffer_size: z.int().optional().meta({ description: 'Accepted as in the Collector.' }),
    write_buffer_size: z.int().optional().meta({ description: 'Accepted as in the Collector.' }),
    ...deliveryKeys({ timeout: '30s' }),
  })
  .superRefine((config, context) => {
    const { endpoint, traces_endpoint, logs_endpoint, metrics_endpoint } = config;
    if (endpoint ?? traces_endpoint ?? logs_endpoint ?? metrics_endpoint) return;
    const message = 'an endpoint is needed, for example "http://localhost:4318"';
    context.addIssue({ code: 'custom', path: ['endpoint'], message });
  });

/** The parsed form of `otlpHttpConfig`. */
export type OtlpHttpConfig = z.output<typeof otlpHttpConfig>;
