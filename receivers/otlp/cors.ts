import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { HttpConfig } from './config.ts';

/** Answers browsers (https://fetch.spec.whatwg.org/#http-cors-protocol). */
export interface Cors {
  /** Headers for an ordinary response; undefined where the origin is not allowed or none was sent. */
  headers(request: IncomingMessage): OutgoingHttpHeaders | undefined;
  /** Headers for a preflight; without any the browser does not send. */
  preflight(request: IncomingMessage): OutgoingHttpHeaders;
}

/** Headers that a page may always send, as in the Collector: those of the safelist and the content's own. */
const safelisted = ['accept', 'accept-language', 'content-language', 'content-type', 'origin'];

/** Makes the rules of one `cors` block; undefined where it allows no origin. */
export function createCors(config: HttpConfig['cors']): Cors | undefined {
  if (config === undefined || config.allowed_origins.length === 0) return undefined;
  const origins = config.allowed_origins.map(toPattern);
  const allowed = new Set([...safelisted, ...config.allowed_headers.map((h) => h.toLowerCase())]);
  const exposed = config.exposed_headers.join(', ');

  function headers(request: IncomingMessage): OutgoingHttpHeaders | undefined {
    const { origin } = request.headers;
    if (origin === undefined || !origins.some((pattern) => pattern.test(origin))) return undefined;
    return {
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
      ...(exposed !== '' && { 'access-control-expose-headers': exposed }),
    };
  }

  function isAllowed(requested: string): boolean {
    return requested
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .every((name) => name === '' || allowed.has('*') || allowed.has(name));
  }

  return {
    headers,
    preflight(request) {
      const common = headers(request);
      const requested = request.headers['access-control-request-headers'] ?? '';
      const isPost = request.headers['access-control-request-method'] === 'POST';
      if (common === undefined || !isPost || !isAllowed(requested)) return { vary: 'Origin' };
      return {
        ...common,
        'access-control-allow-methods': 'POST',
        ...(requested !== '' && { 'access-control-allow-headers': requested }),
        ...(config.max_age > 0 && { 'access-control-max-age': String(config.max_age) }),
      };
    },
  };
}

/** A pattern in which `*` stands for any text. */
function toPattern(origin: string): RegExp {
  const parts = origin.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i');
}
