import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as requestHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonPorts } from '../../support/daemon.ts';

/** What is sent, and how fast. */
export interface MemoryLoadOptions {
  readonly ports: Pick<DaemonPorts, 'grpc' | 'http'>;
  /** Trace requests, sent in turn as they are. */
  readonly bodies: readonly Uint8Array[];
  /** Whether the bodies are compressed with gzip. */
  readonly isGzip?: boolean;
  /** Each with a connection of its own and one request on its way; every second one over gRPC. */
  readonly clients: number;
  /** Requests are begun at this rate at most, whether they are then taken or not. */
  readonly bytesPerSecond: number;
}

/** What has come of a load so far. */
export interface MemoryLoadTotals {
  /** Bytes of requests begun. */
  readonly offered: number;
  /** Bytes of requests answered with OK. */
  readonly taken: number;
  /** Answers by what they said: `ok`, a status with whether it says when to come again, or `broken`. */
  readonly answers: Readonly<Record<string, number>>;
  /** CPU time of the clients, in milliseconds. */
  readonly cpuMs: number;
}

/** Clients in a process of their own. */
export interface MemoryLoad {
  totals(): Promise<MemoryLoadTotals>;
  stop(): Promise<void>;
}

const childFlag = 'WEIR_TEST_MEMORY_LOAD';

/**
 * Starts clients that write prepared bytes with as little work as Node can do: some hundreds of megabytes a second from one
 * core, many times what clients that encode their requests come to.
 */
export async function startMemoryLoad(options: MemoryLoadOptions): Promise<MemoryLoad> {
  const child = fork(import.meta.filename, [], {
    env: { ...process.env, NODE_OPTIONS: '', [childFlag]: '1' },
    serialization: 'advanced',
  });
  await once(child, 'message');
  child.send(options);
  return {
    totals: async () => {
      const answer = once(child, 'message');
      child.send('totals');
      const [totals] = (await answer) as [MemoryLoadTotals];
      return totals;
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A client's pause after a refusal or a broken connection, as long as the clients of the fault suite wait. */
const pauseMs = 20;

type Send = (body: Uint8Array) => Promise<string>;

async function runClients(options: MemoryLoadOptions): Promise<void> {
  const { bodies, clients, ports, bytesPerSecond } = options;
  const answers: Record<string, number> = {};
  let offered = 0;
  let taken = 0;
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ offered, taken, answers, cpuMs: (user + system) / 1000 });
  });
  const startMs = performance.now();
  const run = async (index: number): Promise<void> => {
    const isGzip = options.isGzip ?? false;
    const send = index % 2 === 0 ? grpcClient(ports.grpc, isGzip) : httpClient(ports.http, isGzip);
    for (let turn = index; ; turn += 1) {
      const body = bodies[turn % bodies.length];
      if (body === undefined) return;
      const dueMs = startMs + (offered / bytesPerSecond) * 1000;
      offered += body.byteLength;
      if (dueMs > performance.now()) await delay(dueMs - performance.now());
      const answer = await send(body);
      answers[answer] = (answers[answer] ?? 0) + 1;
      if (answer === 'ok') taken += body.byteLength;
      else await delay(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_none, index) => run(index)));
}

const exportPath = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

/** Unary gRPC by hand: a flag, a length and the message; the status comes in the trailers. */
function grpcClient(port: number, isGzip: boolean): Send {
  let session = connectHttp2(`http://127.0.0.1:${port}`);
  const headers = {
    ':method': 'POST',
    ':path': exportPath,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(isGzip && { 'grpc-encoding': 'gzip' }),
  };
  return (body) =>
    new Promise((resolve) => {
      if (session.closed || session.destroyed) session = connectHttp2(`http://127.0.0.1:${port}`);
      session.on('error', () => undefined);
      const call = session.request(headers);
      let status = 'broken';
      const read = (fields: Readonly<Record<string, unknown>>): void => {
        const code = fields['grpc-status'];
        if (typeof code !== 'string') return;
        const hasRetry = fields['grpc-status-details-bin'] !== undefined;
        status = code === '0' ? 'ok' : `grpc ${code}${hasRetry ? ' with RetryInfo' : ''}`;
      };
      call
        .on('response', read)
        .on('trailers', read)
        .on('error', () => undefined);
      call.once('close', () => {
        session.removeAllListeners('error').on('error', () => undefined);
        resolve(status);
      });
      call.resume();
      const head = Buffer.alloc(5);
      head[0] = isGzip ? 1 : 0;
      head.writeUInt32BE(body.byteLength, 1);
      call.write(head);
      call.end(body);
    });
}

function httpClient(port: number, isGzip: boolean): Send {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return (body) =>
    new Promise((resolve) => {
      const request = requestHttp({
        agent,
        port,
        host: '127.0.0.1',
        path: '/v1/traces',
        method: 'POST',
        headers: {
          'content-type': 'application/x-protobuf',
          'content-length': body.byteLength,
          ...(isGzip && { 'content-encoding': 'gzip' }),
        },
      });
      request.once('error', () => {
        resolve('broken');
      });
      request.once('response', (response) => {
        const status = response.statusCode ?? 0;
        const hasRetry = response.headers['retry-after'] !== undefined;
        const answer =
          status === 200 ? 'ok' : `http ${status}${hasRetry ? ' with Retry-After' : ''}`;
        response.resume().once('close', () => {
          resolve(answer);
        });
      });
      request.end(body);
    });
}

if (process.env[childFlag] === '1') {
  process.once('disconnect', () => {
    process.exit();
  });
  const started = once(process, 'message') as Promise<[MemoryLoadOptions]>;
  process.send?.('up');
  const [options] = await started;
  await runClients(options);
}
