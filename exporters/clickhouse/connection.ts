import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { ClientTls } from '../../pipeline/config/tls.ts';
import { connectionOffer, isChdbConnection } from '../../extensions/chdb/connection.ts';
import type { ClickHouseConfig } from './config.ts';

/** Where rows go: a server's address, or the embedded store's. */
export interface Target {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly gzip: boolean;
}

/**
 * The server of the config, or the embedded store where it names none.
 * @throws Error where no embedded store runs, with what to add to the config.
 */
export function resolveTarget(config: ClickHouseConfig, context: ComponentContext): Target {
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

/** Opens a client; it connects on first use. The client's own log is off: outcomes say what failed. */
export function openClient(target: Target, config: ClickHouseConfig): ClickHouseClient {
  return createClient({
    url: target.url,
    username: target.username,
    password: target.password,
    application: 'weir',
    compression: { request: target.gzip, response: false },
    // The delivery loop aborts an attempt at its own timeout; this only catches an answer that never ends.
    request_timeout: config.timeout === 0 ? 2 ** 31 - 1 : config.timeout + 1000,
    max_open_connections: config.sending_queue.num_consumers + 1,
    log: { level: ClickHouseLogLevel.OFF },
    ...(target.url.startsWith('https:') && { http_agent: createTlsAgent(config.tls) }),
  });
}

function createTlsAgent(tls: ClientTls | undefined): Agent {
  const file = (path: string | undefined): Buffer | undefined =>
    path === undefined ? undefined : readFileSync(path);
  return new Agent({
    keepAlive: true,
    ca: file(tls?.ca_file),
    cert: file(tls?.cert_file),
    key: file(tls?.key_file),
    rejectUnauthorized: tls?.insecure_skip_verify !== true,
    minVersion: tls?.min_version === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
    ...(tls?.server_name_override !== undefined && { servername: tls.server_name_override }),
  });
}
