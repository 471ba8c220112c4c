import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import {
  Metadata,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { encodeMessage, encodeResponse } from '../../support/otlp-oracle.ts';
import { readSpanIds } from './span-request.ts';

/** An export request as a sink's script sees it. */
export interface SinkRequest {
  /** From 1. */
  readonly number: number;
  readonly ids: readonly number[];
  /** Of the body, once inflated. */
  readonly bytes: number;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** What a sink does with a request. */
export type SinkAnswer =
  | { readonly kind: 'accept' }
  /** Takes all but the first `rejected` spans. */
  | { readonly kind: 'partial'; readonly rejected: number }
  /** Of HTTP or gRPC. `retryAfter` is a header over HTTP, seconds of RetryInfo over gRPC. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string;
      readonly message?: string;
    }
  | { readonly kind: 'hang' }
  /** Breaks the connection, after it has taken the spans or without taking them. HTTP only. */
  | { readonly kind: 'reset'; readonly taken: boolean };

/** Decides on every request; a promise delays the answer. */
export type SinkScript = (request: SinkRequest) => SinkAnswer | Promise<SinkAnswer>;

/** A request with what became of it. */
export interface SeenRequest extends SinkRequest {
  readonly answer: SinkAnswer;
  /** `performance.now()` of its arrival. */
  readonly atMs: number;
}

/** An OTLP server that does what its script says, and remembers. */
export interface Sink {
  readonly port: number;
  /** For the `endpoint` of the exporter of its protocol. */
  readonly endpoint: string;
  /** In the order of their answers. */
  readonly requests: readonly SeenRequest[];
  /** Ids of spans that it took, with how often. */
  readonly taken: ReadonlyMap<number, number>;
  follow(script: SinkScript): void;
  /** Resolves as soon as the condition holds; it is looked at after every answer. @throws Error naming `what` after a minute. */
  until(what: string, condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** The script of a sink in good health. */
export const acceptAll: SinkScript = () => ({ kind: 'accept' });

/** The message of answers whose script gives none. */
const scripted = 'as the script says';

const untilLimitMs = 60_000;

/** Requests that the sink took although it had spans of theirs already. */
export function repeatedRequests({ requests }: Pick<Sink, 'requests'>): number {
  const seen = new Set<number>();
  let repeated = 0;
  for (const { ids, answer } of requests) {
    if (answer.kind !== 'accept') continue;
    if (ids.some((id) => seen.has(id))) repeated += 1;
    for (const id of ids) seen.add(id);
  }
  return repeated;
}

interface Recorder {
  readonly sink: Omit<Sink, 'port' | 'endpoint' | 'close'>;
  /** Runs the script on a body that has arrived, and remembers. */
  decide(body: Uint8Array, headers: SinkRequest['headers']): Promise<SinkAnswer>;
}

function createRecorder(firstScript: SinkScript): Recorder {
  const requests: SeenRequest[] = [];
  const taken = new Map<number, number>();
  const waiting = new Set<() => void>();
  let script = firstScript;
  let arrived = 0;
  const take = (ids: readonly number[], answer: SinkAnswer): void => {
    const first = { accept: 0, partial: 0, status: Infinity, hang: Infinity, reset: Infinity };
    if (answer.kind === 'reset' && answer.taken) first.reset = 0;
    if (answer.kind === 'partial') first.partial = answer.rejected;
    for (const id of ids.slice(first[answer.kind])) taken.set(id, (taken.get(id) ?? 0) + 1);
  };
  return {
    sink: {
      requests,
      taken,
      follow: (next) => {
        script = next;
      },
      until: (what, condition) => waitFor(what, condition, waiting),
    },
    decide: async (body, headers) => {
      const atMs = performance.now();
      arrived += 1;
      const ids = readSpanIds(body);
      const request = { number: arrived, ids, bytes: body.byteLength, headers };
      const answer = await script(request);
      take(ids, answer);
      requests.push({ ...request, answer, atMs });
      for (const look of waiting) look();
      return answer;
    },
  };
}

function waitFor(what: string, condition: () => boolean, waiting: Set<() => void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      waiting.delete(look);
      clearTimeout(limit);
    };
    const limit = setTimeout(() => {
      end();
      reject(new Error(`the sink waited in vain for: ${what}`));
    }, untilLimitMs);
    const look = (): void => {
      if (!condition()) return;
      end();
      resolve();
    };
    waiting.add(look);
    look();
  });
}

/** Where and how a sink listens. */
export interface ListenOptions {
  readonly host?: string;
  /** Any free one where absent. */
  readonly port?: number;
  /** Key and certificate, for HTTPS. */
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
}

/** An OTLP/HTTP sink on 127.0.0.1, or as the options say. */
export async function startHttpSink(
  script: SinkScript = acceptAll,
  { host = '127.0.0.1', port: wanted = 0, tls }: ListenOptions = {},
): Promise<Sink> {
  const recorder = createRecorder(script);
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    answerHttp(recorder, request, response).catch(() => {
      request.socket.destroy();
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(wanted, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...recorder.sink,
    port,
    endpoint: `${tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answerHttp(
  recorder: Recorder,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const sent = Buffer.concat(chunks);
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
  const answer = await recorder.decide(body, request.headers);
  if (answer.kind === 'hang') return;
  if (answer.kind === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  const type = { 'content-type': 'application/x-protobuf' };
  if (answer.kind === 'status') {
    const { status, retryAfter, message = scripted } = answer;
    const wait = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    const body = encodeMessage('Status', { code: 13, message });
    response.writeHead(status, { ...type, ...wait }).end(body);
  } else response.writeHead(200, type).end(toResponse(answer));
}

function toResponse(answer: SinkAnswer): Uint8Array {
  if (answer.kind !== 'partial') return new Uint8Array();
  const partialSuccess = { rejectedSpans: answer.rejected, errorMessage: scripted };
  return encodeResponse('traces', { partialSuccess });
}

/** As grpc-js' `sendUnaryData`, with codes as numbers. */
type GrpcReply = (
  error: { code: number; details: string; metadata: Metadata } | null,
  answer?: Buffer,
) => void;

const exportPath = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

/** An OTLP/gRPC sink on 127.0.0.1, or as the options say, without TLS. */
export async function startGrpcSink(
  script: SinkScript = acceptAll,
  { host = '127.0.0.1', port: wanted = 0 }: ListenOptions = {},
): Promise<Sink> {
  const recorder = createRecorder(script);
  const asIs = (bytes: Buffer): Buffer => bytes;
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(
    {
      export: {
        path: exportPath,
        requestStream: false,
        responseStream: false,
        requestDeserialize: asIs,
        requestSerialize: asIs,
        responseDeserialize: asIs,
        responseSerialize: asIs,
      },
    },
    {
      export: (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) => {
        recorder.decide(call.request, call.metadata.getMap()).then((answer) => {
          answerGrpc(answer, reply);
        }, reply);
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${wanted}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    ...recorder.sink,
    port,
    endpoint: `http://${host}:${port}`,
    close: () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

function answerGrpc(answer: SinkAnswer, reply: GrpcReply): void {
  if (answer.kind === 'hang') return;
  if (answer.kind === 'reset') throw new Error('a gRPC sink cannot reset; put a proxy before it');
  if (answer.kind !== 'status') {
    reply(null, Buffer.from(toResponse(answer)));
    return;
  }
  const metadata = new Metadata();
  if (answer.retryAfter !== undefined) {
    const value = encodeMessage('RetryInfo', { retryDelay: { seconds: answer.retryAfter } });
    const details = [{ typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value }];
    const status = encodeMessage('Status', { code: answer.status, details });
    metadata.set('grpc-status-details-bin', Buffer.from(status));
  }
  reply({ code: answer.status, details: answer.message ?? scripted, metadata });
}
