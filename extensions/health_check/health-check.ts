import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Extension } from '../../pipeline/component/extension.ts';
import { engineStatusOffer, isEngineStatus } from '../../pipeline/graph/status.ts';
import type { EngineState } from '../../pipeline/graph/status.ts';
import { parseEndpoint } from '../../pipeline/telemetry/endpoint.ts';
import type { HealthCheckConfig } from './config.ts';

/** What is served under `health_check.address`: `host:port`, for those that asked for port 0. */
export const healthCheckAddressOffer = 'health_check.address';

interface Health {
  readonly state: EngineState;
  readonly runningSinceMs: number | undefined;
}

/**
 * Serves the state of the daemon: `/ready` is 200 from the moment receivers take requests until shutdown begins, `/live`
 * while the process can answer at all, and `path` is the Collector's check, which follows `/ready`.
 */
export function createHealthCheck(config: HealthCheckConfig, context: ComponentContext): Extension {
  const readHealth = (): Health => {
    const status = context.offer(engineStatusOffer);
    return isEngineStatus(status) ? status : { state: 'starting', runningSinceMs: undefined };
  };
  const server = createServer((request, response) => {
    answer(request, response, config, { ...readHealth(), nowMs: context.clock.now() });
  });
  const offers: Record<string, unknown> = {};
  return {
    offers,
    start: async () => {
      offers[healthCheckAddressOffer] = await listen(server, config.endpoint);
    },
    shutdown: () => close(server),
  };
}

interface Answer {
  readonly isOk: boolean;
  readonly body: string;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  config: HealthCheckConfig,
  health: Health & { readonly nowMs: number },
): void {
  const path = request.url?.split('?')[0] ?? '/';
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  const found = findAnswer(path, config, health);
  if (found === undefined) {
    response.writeHead(404).end('see /ready and /live\n');
    return;
  }
  const type = found.body.startsWith('{') ? 'application/json' : 'text/plain; charset=utf-8';
  response.writeHead(found.isOk ? 200 : 503, { 'content-type': type });
  response.end(request.method === 'HEAD' ? undefined : found.body);
}

function findAnswer(
  path: string,
  config: HealthCheckConfig,
  health: Health & { readonly nowMs: number },
): Answer | undefined {
  const isReady = health.state === 'running';
  if (path === '/ready') return { isOk: isReady, body: `${isReady ? 'ready' : health.state}\n` };
  if (path === '/live') return { isOk: true, body: 'live\n' };
  if (path !== config.path) return undefined;
  const { healthy, unhealthy } = config.response_body;
  const own = isReady ? healthy : unhealthy;
  return { isOk: isReady, body: own === '' ? collectorBody(health) : own };
}

/** The Collector's body: `status`, and since when it is up. */
function collectorBody({
  state,
  runningSinceMs,
  nowMs,
}: Health & { readonly nowMs: number }): string {
  if (state !== 'running' || runningSinceMs === undefined) {
    return JSON.stringify({ status: 'Server not available', state });
  }
  const upSince = new Date(runningSinceMs).toISOString();
  const uptime = `${(nowMs - runningSinceMs) / 1000}s`;
  return JSON.stringify({ status: 'Server available', upSince, uptime });
}

function listen(server: Server, endpoint: string): Promise<string> {
  const { host, port } = parseEndpoint(endpoint);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      resolve(`${host}:${bound}`);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
