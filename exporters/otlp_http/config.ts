import { z } from 'zod';
import { clientKeys } from '../../pipeline/config/client-keys.ts';
import { duration } from '../../pipeline/config/duration.ts';
import { secret } from '../../pipeline/config/secret.ts';
import { clientTls } from '../../pipeline/config/tls.ts';
import { deliveryKeys } from '../../pipeline/deliver/config.ts';
import { httpUrl } from './http-url.ts';

const signalUrl = (signal: string): z.ZodOptional<typeof httpUrl> =>
  httpUrl.optional().meta({
    description: `Full URL for ${signal}, used as it is; \`endpoint\` with /v1/${signal} where absent.`,
  });

const goOnly = 'Accepted as in the Collector; requests go over HTTP/1.1.';

const idleKeys = {
  idle_conn_timeout: duration()
    .optional()
    .meta({ description: 'Close idle connections after this; 90s where absent.' }),
  max_idle_conns: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Idle connections that are kept open; 0: no cap, 100 where absent.' }),
  max_idle_conns_per_host: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'The same for each host; no cap where 0 or absent.' }),
};

/** The Collector's `confighttp` of a client, as far as it is about connections. */
const connectionKeys = {
  max_conns_per_host: z
    .int()
    .min(0)
    .default(0)
    .meta({ description: 'Open connections at once; 0: no cap.' }),
  ...idleKeys,
  keepalive: z
    .strictObject(idleKeys)
    .prefault({})
    .meta({ description: 'The three keys above as newer Collectors write them.' }),
  disable_keep_alives: z
    .boolean()
    .default(false)
    .meta({ description: 'A new connection for every request.' }),
  proxy_url: z
    .literal('', {
      error: 'is not available: requests go to the endpoint itself; name a server it can reach',
    })
    .optional()
    .meta({ description: 'Only empty: requests go to the endpoint itself.' }),
  cookies: z
    .strictObject({ enabled: z.boolean().default(true).meta({ description: 'Only false.' }) })
    .refine(({ enabled }) => !enabled, {
      error: 'no cookies are kept here; leave it out, and balance by connection where that matters',
    })
    .optional()
    .meta({ description: 'Only `enabled: false`: no cookies are kept.' }),
  ...clientKeys,
  force_attempt_http2: z.boolean().optional().meta({ description: goOnly }),
  http2_read_idle_timeout: duration().optional().meta({ description: goOnly }),
  http2_ping_timeout: duration().optional().meta({ description: goOnly }),
};

/** Keys of the `otlp_http` exporter, the Collector's. */
export const otlpHttpConfig = z
  .strictObject({
    endpoint: httpUrl
      .superRefine((text, context) => {
        const [path, base, signal] = /^(.*)\/v1\/(traces|logs|metrics)\/?$/.exec(text) ?? [];
        if (path === undefined) return;
        const message = `/v1/<signal> is appended to it; write ${base}, or ${signal}_endpoint for this very URL`;
        context.addIssue({ code: 'custom', message });
      })
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
    ...connectionKeys,
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
