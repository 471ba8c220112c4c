import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { fileExporter } from '../exporters/file/factory.ts';
import { fileEncode } from '../exporters/file/file.worker.ts';
import { langfuseExporter } from '../exporters/langfuse/factory.ts';
import { langfuseEncode } from '../exporters/langfuse/langfuse.worker.ts';
import { otlpExporter } from '../exporters/otlp/factory.ts';
import { otlpHttpExporter } from '../exporters/otlp_http/factory.ts';
import { otlpHttpEncode } from '../exporters/otlp_http/otlp-http.worker.ts';
import type { ExporterFactory } from '../pipeline/component/exporter.ts';
import type { EncodeDefinition, Payload } from '../pipeline/component/transform.ts';
import { createRecordingContext } from '../test/support/component-context.ts';
import { createEncoder } from '../test/support/encode-slice.ts';
import { freePorts } from '../test/support/free-port.ts';
import { decodeRequest, encodeRequest } from '../test/support/otlp-oracle.ts';
import { traceRequest } from './corpus.ts';

type Print = (line: string) => void;

const spans = 512;
const warmUpMs = 300;
const measuredMs = 1500;

interface Case {
  readonly name: string;
  readonly factory: ExporterFactory;
  /** Absent where slices are sent as they are. */
  readonly encode?: EncodeDefinition;
  readonly config: object;
}

/**
 * Measures what each exporter's encoding costs beside decoding a request to objects and writing it again, and what it
 * then sends to a server on loopback beside bare HTTP of the same bytes. ClickHouse has a benchmark of its own.
 */
export async function benchExporters(print: Print): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  const sink = await startSink();
  try {
    for (const kind of ['small', 'prompt'] as const) {
      const request = traceRequest(kind, spans);
      print(`${kind}: ${spans} spans of ${(request.length / spans / 1000).toFixed(2)} KB`);
      await benchEncoding(cases(sink, directory), request, print);
      await benchSending(cases(sink, directory), { request, url: sink.url, print });
    }
  } finally {
    sink.close();
    rmSync(directory, { recursive: true });
  }
}

async function benchEncoding(
  list: readonly Case[],
  request: Uint8Array,
  print: Print,
): Promise<void> {
  const baseline = await measure(() => encodeRequest('traces', decodeRequest('traces', request)));
  print(line('encode: to objects and back (protobufjs)', baseline, { request, baseline }));
  for (const one of list.filter(({ encode }) => encode !== undefined)) {
    const run = encoderOf(one);
    const encoding = await measure(() => run(request));
    print(line(`encode: ${one.name}`, encoding, { request, baseline }));
  }
}

interface Sending {
  readonly request: Uint8Array;
  readonly url: string;
  readonly print: Print;
}

async function benchSending(
  list: readonly Case[],
  { request, url, print }: Sending,
): Promise<void> {
  const body = gzipSync(request);
  const baseline = await measure(async () => {
    const answer = await fetch(url, { method: 'POST', body });
    await answer.text();
  });
  print(line('send: bare HTTP, compressed before', baseline, { request, baseline }));
  for (const one of list) {
    const sending = await measureSending(one, request);
    print(line(`encode and send: ${one.name}`, sending, { request, baseline }));
  }
}

function encoderOf({ factory, encode, config }: Case): (request: Uint8Array) => Payload[] {
  if (encode === undefined) return (request) => [{ body: request, items: spans }];
  const run = createEncoder(encode, factory, { config, signal: 'traces' });
  return (request) => run(request, spans);
}

function cases({ url, grpc }: BenchSink, directory: string): readonly Case[] {
  const http = { factory: otlpHttpExporter };
  const plain = { compression: 'none', tls: { insecure: true } };
  const file = { factory: fileExporter, encode: fileEncode };
  const keys = { public_key: 'pk', secret_key: 'sk' };
  const path = (name: string): string => join(directory, name);
  return [
    {
      name: 'langfuse, gzip',
      factory: langfuseExporter,
      encode: langfuseEncode,
      config: { endpoint: url, ...keys },
    },
    {
      name: 'otlp, no compression',
      factory: otlpExporter,
      config: { endpoint: grpc, ...plain },
    },
    { name: 'otlp_http, gzip', ...http, config: { endpoint: url } },
    {
      name: 'otlp_http, no compression',
      ...http,
      config: { endpoint: url, compression: 'none' },
    },
    {
      name: 'otlp_http, JSON, gzip',
      ...http,
      encode: otlpHttpEncode,
      config: { endpoint: url, encoding: 'json' },
    },
    { name: 'file, JSON lines', ...file, config: { path: path('lines.jsonl') } },
    {
      name: 'file, protobuf',
      ...file,
      config: { path: path('frames.pb'), format: 'proto' },
    },
  ];
}

async function measureSending(one: Case, request: Uint8Array): Promise<number> {
  const { factory, config } = one;
  const run = encoderOf(one);
  const exporter = factory.create(config, createRecordingContext(factory.type));
  await exporter.start?.();
  const { signal: abort } = new AbortController();
  const send = async (payload: Payload): Promise<void> => {
    const outcome = await exporter.send(payload, { id: '1', signal: 'traces', attempt: 1, abort });
    if (outcome.kind !== 'delivered') throw new Error(outcome.message);
  };
  const ms = await measure(async () => {
    for (const payload of run(request)) await send(payload);
  });
  await exporter.shutdown?.();
  return ms;
}

/** Milliseconds of one run, the mean of many. */
async function measure(work: () => unknown): Promise<number> {
  await repeat(work, warmUpMs);
  return repeat(work, measuredMs);
}

async function repeat(work: () => unknown, forMs: number): Promise<number> {
  const start = performance.now();
  let runs = 0;
  while (performance.now() - start < forMs) {
    await work();
    runs += 1;
  }
  return (performance.now() - start) / runs;
}

function line(
  name: string,
  ms: number,
  { request, baseline }: { readonly request: Uint8Array; readonly baseline: number },
): string {
  const rows = Math.round((spans / ms) * 1000).toLocaleString('en');
  const megabytes = (request.length / ms / 1000).toFixed(0);
  const ratio = (baseline / ms).toFixed(1);
  return `  ${name.padEnd(44)}${rows.padStart(10)} spans/s ${megabytes.padStart(5)} MB/s  ${ratio}x`;
}

interface BenchSink {
  readonly url: string;
  /** host:port of a gRPC server that only takes the bytes. */
  readonly grpc: string;
  close(): void;
}

async function startSink(): Promise<BenchSink> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The server of a TCP port has an address with a port.
  const { port } = server.address() as AddressInfo;
  const [grpcPort = 0] = await freePorts(1);
  const bareGrpc = spawn(process.execPath, [join(import.meta.dirname, 'peers/bare-grpc.js')], {
    env: { ...process.env, OTLP_PORT: String(grpcPort) },
    stdio: 'inherit',
  });
  return {
    url: `http://127.0.0.1:${port}`,
    grpc: `127.0.0.1:${grpcPort}`,
    close: () => {
      bareGrpc.kill();
      server.closeAllConnections();
      server.close();
    },
  };
}
