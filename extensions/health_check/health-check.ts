import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Extension } from '../../pipeline/component/extension.ts';
import { isReloader, reloaderOffer } from '../../pipeline/graph/reloader.ts';
import { engineStatusOffer, isEngineStatus } from '../../pipeline/graph/status.ts';
import type { EngineStatus } from '../../pipeline/graph/status.ts';
import { parseEndpoint } from '../../pipeline/telemetry/endpoint.ts';
import type { HealthCheckConfig } from './config.ts';
import { answerProbe } from './probes.ts';
import type { Health } from './probes.ts';
import { answerReload, reloadPath } from './reload-request.ts';

/** What is served under `health_check.address`: `host:port`, for those that asked for port 0. */
export const healthCheckAddressOffer = 'health_check.address';

/**
 * Serves the state of the daemon: `/ready` is 200 from the moment receivers take requests until shutdown begins, save
 * while a log refuses; `/live` while the event loop turns and no log hangs; `path` is the Collector's check, which
 * follows `/ready`. `POST /-/reload` reloads the configuration.
 */
export function createHealthCheck(config: HealthCheckConfig, context: ComponentContext): Extension {
  let reloads = 0;
  const server = createServer((request, response) => {
    request.resume();
    const path = request.url?.split('?')[0] ?? '/';
    if (path === reloadPath) {
      reloads += 1;
      void reload(request, response, context).finally(() => (reloads -= 1));
    } else probe({ request, response }, path, config, readHealth(context));
  });
  const offers: Record<string, unknown> = {};
  return {
    offers,
    start: async () => {
      offers[healthCheckAddressOffer] = await listen(server, config.endpoint);
    },
    shutdown: () => close(server, reloads > 0),
  };
}

const unknownStatus: EngineStatus = {
  state: 'starting',
  runningSinceMs: undefined,
  refusals: [],
  stalls: [],
};

function readHealth(context: ComponentContext): Health {
  const status = context.offer(engineStatusOffer);
  const reloader = context.offer(reloaderOffer);
  const { state, runningSinceMs, refusals, stalls } = isEngineStatus(status)
    ? status
    : unknownStatus;
  const lastReload = isReloader(reloader) ? reloader.last : undefined;
  return { state, runningSinceMs, refusals, stalls, lastReload, nowMs: context.clock.now() };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function probe(
  { request, response }: Exchange,
  path: string,
  config: HealthCheckConfig,
  health: Health,
): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  const found = answerProbe(path, config, health);
  if (found === undefined) {
    response.writeHead(404).end('see /ready and /live\n');
    return;
  }
  const type = found.body.startsWith('{') ? 'application/json' : 'text/plain; charset=utf-8';
  response.writeHead(found.isOk ? 200 : 503, { 'content-type': type });
  response.end(request.method === 'HEAD' ? undefined : found.body);
}

async function reload(
  request: IncomingMessage,
  response: ServerResponse,
  context: ComponentContext,
): Promise<void> {
  if (request.method !== 'POST') {
    response.writeHead(405, { allow: 'POST' }).end();
    return;
  }
  const reloader = context.offer(reloaderOffer);
  const { status, body } = await answerReload(request, isReloader(reloader) ? reloader : undefined);
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(`${JSON.stringify(body)}\n`);
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

/** How long an answer to the reload that ends this very server may take. */
const lastAnswerMs = 5000;

/**
 * Stops listening, which frees the port at once. Where somebody waits for the answer to a reload, which may be what ends
 * this server, their connection stays until they have it.
 */
function close(server: Server, isReloading: boolean): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  if (!isReloading) {
    server.closeAllConnections();
    return closed;
  }
  server.closeIdleConnections();
  setTimeout(() => {
    server.closeAllConnections();
  }, lastAnswerMs).unref();
  return Promise.resolve();
}
