import type { ComponentContext, MetricDeclarations } from '../../pipeline/component/context.ts';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import { delivered } from '../../pipeline/component/outcome.ts';
import type { Payload } from '../../pipeline/component/transform.ts';
import { gzip } from '../otlp_http/gzip.ts';
import { createHttpAgents } from '../otlp_http/http-agents.ts';
import type { HttpAgents } from '../otlp_http/http-agents.ts';
import { post } from '../otlp_http/http-request.ts';
import { toNetworkOutcome } from '../otlp_http/network-outcome.ts';
import type { LangfuseConfig } from './config.ts';
import { toConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import { toLangfuseOutcome } from './outcome.ts';
import { isRoute } from './route.ts';
import type { Route } from './route.ts';

/** What the exporter counts of its own. */
export const langfuseMetrics: MetricDeclarations = {
  weir_exporter_langfuse_skipped_items_total: {
    type: 'counter',
    help: 'Items that Langfuse has no place for, and that were not sent.',
    labels: ['reason'],
  },
};

/**
 * The version of Langfuse's ingestion that writes directly; without the header data shows minutes later. An SDK's name
 * is not sent, because it would switch a rule for its own SDKs off.
 */
const ingestionVersion = { 'x-langfuse-ingestion-version': '4' };

/** Sends what the worker part made: requests to the OTLP endpoint, scores one by one. */
export function createLangfuse(config: LangfuseConfig, context: ComponentContext): Exporter {
  const connection = toConnection(config);
  let agents: HttpAgents | undefined;
  const send = async (
    { body: plain }: Payload,
    route: Route,
    { pool, abort }: { readonly pool: HttpAgents; readonly abort: AbortSignal },
  ) => {
    const url = connection[route.to];
    const body = config.compression === 'gzip' ? await gzip(plain) : plain;
    const headers = toHeaders(config, connection, route);
    return await post({ url, headers, body, agent: pool.agentOf(url), abort });
  };
  return {
    start: async () => {
      agents = await createHttpAgents({
        tls: config.tls,
        maxConnections: 0,
        idleMs: idleConnectionMs,
        keepAlive: true,
        logger: context.logger,
      });
    },
    shutdown: () => {
      agents?.destroy();
      agents = undefined;
      return Promise.resolve();
    },
    send: async (payload, { abort }) => {
      if (agents === undefined) throw new Error('send before start');
      const { route } = payload;
      if (!isRoute(route)) return delivered;
      try {
        const answer = await send(payload, route, { pool: agents, abort });
        return toLangfuseOutcome(answer, context.clock.now());
      } catch (error) {
        return toNetworkOutcome(error, { abort });
      }
    },
  };
}

/** Below the five seconds after which Node servers, Langfuse among them, close idle connections. */
const idleConnectionMs = 4000;

function toHeaders(
  config: LangfuseConfig,
  connection: Connection,
  { to }: Route,
): Record<string, string> {
  return {
    'user-agent': 'weir',
    ...config.headers,
    authorization: connection.authorization,
    ...ingestionVersion,
    'content-type': to === 'scores' ? 'application/json' : 'application/x-protobuf',
    ...(config.compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
  };
}
