import type { IncomingMessage } from 'node:http';
import type { Compression, Ingress } from '../../pipeline/component/receiver.ts';
import { signals } from '../../pipeline/component/signal.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { hasZstd } from '../../pipeline/stage/inflate.ts';
import { noPipeline } from './answers.ts';
import type { Refusal } from './answers.ts';
import type { HttpConfig } from './config.ts';

/** How a body is written; also how its answer is. */
export type Encoding = 'protobuf' | 'json';

/** Where a request goes and how its body is to be read. */
export interface Route {
  readonly signal: Signal;
  readonly encoding: Encoding;
  readonly compression: Compression;
}

/** Reads a request's line and headers. */
export type FindRoute = (request: IncomingMessage) => Route | Refusal;

const contentTypes: ReadonlyMap<string, Encoding> = new Map([
  ['application/x-protobuf', 'protobuf'],
  ['application/protobuf', 'protobuf'],
  ['application/json', 'json'],
]);

/** Content codings by their HTTP names; `zlib` is the Collector's name for deflate. */
const codings: ReadonlyMap<string, Compression> = new Map([
  ['', 'identity'],
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['zlib', 'deflate'],
  ...(hasZstd ? ([['zstd', 'zstd']] as const) : []),
]);

/** Makes the router of one `http` block. */
export function createRouter(config: HttpConfig, ingress: Ingress): FindRoute {
  const paths = new Map<string, Signal>(signals.map((s) => [config[`${s}_url_path`], s]));
  const accepted = allowedCodings(config.compression_algorithms);

  return (request) => {
    const { headers, method, url = '' } = request;
    const signal = paths.get(url.split('?', 1)[0] ?? '');
    if (signal === undefined) {
      const known = [...paths.keys()].join(', ');
      return { reason: 'unknown_path', message: `no such path; OTLP/HTTP is at ${known}` };
    }
    if (method !== 'POST') {
      return { reason: 'method', message: 'method not allowed, supported: [POST]' };
    }
    const encoding = contentTypes.get(mediaType(headers['content-type']));
    if (encoding === undefined) {
      const known = 'application/x-protobuf, application/json';
      return { reason: 'content_type', message: `unsupported content type, supported: [${known}]` };
    }
    const compression = accepted.get((headers['content-encoding'] ?? '').trim().toLowerCase());
    if (compression === undefined) {
      const known = [...accepted.keys()].filter((name) => name !== '').join(', ');
      return {
        reason: 'content_encoding',
        message: `unsupported content encoding, supported: [${known}]`,
      };
    }
    return ingress.accepts(signal) ? { signal, encoding, compression } : noPipeline(signal);
  };
}

function allowedCodings(
  configured: HttpConfig['compression_algorithms'],
): ReadonlyMap<string, Compression> {
  if (configured === undefined) return codings;
  const allowed = new Set(configured.map((name) => codings.get(name)));
  return new Map([...codings].filter(([, compression]) => allowed.has(compression)));
}

/** The media type without its parameters. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** The encoding of an answer: the request's, and JSON where it said none that we know. */
export function answerEncoding(request: IncomingMessage): Encoding {
  return contentTypes.get(mediaType(request.headers['content-type'])) ?? 'json';
}
