import type { ServerTls } from '../../pipeline/config/tls.ts';
import { formatEndpoint, isLoopback } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import type { ServiceDeps } from './service.ts';

/** A port that has been opened. */
export interface Listening {
  readonly protocol: 'OTLP/gRPC' | 'OTLP/HTTP';
  readonly endpoint: Endpoint;
  readonly port: number;
  readonly tls: ServerTls | undefined;
}

/** Says where to send, and warns where anybody on the network may. */
export function announce(deps: ServiceDeps, { protocol, endpoint, port, tls }: Listening): void {
  const { logger } = deps.context;
  const at = formatEndpoint(endpoint, port);
  deps.onListening(at);
  logger.info(`${protocol} listens`, { endpoint: at, port, tls: tls !== undefined });
  if (isLoopback(endpoint) || tls?.client_ca_file !== undefined) return;
  logger.warn(`${protocol} takes data from anyone who can reach it`, {
    endpoint: at,
    mend: 'set tls.client_ca_file, or bind to 127.0.0.1',
  });
}
