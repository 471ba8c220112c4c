import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { Client, Server, ServerCredentials, credentials } from '@grpc/grpc-js';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { startOtlpReceiver } from '../test/support/start-otlp-receiver.ts';
import { traceRequest } from './corpus.ts';

/**
 * What the OTLP/gRPC receiver costs above gRPC itself: CPU of the server's process a request, beside a bare grpc-js server
 * that takes the same raw bytes, in alternating rounds of the same run. The load comes from a child process.
 */
export async function benchIngest(print: (line: string) => void): Promise<void> {
  for (const spans of [1, 50, 500]) await compare(traceRequest('small', spans), spans, print);
}

const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const rounds = 5;
const roundMs = 1500;

/** Calls in flight over one connection: enough to keep the server busy, few enough not to measure queues. */
const concurrency = 8;

interface Target {
  readonly name: string;
  readonly port: number;
  stop(): Promise<void>;
}

interface Totals {
  requests: number;
  cpuUs: number;
  ms: number;
}

async function compare(
  body: Uint8Array,
  spans: number,
  print: (line: string) => void,
): Promise<void> {
  const targets = [await startBare(), await startReceiver()] as const;
  const totals = targets.map((): Totals => ({ requests: 0, cpuUs: 0, ms: 0 }));
  const load = fork(import.meta.filename, [], { env: { ...process.env, [loadFlag]: '1' } });
  for (let round = -1; round < rounds; round++) {
    for (const [i, target] of targets.entries()) {
      const measured = await measure(load, target.port, body);
      const total = totals[i];
      // The first round warms up both.
      if (round < 0 || total === undefined) continue;
      total.requests += measured.requests;
      total.cpuUs += measured.cpuUs;
      total.ms += measured.ms;
    }
  }
  load.disconnect();
  await Promise.all(targets.map((target) => target.stop()));
  report(targets, totals, { body, spans, print });
}

function report(
  targets: readonly Target[],
  totals: readonly Totals[],
  of: { body: Uint8Array; spans: number; print: (line: string) => void },
): void {
  of.print(`${of.spans} spans a request, ${(of.body.length / 1000).toFixed(1)} KB`);
  const costs = totals.map(({ cpuUs, requests }) => cpuUs / requests);
  for (const [i, target] of targets.entries()) {
    const total = totals[i];
    const cost = costs[i] ?? NaN;
    if (total === undefined) continue;
    const perMib = cost / 1000 / (of.body.length / 2 ** 20);
    const rate = (total.requests / total.ms) * 1000;
    of.print(
      `  ${target.name.padEnd(14)} ${cost.toFixed(0).padStart(6)} µs CPU a request, ` +
        `${perMib.toFixed(2).padStart(7)} ms a MiB, ${rate.toFixed(0).padStart(6)} requests/s`,
    );
  }
  const [bare = NaN, receiver = NaN] = costs;
  of.print(
    `  ratio          ${(bare / receiver).toFixed(2)} of the bare server's requests per CPU second`,
  );
}

async function measure(load: ChildProcess, port: number, body: Uint8Array): Promise<Totals> {
  const before = process.cpuUsage();
  const start = performance.now();
  const requests = await new Promise<number>((resolve) => {
    load.once('message', (message) => {
      resolve(Number(message));
    });
    load.send({ port, body: Buffer.from(body).toString('base64') });
  });
  const { user, system } = process.cpuUsage(before);
  return { requests, cpuUs: user + system, ms: performance.now() - start };
}

async function startReceiver(): Promise<Target> {
  const started = await startOtlpReceiver('protocols: {grpc: {endpoint: "127.0.0.1:0"}}', {
    keepRequests: false,
  });
  return {
    name: 'weir receiver',
    port: started.grpcPort,
    stop: async () => started.receiver.shutdown?.(),
  };
}

const asIs = (bytes: Buffer): Buffer => bytes;

const bareService: ServiceDefinition = {
  export: {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
};

async function startBare(): Promise<Target> {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const empty = Buffer.alloc(0);
  server.addService(bareService, {
    export: (_call: unknown, callback: (error: null, answer: Buffer) => void) => {
      callback(null, empty);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    name: 'bare grpc-js',
    port,
    stop: () =>
      new Promise((resolve) => {
        server.forceShutdown();
        resolve();
      }),
  };
}

const loadFlag = 'WEIR_BENCH_LOAD';

/** The child: sends as fast as answers come back, and reports how many came. */
function runLoad(): void {
  process.on('message', (job: { port: number; body: string }) => {
    void sendFor(job.port, Buffer.from(job.body, 'base64')).then((requests) =>
      process.send?.(requests),
    );
  });
}

async function sendFor(port: number, body: Buffer): Promise<number> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const end = performance.now() + roundMs;
  let requests = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < end) {
      await sendOne(client, body);
      requests += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  client.close();
  return requests;
}

function sendOne(client: Client, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, asIs, asIs, body, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

if (process.env[loadFlag] === '1') runLoad();
