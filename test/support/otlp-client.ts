import { Client, credentials } from '@grpc/grpc-js';
import type { Signal } from '../../pipeline/component/signal.ts';

const services: Readonly<Record<Signal, string>> = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
};

/** A plain OTLP/gRPC client that sends bytes as they are. */
export interface GrpcSender {
  /** Resolves with the answer's bytes, rejects with grpc-js' ServiceError. */
  export(signal: Signal, body: Buffer): Promise<Buffer>;
  close(): void;
}

/** Connects to 127.0.0.1 in plaintext. */
export function createGrpcSender(port: number): GrpcSender {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
  });
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    export: (signal, body) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          `/${services[signal]}/Export`,
          asIs,
          asIs,
          body,
          (error, answer) => {
            if (error !== null) reject(error);
            else resolve(answer ?? Buffer.alloc(0));
          },
        );
      }),
    close: () => {
      client.close();
    },
  };
}

/** Posts to an OTLP/HTTP receiver on 127.0.0.1. */
export function postOtlp(
  port: number,
  signal: Signal,
  body: Buffer | string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const payload = typeof body === 'string' ? body : new Uint8Array(body);
  return fetch(`http://127.0.0.1:${port}/v1/${signal}`, { method: 'POST', body: payload, headers });
}

/** `content-type` of each encoding. */
export const contentTypes = {
  protobuf: { 'content-type': 'application/x-protobuf' },
  json: { 'content-type': 'application/json' },
} as const;
