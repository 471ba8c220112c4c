import { z } from 'zod';
import { byteSize, byteSizeOr } from '../../pipeline/config/byte-size.ts';
import { duration, durationOr } from '../../pipeline/config/duration.ts';
import { serverTls } from '../../pipeline/config/tls.ts';
import { parseEndpoint } from './endpoint.ts';
import { forbiddenHeaders, parseStampSource } from './stamps.ts';

function endpoint(defaultText: string): z.ZodDefault<z.ZodString> {
  return z
    .string()
    .refine((text) => parseEndpoint(text) !== undefined, {
      error: 'expected host:port, for example 127.0.0.1:4317, [::1]:4317 or :4317',
    })
    .default(defaultText);
}

const includeMetadata = z.boolean().default(false).meta({
  description: 'Lets `stamp` copy request headers (gRPC metadata) into resource attributes.',
});

const admissionWait = durationOr('2s').meta({
  description: 'How long a call is held while the memory budget is full before it is refused.',
});

const keepalive = z
  .strictObject({
    server_parameters: z
      .strictObject({
        max_connection_idle: durationOr('5m').meta({
          description: 'Closes a connection without calls after this; 0 means never.',
        }),
        max_connection_age: durationOr('1h').meta({
          description: 'Asks clients to reconnect after this; 0 means never.',
        }),
        max_connection_age_grace: durationOr('30s').meta({
          description: 'How long calls may go on after that; 0 means as long as they like.',
        }),
        time: durationOr('2h').meta({ description: 'Pings a silent client after this.' }),
        timeout: durationOr('20s').meta({
          description: 'Closes the connection where a ping is not answered within this.',
        }),
      })
      .prefault({})
      .meta({ description: 'Care of idle and old connections.' }),
    enforcement_policy: z
      .strictObject({
        min_time: duration().optional().meta({ description: 'Accepted without effect.' }),
        permit_without_stream: z
          .boolean()
          .optional()
          .meta({ description: 'Accepted without effect.' }),
      })
      .optional()
      .meta({ description: 'Accepted without effect: pings of clients are always answered.' }),
  })
  .prefault({})
  .meta({ description: 'HTTP/2 keepalive.' });

/** The `protocols.grpc` block; null means all defaults. */
export const grpcConfig = z
  .strictObject({
    endpoint: endpoint('localhost:4317').meta({
      description: 'host:port to listen on; localhost means 127.0.0.1.',
    }),
    transport: z
      .enum(['tcp', 'tcp4', 'tcp6'])
      .default('tcp')
      .meta({ description: 'Accepted without effect; the address decides.' }),
    tls: serverTls.optional(),
    max_recv_msg_size_mib: z
      .int()
      .min(0)
      .max(1024)
      .default(64)
      .meta({ description: 'Largest message once inflated, in MiB; 0 means the default.' }),
    max_concurrent_streams: z
      .int()
      .min(1)
      .default(100)
      .meta({ description: 'Calls at once on one connection.' }),
    admission_wait: admissionWait,
    include_metadata: includeMetadata,
    keepalive,
    read_buffer_size: byteSize().optional().meta({ description: 'Accepted without effect.' }),
    write_buffer_size: byteSize().optional().meta({ description: 'Accepted without effect.' }),
  })
  .meta({ description: 'OTLP/gRPC; written without a value it is on with its defaults.' });

function isHeader([name, value]: [string, string]): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

const cors = z
  .strictObject({
    allowed_origins: z
      .array(z.string())
      .default([])
      .meta({ description: 'Origins of web pages that may send; `*` stands for any text.' }),
    allowed_headers: z
      .array(z.string())
      .default([])
      .meta({ description: 'Headers that they may send besides the safelisted ones; `*` is any.' }),
    exposed_headers: z
      .array(z.string())
      .default([])
      .meta({ description: 'Response headers that they may read.' }),
    max_age: z
      .int()
      .min(0)
      .default(0)
      .meta({ description: 'Seconds for which a browser may keep the answer; 0 leaves it out.' }),
  })
  .meta({ description: 'Cross-origin requests of browsers; absent means none are answered.' });

