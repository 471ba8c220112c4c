import type { Logger } from '../../pipeline/component/context.ts';
import type { ServerTls } from '../../pipeline/config/tls.ts';
import { formatEndpoint, isLoopback } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

/** What a port that has been opened is. */
export interface Listening {
  readonly protocol: 'OTLP/gRPC' | 'OTLP/HTTP';
  readonly endpoint: Endpoint;
  readonly port: number;
  readonly tls: ServerTls | undefined;
}

/** Logs where to send, and warns where anybody on the network may. */
export function announce(logger: Logger, { protocol, endpoint, port, tls }: Listening): void {
  const at = formatEndpoint(endpoint, port);
  logger.info(`${protocol} listens`, { endpoint: at, port, tls: tls !== undefined });
  if (isLoopback(endpoint) || tls?.client_ca_file !== undefined) return;
  logger.warn(`${protocol} takes data from anyone who can reach it`, {
    endpoint: at,
    mend: 'set tls.client_ca_file, or bind to 127.0.0.1',
  });
}
