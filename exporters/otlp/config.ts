import { z } from 'zod';
import { clientKeys } from '../../pipeline/config/client-keys.ts';
import { durationOr } from '../../pipeline/config/duration.ts';
import { secret } from '../../pipeline/config/secret.ts';
import { clientTls } from '../../pipeline/config/tls.ts';
import { deliveryKeys } from '../../pipeline/deliver/config.ts';
import { parseGrpcEndpoint } from './grpc-endpoint.ts';

const endpoint = z.string().superRefine((text, context) => {
  const parsed = parseGrpcEndpoint(text);
  if (parsed.kind === 'invalid') context.addIssue({ code: 'custom', message: parsed.message });
});

const keepalive = z.strictObject({
  time: durationOr('10s').meta({ description: 'Ping after this long without traffic.' }),
  timeout: durationOr('10s').meta({ description: 'Close when a ping is unanswered this long.' }),
  permit_without_stream: z
    .boolean()
    .default(false)
    .meta({ description: 'Ping even while no call is open.' }),
});

/** Keys of the `otlp` exporter, the Collector's `otlp_grpc`. */
export const otlpConfig = z.strictObject({
  endpoint: endpoint.meta({
    description: 'host:port of an OTLP/gRPC server; http:// means plaintext, https:// means TLS.',
  }),
  tls: clientTls.prefault({}).meta({
    description:
      'TLS to the server; `insecure: true` for plaintext where the endpoint has no scheme.',
  }),
  compression: z
    .enum(['gzip', 'none', ''], {
      error: (issue) => `"${String(issue.input)}" is not available here (use gzip or none)`,
    })
    .default('gzip')
    .meta({ description: 'Compression of requests.' }),
  headers: z
    .record(
      z
        .string()
        .regex(/^[0-9a-zA-Z_.-]+$/, 'a gRPC metadata key has letters, digits, "_", "-", "."'),
      secret('Value of a metadata entry.'),
    )
    .default({})
    .meta({ description: 'Metadata sent with every request, for example an API key.' }),
  keepalive: keepalive.optional().meta({ description: 'HTTP/2 pings; none where absent.' }),
  balancer_name: z
    .enum(['round_robin', 'pick_first'])
    .default('round_robin')
    .meta({ description: 'How calls spread over the addresses that the name resolves to.' }),
  authority: z.string().optional().meta({ description: 'Overrides the :authority header.' }),
  wait_for_ready: z.boolean().default(false).meta({
    description: 'Wait for a connection up to the timeout, rather than fail when there is none.',
  }),
  user_agent: z.string().min(1).default('weir').meta({ description: 'How calls name who sends.' }),
  ...clientKeys,
  ...deliveryKeys({ timeout: '5s' }),
});

/** The parsed form of `otlpConfig`. */
export type OtlpConfig = z.output<typeof otlpConfig>;
