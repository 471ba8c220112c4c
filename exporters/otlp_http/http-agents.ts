import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AgentOptions as HttpsAgentOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import type { Logger } from '../../pipeline/component/context.ts';
import { isGiven } from '../../pipeline/config/tls.ts';
import type { ClientTls } from '../../pipeline/config/tls.ts';
import { readClientContext } from '../../pipeline/tls/secure-context.ts';
import { watchTlsFiles } from '../../pipeline/tls/watch-files.ts';

/** How an exporter keeps its connections. */
export interface AgentOptions {
  readonly tls: ClientTls;
  /** Open connections at once; 0 means no cap. */
  readonly maxConnections: number;
  /** Milliseconds after which a connection without a request is closed; 0 leaves that to the server. */
  readonly idleMs: number;
  readonly keepAlive: boolean;
  /** Connections without a request that are kept open to one host; Node's 256 where absent. */
  readonly maxIdle?: number;
  /** Hears of certificates that change while the exporter runs. */
  readonly logger: Logger;
}

/** Connections to one sink, over either scheme. */
export interface HttpAgents {
  agentOf(url: URL): HttpAgent | HttpsAgent;
  destroy(): void;
}

/** Creates the connection pools of an exporter. @throws Error naming the key of a certificate that cannot be read. */
export async function createHttpAgents(options: AgentOptions): Promise<HttpAgents> {
  const http = new HttpAgent(toPool(options));
  const https = await createTlsAgent(options);
  return {
    agentOf: ({ protocol }) => (protocol === 'https:' ? https.open() : http),
    destroy: () => {
      http.destroy();
      https.destroy();
    },
  };
}

/** Connections over TLS. */
export interface TlsAgent {
  /** Returns the one pool, made with the first call: until then nobody pays for the certificates of all authorities. */
  open(): HttpsAgent;
  destroy(): void;
}

/**
 * Creates a pool of TLS connections; those that are opened after a file has changed use what it holds then.
 * @throws Error naming the key of a certificate that cannot be read.
 */
export async function createTlsAgent(options: AgentOptions): Promise<TlsAgent> {
  const { tls, logger } = options;
  const read = (): Promise<SecureContextOptions> => readClientContext(tls);
  let current = await read();
  let agent: HttpsAgent | undefined;
  const renew = (renewed: SecureContextOptions): void => {
    current = renewed;
    // An agent reads its options anew for every connection.
    if (agent !== undefined) Object.assign(agent.options, toConnectionOptions(tls, current));
  };
  const stopWatching = watchTlsFiles({ tls, inUse: current, read, renew, logger });
  return {
    open: () =>
      (agent ??= new HttpsAgent({ ...toPool(options), ...toConnectionOptions(tls, current) })),
    destroy: () => {
      stopWatching();
      agent?.destroy();
    },
  };
}

function toPool({ keepAlive, idleMs, maxConnections, maxIdle }: AgentOptions) {
  return {
    keepAlive,
    timeout: idleMs,
    ...(maxConnections === 0 ? {} : { maxSockets: maxConnections }),
    ...(maxIdle !== undefined && { maxFreeSockets: maxIdle }),
  };
}

function toConnectionOptions(tls: ClientTls, options: SecureContextOptions): HttpsAgentOptions {
  const name = tls.server_name_override;
  return {
    // A resumed session stands for the certificate that it began with, also after that has been renewed.
    maxCachedSessions: 0,
    // Made once: to parse the certificates of a whole system for every connection would take longer than its handshake.
    secureContext: createSecureContext(options),
    rejectUnauthorized: !tls.insecure_skip_verify,
    ...(isGiven(name) && { servername: name }),
  };
}
