import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { ClientTls } from '../../pipeline/config/tls.ts';
import { readClientTls } from '../otlp/client-tls.ts';

/** How an exporter keeps its connections. */
export interface AgentOptions {
  readonly tls: ClientTls;
  /** Open connections at once; 0 means no cap. */
  readonly maxConnections: number;
  readonly idleMs: number;
  readonly keepAlive: boolean;
}

/** Connections to one sink, over either scheme. */
export interface HttpAgents {
  agentOf(url: URL): HttpAgent | HttpsAgent;
  destroy(): void;
}

/** Creates the connection pools of an exporter. @throws Error naming the key of a certificate that cannot be read. */
export async function createHttpAgents(options: AgentOptions): Promise<HttpAgents> {
  const { tls, maxConnections, idleMs, keepAlive } = options;
  const pool = {
    keepAlive,
    timeout: idleMs,
    ...(maxConnections === 0 ? {} : { maxSockets: maxConnections }),
  };
  const name = tls.server_name_override;
  const http = new HttpAgent(pool);
  const https = new HttpsAgent({
    ...pool,
    ...(await readClientTls(tls)),
    rejectUnauthorized: !tls.insecure_skip_verify,
    ...(name === undefined ? {} : { servername: name }),
  });
  return {
    agentOf: ({ protocol }) => (protocol === 'https:' ? https : http),
    destroy: () => {
      http.destroy();
      https.destroy();
    },
  };
}
