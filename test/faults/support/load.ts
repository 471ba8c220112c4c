import { Agent, request as requestHttp } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonPorts } from '../../support/daemon.ts';
import { createGrpcSender, type GrpcSender } from '../../support/otlp-client.ts';
import { decodeResponse } from '../../support/otlp-oracle.ts';
import type { Oracle } from './oracle.ts';
import { createRequestMaker } from './span-request.ts';

/** Clients that send as fast as they are answered. */
export interface Load {
  readonly oracle: Oracle;
  /** Requests by what they came to: an HTTP or gRPC status, or `broken`. */
  readonly answers: ReadonlyMap<string, number>;
  /** Milliseconds from sending to OK, of each acknowledged request. */
  readonly latenciesMs: readonly number[];
  /** Resolves when this many spans more have been acknowledged. Rejects after two minutes, and stops the clients. */
  untilAcknowledged(spans: number): Promise<void>;
  /** Resolves when the last answer is there. */
  stop(): Promise<void>;
}

/** What a load is made of. */
export interface LoadOptions {
  readonly oracle: Oracle;
  /** Where to send; pends while there is nobody, and is undefined when there never will be. */
  readonly target: () => Promise<Pick<DaemonPorts, 'grpc' | 'http'> | undefined>;
  /** Every second one sends over gRPC, the others over HTTP. */
  readonly clients?: number;
  readonly spans?: number;
  readonly bodyBytes?: number;
  /** Ends the clients too, as that of a test does which failed before it stopped them. */
  readonly signal?: AbortSignal;
}

/** A client's pause after a refusal or a broken connection. */
const pauseMs = 20;

/** Longer than any daemon takes on a busy machine; one that has died fails its test then, and its clients end. */
const untilLimitMs = 120_000;

/** Starts a closed loop; a span is an obligation only once its request was answered with OK, without a partial success. */
export function startLoad(options: LoadOptions): Load {
  const { oracle, target, clients = 4, spans = 20, bodyBytes = 500 } = options;
  const make = createRequestMaker(spans, bodyBytes);
  const answers = new Map<string, number>();
  const latenciesMs: number[] = [];
  const waiting = new Set<() => void>();
  const stopped = new AbortController();
  const isStopped = (): boolean => stopped.signal.aborted;
  options.signal?.addEventListener('abort', () => {
    stopped.abort();
  });
  const run = async (index: number): Promise<void> => {
    const sender = index % 2 === 0 ? createGrpcClient() : createHttpClient();
    while (!isStopped()) {
      const ports = await target();
      if (ports === undefined) break;
      const firstId = oracle.issue(spans);
      const sentMs = performance.now();
      const answer = await sender.send(ports, make(firstId));
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      if (answer === 'ok') {
        latenciesMs.push(performance.now() - sentMs);
        oracle.acknowledge(firstId, spans);
        for (const look of waiting) look();
      } else if (!isStopped()) await delay(pauseMs);
    }
    sender.close();
  };
  const running = Promise.all(Array.from({ length: clients }, (_none, index) => run(index)));
  return {
    oracle,
    answers,
    latenciesMs,
    untilAcknowledged: (count) => {
      const goal = oracle.acknowledged.size + count;
      return new Promise((resolve, reject) => {
        const limit = setTimeout(() => {
          waiting.delete(look);
          stopped.abort();
          reject(new Error(`clients waited in vain for ${count} spans: ${describe(answers)}`));
        }, untilLimitMs);
        const look = (): void => {
          if (oracle.acknowledged.size < goal) return;
          clearTimeout(limit);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    },
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}

function describe(answers: ReadonlyMap<string, number>): string {
  return [...answers].map(([answer, times]) => `${times} × ${answer}`).join(', ');
}

/** Sends `count` spans in requests of `spans`, each repeated until it is acknowledged. */
export async function sendAll(
  oracle: Oracle,
  ports: Pick<DaemonPorts, 'http'>,
  { count, spans = 20, bodyBytes = 500 }: { count: number; spans?: number; bodyBytes?: number },
): Promise<void> {
  const client = createHttpClient();
  const make = createRequestMaker(spans, bodyBytes);
  for (let sent = 0; sent < count; sent += spans) {
    const firstId = oracle.issue(spans);
    const answer = await client.send(ports, make(firstId));
    if (answer !== 'ok') throw new Error(`spans were not acknowledged: ${answer}`);
    oracle.acknowledge(firstId, spans);
  }
  client.close();
}

interface Client<Port extends keyof DaemonPorts> {
  /** Resolves with `ok`, a status, or `broken`. */
  send(ports: Pick<DaemonPorts, Port>, body: Buffer): Promise<string>;
  close(): void;
}

/** `ok`, or `partial` where the answer says that spans were rejected. */
function successOf(answer: Buffer): string {
  if (answer.length === 0) return 'ok';
  const { partialSuccess } = decodeResponse('traces', answer) as {
    partialSuccess?: { rejectedSpans?: string };
  };
  return (partialSuccess?.rejectedSpans ?? '0') === '0' ? 'ok' : 'partial';
}

function createGrpcClient(): Client<'grpc'> {
  let current: { readonly port: number; readonly sender: GrpcSender } | undefined;
  return {
    send: async ({ grpc: port }, body) => {
      if (current?.port !== port) {
        current?.sender.close();
        current = { port, sender: createGrpcSender(port) };
      }
      try {
        const answer = await current.sender.export('traces', body);
        return successOf(answer);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? Number(error.code) : 2;
        return `grpc ${code}`;
      }
    },
    close: () => current?.sender.close(),
  };
}

const exchangeLimitMs = 60_000;

function createHttpClient(): Client<'http'> {
  const agent = new Agent({ keepAlive: true });
  return {
    send: ({ http: port }, body) =>
      new Promise((resolve) => {
        const request = requestHttp({
          agent,
          port,
          host: '127.0.0.1',
          path: '/v1/traces',
          method: 'POST',
          timeout: exchangeLimitMs,
          headers: { 'content-type': 'application/x-protobuf', 'content-length': body.length },
        });
        const broken = (): void => {
          request.destroy();
          resolve('broken');
        };
        request.once('timeout', broken).once('error', broken);
        request.once('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', broken).once('end', () => {
            const status = response.statusCode ?? 0;
            if (status === 200) resolve(successOf(Buffer.concat(chunks)));
            else resolve(`http ${status}`);
          });
        });
        request.end(body);
      }),
    close: () => {
      agent.destroy();
    },
  };
}
