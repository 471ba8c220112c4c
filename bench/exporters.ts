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
import { otlpHttpExporter } from '../exporters/otlp_http/factory.ts';
import { otlpHttpEncode } from '../exporters/otlp_http/otlp-http.worker.ts';
import type { ExporterFactory } from '../pipeline/component/exporter.ts';
import type { EncodeDefinition, Payload } from '../pipeline/component/transform.ts';
import { createRecordingContext } from '../test/support/component-context.ts';
import { createEncoder } from '../test/support/encode-slice.ts';
import { decodeRequest, encodeRequest } from '../test/support/otlp-oracle.ts';
import { traceRequest } from './corpus.ts';

type Print = (line: string) => void;

const spans = 512;
const warmUpMs = 300;
const measuredMs = 1500;

interface Case {
  readonly name: string;
  readonly factory: ExporterFactory;
  readonly encode: EncodeDefinition;
  readonly config: object;
  readonly encodes: boolean;
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
      const objects = await measure(() =>
        encodeRequest('traces', decodeRequest('traces', request)),
      );
      print(line('encode: to objects and back (protobufjs)', objects, { request, objects }));
      // What is sent as it is has nothing to encode.
      for (const one of cases(sink.url, directory).filter(({ encodes }) => encodes)) {
        const run = createEncoder(one.encode, one.factory, {
          config: one.config,
          signal: 'traces',
        });
        const encoding = await measure(() => run(request, spans));
        print(line(`encode: ${one.name}`, encoding, { request, objects }));
      }
      const body = gzipSync(request);
      const bare = await measure(() =>
        fetch(sink.url, { method: 'POST', body }).then((r) => r.text()),
      );
      print(line('send: bare HTTP, compressed before', bare, { request, objects: bare }));
      for (const one of cases(sink.url, directory)) {
        const sending = await measureSending(one, request);
        print(line(`encode and send: ${one.name}`, sending, { request, objects: bare }));
      }
    }
  } finally {
    sink.close();
    rmSync(directory, { recursive: true });
  }
}

function cases(url: string, directory: string): readonly Case[] {
  const http = { factory: otlpHttpExporter, encode: otlpHttpEncode };
  const file = { factory: fileExporter, encode: fileEncode };
  const keys = { public_key: 'pk', secret_key: 'sk' };
  const path = (name: string): string => join(directory, name);
  return [
    {
      name: 'langfuse, gzip',
      factory: langfuseExporter,
      encode: langfuseEncode,
      config: { endpoint: url, ...keys },
      encodes: true,
    },
    { name: 'otlp_http, gzip', ...http, config: { endpoint: url }, encodes: false },
    {
      name: 'otlp_http, no compression',
      ...http,
      config: { endpoint: url, compression: 'none' },
      encodes: false,
    },
    {
      name: 'otlp_http, JSON, gzip',
      ...http,
      config: { endpoint: url, encoding: 'json' },
      encodes: true,
    },
    { name: 'file, JSON lines', ...file, config: { path: path('lines.jsonl') }, encodes: true },
    {
      name: 'file, protobuf',
      ...file,
      config: { path: path('frames.pb'), format: 'proto' },
      encodes: false,
    },
  ];
}

async function measureSending(
  { factory, encode, config }: Case,
  request: Uint8Array,
): Promise<number> {
  const run = createEncoder(encode, factory, { config, signal: 'traces' });
  const exporter = factory.create(config, createRecordingContext(factory.type));
  await exporter.start?.();
  const { signal: abort } = new AbortController();
  const send = async (payload: Payload): Promise<void> => {
    const outcome = await exporter.send(payload, { id: '1', signal: 'traces', attempt: 1, abort });
    if (outcome.kind !== 'delivered') throw new Error(outcome.message);
  };
  const ms = await measure(async () => {
    for (const payload of run(request, spans)) await send(payload);
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
  { request, objects }: { readonly request: Uint8Array; readonly objects: number },
): string {
  const rows = Math.round((spans / ms) * 1000).toLocaleString('en');
  const megabytes = (request.length / ms / 1000).toFixed(0);
  const ratio = (objects / ms).toFixed(1);
  return `  ${name.padEnd(44)}${rows.padStart(10)} spans/s ${megabytes.padStart(5)} MB/s  ${ratio}x`;
}

async function startSink(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The server of a TCP port has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
