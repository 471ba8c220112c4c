/** A host and port on which only this machine can connect. */
export interface LoopbackEndpoint {
  /** As `listen` takes it, without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `127.0.0.1:8123`, `localhost:8123` or `[::1]:8123`; undefined for any other host, because a name that resolves
 * elsewhere would serve the store to the network.
 */
export function parseLoopbackEndpoint(text: string): LoopbackEndpoint | undefined {
  const match = /^(127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})$/.exec(text);
  const [, host, port] = match ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
