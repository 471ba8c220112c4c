import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import { connectionOffer, isChdbConnection } from '../../extensions/chdb/connection.ts';
import { maxTimerMs } from '../../pipeline/telemetry/clock.ts';
import { createTlsAgent } from '../otlp_http/http-agents.ts';
import type { ClickHouseConfig } from './config.ts';

/** Where rows go: a server's address, or the embedded store's. */
interface Target {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly gzip: boolean;
}

/**
 * The server of the config, or the embedded store where it names none.
 * @throws Error where no embedded store runs, with what to add to the config.
 */
function resolveTarget(config: ClickHouseConfig, context: ComponentContext): Target {
  const { endpoint, username, password, compress } = config;
  if (endpoint !== undefined)
    return { url: endpoint, username, password, gzip: compress !== 'none' };
  const offered = context.offer(connectionOffer);
  if (!isChdbConnection(offered)) {
    throw new Error(
      `exporters.${context.id} has no endpoint and no embedded store runs: set endpoint, or add "chdb:" to extensions and "chdb" to service.extensions`,
    );
  }
  return { url: offered.url, username: offered.user, password: offered.password, gzip: false };
}

/** A client, and the connections that it uses. */
export interface Connection {
  readonly client: ClickHouseClient;
  close(): Promise<void>;
}

/**
 * Opens a client to the target of the config; it connects on first use. The client's own log is off: outcomes say what failed.
 * @throws Error as `resolveTarget` does, or naming the key of a certificate that cannot be read.
 */
export async function openConnection(
  config: ClickHouseConfig,
  context: ComponentContext,
): Promise<Connection> {
  const target = resolveTarget(config, context);
  const secure = target.url.startsWith('https:')
    ? await createTlsAgent({
        tls: config.tls,
        maxConnections: 0,
        idleMs: 0,
        keepAlive: true,
        logger: context.logger,
      })
    : undefined;
  const client = createClient({
    url: target.url,
    username: target.username,
    password: target.password,
    application: 'weir',
    compression: { request: target.gzip, response: false },
    // The delivery loop aborts an attempt at its own timeout; this only catches an answer that never ends.
    request_timeout: config.timeout === 0 ? maxTimerMs : config.timeout + 1000,
    max_open_connections: config.sending_queue.num_consumers + 1,
    log: { level: ClickHouseLogLevel.OFF },
    ...(secure && { http_agent: secure.open() }),
  });
  return {
    client,
    close: async () => {
      await client.close();
      secure?.destroy();
    },
  };
}
