import type { Server } from 'node:net';

/** An address to listen on. */
export interface Endpoint {
  /** Undefined means every interface. */
  readonly host: string | undefined;
  readonly port: number;
}

/**
 * Reads `host:port`, `[v6]:port` or `:port`; undefined where `text` is none. `localhost` means 127.0.0.1, so that what it
 * resolves to on a machine makes no difference.
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return undefined;
  const host = match[1] ?? match[2] ?? '';
  if (host === '') return { host: undefined, port };
  return { host: host === 'localhost' ? '127.0.0.1' : host, port };
}

/** As `parseEndpoint`, for text that the schema has checked. @throws Error where it is no endpoint. */
export function requireEndpoint(text: string): Endpoint {
  const endpoint = parseEndpoint(text);
  if (endpoint === undefined) throw new Error(`not an endpoint: ${text}`);
  return endpoint;
}

/** True where only this machine can reach the endpoint. */
export function isLoopback({ host }: Endpoint): boolean {
  return host !== undefined && (host === '::1' || host.startsWith('127.'));
}

/** What to say where listening fails. */
export interface ListenPlace {
  /** Id of the component. */
  readonly id: string;
  /** The key to change, for example `protocols.grpc.endpoint`. */
  readonly key: string;
}

/**
 * Binds the server and returns the port it got.
 * @throws Error that names the endpoint and the key to change where the address is taken or cannot be bound.
 */
export async function listen(
  server: Server,
  endpoint: Endpoint,
  place: ListenPlace,
): Promise<number> {
  const { host, port } = endpoint;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, ...(host !== undefined && { host }) }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    throw new Error(describeListenError(error, endpoint, place), { cause: error });
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** The endpoint as text, with the port that was really bound. */
export function formatEndpoint({ host }: Endpoint, port: number): string {
  return `${host === undefined ? '' : host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

function describeListenError(error: unknown, endpoint: Endpoint, { id, key }: ListenPlace): string {
  const at = formatEndpoint(endpoint, endpoint.port);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `receiver ${id}: ${at} is already in use; stop what listens there, or change receivers.${id}.${key}`;
  }
  const why = error instanceof Error ? error.message : String(error);
  return `receiver ${id}: cannot listen on ${at} (${why}); change receivers.${id}.${key}`;
}
