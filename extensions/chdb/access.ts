import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from './connection.ts';

/**
 * Why a request may not come from this machine's own tools; undefined where it may. A web page can reach a loopback port
 * by a name that it makes resolve to 127.0.0.1 (DNS rebinding), or by a plain cross-site request: the first shows in
 * Host, the second in Origin.
 */
export function foreignRequest(headers: IncomingHttpHeaders, port: number): string | undefined {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((host) => `${host}:${port}`);
  if (!hosts.includes(headers.host?.toLowerCase() ?? '')) {
    return `the Host header must be one of ${hosts.join(', ')}`;
  }
  if (headers.origin !== undefined && !hosts.some((host) => headers.origin === `http://${host}`)) {
    return 'pages of other origins may not query this store';
  }
  return undefined;
}

/**
 * The user and password of a request by any of the ways that ClickHouse takes them: Basic authorization,
 * `X-ClickHouse-User` and `X-ClickHouse-Key`, or query parameters.
 */
export function requestCredentials(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
): Credentials {
  const basic = /^Basic\s+(.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const decoded = Buffer.from(basic, 'base64').toString();
    const colon = decoded.indexOf(':');
    return { user: decoded.slice(0, Math.max(colon, 0)), password: decoded.slice(colon + 1) };
  }
  return {
    user: header(headers, 'x-clickhouse-user') ?? query.get('user') ?? '',
    password: header(headers, 'x-clickhouse-key') ?? query.get('password') ?? '',
  };
}

/** Compares credentials in time that does not depend on where they differ. */
export function sameCredentials(given: Credentials, expected: Credentials): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest({ user, password }: Credentials): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([user, password]))
    .digest();
}

/** The one value of a header; undefined where it is absent. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
