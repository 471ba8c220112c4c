/** Where a gRPC client connects, and whether a scheme decided on TLS. */
export type GrpcEndpoint =
  | { readonly kind: 'target'; readonly target: string; readonly tls: boolean | undefined }
  | { readonly kind: 'invalid'; readonly message: string };

/**
 * Parses the Collector's spellings: `host:port`, `http://host:port`, `https://host[:443]`, and the gRPC names `dns:…`,
 * `unix:…`, `ipv4:…`, `ipv6:…`.
 */
export function parseGrpcEndpoint(text: string): GrpcEndpoint {
  if (text === '') return invalid('an endpoint is needed, for example "localhost:4317"');
  if (/^(dns|unix|ipv4|ipv6|passthrough):/.test(text)) {
    return { kind: 'target', target: text.replace(/^passthrough:\/{0,3}/, ''), tls: undefined };
  }
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/]*)(\/.*)?$/i.exec(text);
  const scheme = match?.[1]?.toLowerCase();
  const authority = match?.[2] ?? '';
  const path = match?.[3];
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    return invalid(`"${scheme}://" is not a scheme of gRPC (use host:port, http:// or https://)`);
  }
  if (path !== undefined && path !== '/') {
    return invalid(`a gRPC endpoint has no path: write "${authority}" (otlp_http sends to paths)`);
  }
  return withPort(authority, scheme);
}

function withPort(authority: string, scheme: 'http' | 'https' | undefined): GrpcEndpoint {
  const tls = scheme === undefined ? undefined : scheme === 'https';
  const port = /^(?:\[[^\]]+\]|[^:]+):(\d+)$/.exec(authority)?.[1];
  if (port !== undefined && Number(port) > 0 && Number(port) < 65_536) {
    return { kind: 'target', target: authority, tls };
  }
  const hasOnlyHost = /^(?:\[[^\]]+\]|[^:]+)$/.test(authority);
  if (hasOnlyHost && tls === true) return { kind: 'target', target: `${authority}:443`, tls };
  return invalid(`"${authority}" has no port (OTLP/gRPC servers listen on 4317)`);
}

function invalid(message: string): GrpcEndpoint {
  return { kind: 'invalid', message };
}
