/** Splits `host:port`; `localhost` is 127.0.0.1, an empty host all addresses, brackets around IPv6 are taken off. */
export function parseEndpoint(endpoint: string): { readonly host: string; readonly port: number } {
  const colon = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(endpoint.slice(colon + 1));
  if (colon < 0 || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`"${endpoint}" is not host:port`);
  }
  if (host === '') return { host: '0.0.0.0', port };
  return { host: host === 'localhost' ? '127.0.0.1' : host, port };
}
