import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseEndpoint } from './endpoint.ts';

/** A listening `/metrics`. */
export interface MetricsServer {
  /** The port it got, where 0 was asked for. */
  readonly port: number;
  close(): Promise<void>;
}

/** What is served: text and its content type, made anew at each scrape. */
export interface MetricsSource {
  readonly contentType: string;
  render(): Promise<string>;
}

/** What is served, by the `Accept` of who asks. */
export interface MetricsPage {
  render(accept: string): Promise<{ readonly contentType: string; readonly text: string }>;
}

/**
 * Serves `/metrics` on `endpoint` (`host:port`), which stands under `key` in the configuration.
 * @throws Error naming the endpoint and the key to change, where it cannot listen.
 */
export async function startMetricsServer(
  endpoint: string,
  page: MetricsPage,
  key = 'service.telemetry.metrics.endpoint',
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('metrics are at /metrics\n');
      return;
    }
    page.render(request.headers.accept ?? '').then(
      ({ contentType, text }) => response.writeHead(200, { 'content-type': contentType }).end(text),
      () => response.writeHead(500).end('metrics could not be rendered\n'),
    );
  });
  const { host, port } = parseEndpoint(endpoint);
  await listen(server, host, port).catch((error: unknown) => {
    throw new Error(describeListenError(error, endpoint, key), { cause: error });
  });
  // A TCP server's address is an object; a string only names a pipe.
  const address = server.address() as AddressInfo;
  return { port: address.port, close: () => close(server) };
}

function describeListenError(error: unknown, endpoint: string, key: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `/metrics: ${endpoint} is already in use; stop what listens there, such as another Weir, or change ${key}`;
  }
  const why = error instanceof Error ? error.message : String(error);
  return `/metrics cannot listen on ${endpoint}: ${why} (change ${key})`;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
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
