import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import type { OtlpHttpConfig } from './config.ts';
import { gzip } from './gzip.ts';
import { createHttpAgents } from './http-agents.ts';
import type { AgentOptions, HttpAgents } from './http-agents.ts';
import { toHttpOutcome } from './http-outcome.ts';
import { post } from './http-request.ts';
import { toNetworkOutcome } from './network-outcome.ts';

/** Sends slices to an OTLP/HTTP server, as protobuf or as the JSON that the worker part wrote. */
export function createOtlpHttpExporter(
  config: OtlpHttpConfig,
  context: ComponentContext,
): Exporter {
  const headers = toHeaders(config);
  let agents: HttpAgents | undefined;
  return {
    start: async () => {
      agents = await createHttpAgents({
        ...toPoolOptions(config),
        tls: config.tls,
        logger: context.logger,
      });
    },
    shutdown: () => {
      agents?.destroy();
      agents = undefined;
      return Promise.resolve();
    },
    send: async (payload, delivery) => {
      if (agents === undefined) throw new Error('send before start');
      const url = signalUrl(config, delivery.signal);
      if (url === undefined) return missingEndpoint(delivery.signal);
      const { abort, signal } = delivery;
      try {
        const body = config.compression === 'gzip' ? await gzip(payload.body) : payload.body;
        const answer = await post({ url, headers, body, agent: agents.agentOf(url), abort });
        return toHttpOutcome(answer, signal, context);
      } catch (error) {
        return toNetworkOutcome(error, delivery);
      }
    },
  };
}

/** Go's transport has these where nothing is written. */
const idlePool = { timeoutMs: 90_000, connections: 100 };

function toPoolOptions(config: OtlpHttpConfig): Omit<AgentOptions, 'tls' | 'logger'> {
  const { keepalive } = config;
  const idle = keepalive.max_idle_conns ?? config.max_idle_conns ?? idlePool.connections;
  const perHost = keepalive.max_idle_conns_per_host ?? config.max_idle_conns_per_host ?? 0;
  const maxIdle = Math.min(...[idle, perHost].filter((count) => count !== 0));
  return {
    maxConnections: config.max_conns_per_host,
    idleMs: keepalive.idle_conn_timeout ?? config.idle_conn_timeout ?? idlePool.timeoutMs,
    keepAlive: !config.disable_keep_alives,
    ...(maxIdle !== Infinity && { maxIdle }),
  };
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
export function signalUrl(config: OtlpHttpConfig, signal: Signal): URL | undefined {
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
  return { kind: 'rejected', message, blames: 'request' };
}
