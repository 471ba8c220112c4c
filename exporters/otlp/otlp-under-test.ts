import {
  Metadata,
  Server,
  ServerCredentials,
  type status as code,
  type handleUnaryCall,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { parse } from 'yaml';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { encodeStatus } from '../../pipeline/otlp/status.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import type { RecordingContext } from '../../test/support/component-context.ts';
import { otlpExporter } from './factory.ts';

/** A call as it reaches the server. */
type Call = ServerUnaryCall<Buffer, Buffer>;
/** Answers a call. */
export type Answer = (call: Call, reply: sendUnaryData<Buffer>) => void;

/** An OTLP/gRPC server, with what it was sent. */
export interface Sink {
  readonly port: number;
  readonly calls: { path: string; body: Buffer; metadata: Metadata }[];
  answer: Answer;
  /** Breaks the connections, as a crash of the server does. */
  crash(): void;
}

const opened: (() => void)[] = [];

/** Has this closed with all that was opened. */
export function closeLater(close: () => void): void {
  opened.push(close);
}

/** Closes servers and exporters; for after each test. */
export function closeOpened(): void {
  for (const close of opened.splice(0)) close();
}

/** Takes a request whole. */
export const ok: Answer = (_call, reply) => {
  reply(null, Buffer.alloc(0));
};

/** Refuses a request, with RetryInfo where a time is given. */
export function failWith(status: code, details: string, retryAfterMs?: number): Answer {
  return (_call, reply) => {
    const metadata = new Metadata();
    if (retryAfterMs !== undefined) {
      const rich = encodeStatus({ code: status, message: details, retryAfterMs });
      metadata.set('grpc-status-details-bin', Buffer.from(rich));
    }
    reply({ code: status, details, metadata });
  };
}

/** Starts a server, plaintext unless told otherwise. */
export async function startSink(credentials = ServerCredentials.createInsecure()): Promise<Sink> {
  const server = new Server({ 'grpc.max_receive_message_length': 1024 * 1024 });
  const sink: Sink = {
    port: 0,
    calls: [],
    answer: ok,
    crash: () => {
      server.forceShutdown();
    },
  };
  const export_: handleUnaryCall<Buffer, Buffer> = (call, reply) => {
    sink.calls.push({ path: call.getPath(), body: call.request, metadata: call.metadata });
    sink.answer(call, reply);
  };
  for (const name of ['trace.v1.Trace', 'logs.v1.Logs', 'metrics.v1.Metrics']) {
    const path = `/opentelemetry.proto.collector.${name}Service/Export`;
    const raw = (bytes: Buffer): Buffer => bytes;
    const method = { path, requestStream: false, responseStream: false };
    const codec = {
      requestSerialize: raw,
      requestDeserialize: raw,
      responseSerialize: raw,
      responseDeserialize: raw,
    };
    server.addService({ export: { ...method, ...codec } }, { export: export_ });
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  opened.push(() => {
    server.forceShutdown();
  });
  return Object.assign(sink, { port });
}

/** Starts an exporter; `yaml` has its keys beside the endpoint. */
export async function startExporter(
  endpoint: string,
  yaml = '',
  context: RecordingContext = createRecordingContext('otlp'),
): Promise<Exporter> {
  const config = { ...(parse(yaml) as object | null), endpoint };
  const exporter = otlpExporter.create(config, context);
  await exporter.start?.();
  opened.push(() => void exporter.shutdown?.());
  return exporter;
}

interface SendOptions {
  readonly signal?: Signal;
  readonly abort?: AbortSignal;
  readonly body?: Uint8Array;
}

/** What is sent where no other body is given. */
export const body = Buffer.from('raw bytes, neither decoded nor encoded again');

/** Sends a slice of ten items once. */
export function send(exporter: Exporter, options: SendOptions = {}): Promise<Outcome> {
  const { signal = 'traces', abort = new AbortController().signal } = options;
  const payload = { body: options.body ?? body, items: 10 };
  return exporter.send(payload, { id: '1', signal, attempt: 1, abort });
}
