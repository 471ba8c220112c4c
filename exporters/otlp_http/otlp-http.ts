import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Delivery, Exporter } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { readClientTls } from '../otlp/client-tls.ts';
import { clipAnswer } from '../otlp/partial-success.ts';
import type { OtlpHttpConfig } from './config.ts';
import { toHttpOutcome } from './http-outcome.ts';
import { post } from './http-request.ts';
import type { HttpAnswer } from './http-request.ts';

const gzipAsync = promisify(gzip);

/** Sends slices to an OTLP/HTTP server, as protobuf or as the JSON that the worker part wrote. */
export function createOtlpHttpExporter(
  config: OtlpHttpConfig,
  context: ComponentContext,
): Exporter {
  const headers = toHeaders(config);
  let agents: Agents | undefined;
  return {
    start: async () => {
      agents = await createAgents(config);
    },
    shutdown: () => {
      agents?.http.destroy();
      agents?.https.destroy();
      agents = undefined;
      return Promise.resolve();
    },
    send: async (payload, delivery) => {
      if (agents === undefined) throw new Error('send before start');
      const url = signalUrl(config, delivery.signal);
      if (url === undefined) return missingEndpoint(delivery.signal);
      const { abort, signal } = delivery;
      try {
        const body = config.compression === 'gzip' ? await gzipAsync(payload.body) : payload.body;
        const agent = url.protocol === 'https:' ? agents.https : agents.http;
        const answer: HttpAnswer = await post({ url, headers, body, agent, abort });
        return toHttpOutcome(answer, signal, context);
      } catch (error) {
        return toNetworkOutcome(error, delivery);
      }
    },
  };
}

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

async function createAgents(config: OtlpHttpConfig): Promise<Agents> {
  const { tls, max_conns_per_host: maxSockets } = config;
  const options = {
    keepAlive: !config.disable_keep_alives,
    timeout: config.idle_conn_timeout,
    ...(maxSockets === 0 ? {} : { maxSockets }),
  };
  const name = tls.server_name_override;
  const https = new HttpsAgent({
    ...options,
    ...(await readClientTls(tls)),
    rejectUnauthorized: !tls.insecure_skip_verify,
    ...(name === undefined ? {} : { servername: name }),
  });
  return { http: new HttpAgent(options), https };
}

function toHeaders(config: OtlpHttpConfig): Record<string, string> {
  return {
    'user-agent': 'weir',
    ...config.headers,
    'content-type': config.encoding === 'json' ? 'application/json' : 'application/x-protobuf',
    ...(config.compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
  };
}

/** The URL of a signal: its own endpoint as it is, else the base with `/v1/<signal>` (OTLP specification). */
function signalUrl(config: OtlpHttpConfig, signal: Signal): URL | undefined {
  const own = {
    traces: config.traces_endpoint,
    logs: config.logs_endpoint,
    metrics: config.metrics_endpoint,
  }[signal];
  if (own !== undefined) return new URL(own);
  if (config.endpoint === undefined) return undefined;
  const base = new URL(config.endpoint);
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/v1/${signal}`;
  return base;
}

function missingEndpoint(signal: Signal): Outcome {
  const message = `no endpoint for ${signal}: set endpoint or ${signal}_endpoint`;
  return { kind: 'rejected', message };
}

function toNetworkOutcome(error: unknown, { abort }: Delivery): Outcome {
  const cause = abort.aborted ? 'timeout' : 'network';
  const reason: unknown = abort.aborted ? abort.reason : error;
  return { kind: 'retryable', cause, message: clipAnswer(describeError(reason)) };
}

/** Node's AggregateError of a failed connect to several addresses has an empty message of its own. */
function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(describeError).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
