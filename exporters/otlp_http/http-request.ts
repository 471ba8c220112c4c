import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps, type Agent as HttpsAgent } from 'node:https';
import type { Agent, IncomingHttpHeaders } from 'node:http';

/** A server's answer, as far as it matters. */
export interface HttpAnswer {
  readonly status: number;
  /** '' where absent. */
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  /** All of them, by their names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** One POST. */
export interface HttpPost {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly agent: Agent | HttpsAgent;
  readonly abort: AbortSignal;
}

/** As the Collector: an OTLP answer is tiny, and what is longer is some page that nobody needs whole. */
const maxAnswerBytes = 64 * 1024;

/** A kept connection broke before any byte of an answer came: the server closed it at that very moment. */
export class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

/**
 * Sends a POST and reads at most 64 KiB of its answer; follows no redirect. Rejects with the socket's error, or a
 * StaleConnectionError.
 */
export function post({ url, headers, body, agent, abort }: HttpPost): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const lengths = { 'content-length': String(body.byteLength) };
    const options = { method: 'POST', agent, signal: abort, headers: { ...headers, ...lengths } };
    const request = send(url, options, (response) => {
      readAnswer(response).then(resolve, reject);
    });
    request.once('error', (error) => {
      reject(isStale(request, error) ? new StaleConnectionError(error.message) : error);
    });
    request.end(body);
  });
}

function isStale(request: ClientRequest, error: Error): boolean {
  return request.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    // Node's streams of an answer without an encoding give Buffers.
    const bytes = chunk as Buffer;
    chunks.push(bytes);
    size += bytes.byteLength;
    if (size >= maxAnswerBytes) break;
  }
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    retryAfter: response.headers['retry-after'],
    location: response.headers.location,
    headers: response.headers,
    body: Buffer.concat(chunks).subarray(0, maxAnswerBytes),
  };
}