function urlPath(signal: string): z.ZodDefault<z.ZodString> {
  return z.string().startsWith('/').default(`/v1/${signal}`);
}

/** The `protocols.http` block; null means all defaults. */
export const httpConfig = z
  .strictObject({
    endpoint: endpoint('localhost:4318').meta({
      description: 'host:port to listen on; localhost means 127.0.0.1.',
    }),
    transport: z
      .enum(['tcp', 'tcp4', 'tcp6'])
      .default('tcp')
      .meta({ description: 'Accepted without effect; the address decides.' }),
    tls: serverTls.optional(),
    cors: cors.optional(),
    max_request_body_size: byteSizeOr('64MiB').meta({
      description: 'Largest body, both as sent and once inflated.',
    }),
    admission_wait: admissionWait,
    include_metadata: includeMetadata,
    response_headers: z
      .record(z.string(), z.string())
      .refine((headers) => Object.entries(headers).every(isHeader), {
        error: 'a name or value is not valid in HTTP',
      })
      .default({})
      .meta({ description: 'Headers added to every response.' }),
    compression_algorithms: z
      .array(z.enum(['', 'gzip', 'zstd', 'zlib', 'deflate', 'snappy', 'lz4', 'x-snappy-framed']))
      .optional()
      .meta({
        description:
          'Content encodings to accept; absent means every supported one (gzip, deflate, and zstd where Node has it).',
      }),
    traces_url_path: urlPath('traces').meta({ description: 'Path for traces.' }),
    logs_url_path: urlPath('logs').meta({ description: 'Path for logs.' }),
    metrics_url_path: urlPath('metrics').meta({ description: 'Path for metrics.' }),
    read_timeout: durationOr('30s').meta({
      description: 'A request must have come in whole within this; 0 means no limit.',
    }),
    read_header_timeout: durationOr('10s').meta({
      description: 'Its headers must have come in within this; 0 means no limit.',
    }),
    write_timeout: duration().optional().meta({ description: 'Accepted without effect.' }),
    idle_timeout: durationOr('60s').meta({
      description: 'Closes a connection that sent nothing for this long.',
    }),
    keep_alives_enabled: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether a connection may carry several requests.' }),
  })
  .meta({ description: 'OTLP/HTTP; written without a value it is on with its defaults.' });

/** The YAML of the `otlp` receiver, as the Collector's otlpreceiver has it, plus `stamp`. */
export const otlpConfig = z
  .strictObject({
    protocols: z
      .strictObject({
        grpc: grpcConfig.nullish(),
        http: httpConfig.nullish(),
      })
      .refine((protocols) => protocols.grpc !== undefined || protocols.http !== undefined, {
        error: 'must specify at least one protocol: add `grpc:` or `http:`',
      })
      .meta({ description: 'Which of the two protocols to serve; an absent one is off.' }),
    stamp: z.record(z.string().min(1), z.string()).default({}).meta({
      description:
        'Resource attributes to add to every request: `client.address`, or `metadata.<header>` with include_metadata.',
    }),
  })
  .superRefine(checkStamps);

export type OtlpConfig = z.output<typeof otlpConfig>;
export type GrpcConfig = z.output<typeof grpcConfig>;
export type HttpConfig = z.output<typeof httpConfig>;

function checkStamps(
  config: Pick<OtlpConfig, 'stamp' | 'protocols'>,
  context: z.core.$RefinementCtx,
): void {
  const { grpc, http } = config.protocols;
  const hasMetadata = grpc?.include_metadata === true || http?.include_metadata === true;
  for (const [key, text] of Object.entries(config.stamp)) {
    const problem = findStampProblem(text, hasMetadata);
    if (problem === undefined) continue;
    context.addIssue({ code: 'custom', path: ['stamp', key], message: problem });
  }
}

function findStampProblem(text: string, hasMetadata: boolean): string | undefined {
  const source = parseStampSource(text);
  if (source === undefined) return `"${text}" is neither client.address nor metadata.<header>`;
  if (source.kind === 'address') return undefined;
  if (forbiddenHeaders.has(source.header)) {
    return `the header ${source.header} carries credentials and cannot be stored`;
  }
  return hasMetadata ? undefined : `"${text}" needs include_metadata: true on a protocol`;
}
