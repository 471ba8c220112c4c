import type { Client, Metadata, ServiceError } from '@grpc/grpc-js';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Delivery, Exporter } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { decodeExportResponse } from '../../pipeline/otlp/export-response.ts';
import type { PartialSuccess } from '../../pipeline/otlp/export-response.ts';
import type { OtlpConfig } from './config.ts';
import { createCallMetadata, prepareGrpcClients } from './grpc-client.ts';
import type { GrpcClients } from './grpc-client.ts';
import { toGrpcOutcome } from './grpc-outcome.ts';
import { toAcceptedOutcome } from './partial-success.ts';

/** Full method names (opentelemetry-proto, collector/…_service.proto). */
const methods: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
};

const noTimeout = 0;

/**
 * Sends slices as they are, protobuf, to an OTLP/gRPC server: the bytes are neither decoded nor encoded again. After a call
 * without an answer in time the next one goes over a new connection: one that a router in between forgot looks healthy
 * for a quarter of an hour, and servers answer keepalive pings that would tell with GOAWAY.
 */
export function createOtlpExporter(config: OtlpConfig, context: ComponentContext): Exporter {
  const metadata = createCallMetadata(config);
  let clients: GrpcClients | undefined;
  let client: Client | undefined;
  const replace = (old: Client | undefined): void => {
    if (clients === undefined || old === undefined || old !== client) return;
    client = clients.connect();
    // Calls that are still open on it go on.
    old.close();
  };
  const renewed = (): void => {
    replace(client);
  };
  return {
    start: async () => {
      clients = await prepareGrpcClients(config, { logger: context.logger, renewed });
      client = clients.connect();
    },
    shutdown: () => {
      clients?.stop();
      client?.close();
      client = undefined;
      clients = undefined;
      return Promise.resolve();
    },
    send: async (payload, delivery) => {
      const current = client;
      if (current === undefined) throw new Error('send before start');
      const deadline = config.timeout === noTimeout ? Infinity : Date.now() + config.timeout;
      const call = { client: current, metadata, deadline };
      const answer = await exportOnce(call, payload.body, delivery);
      if ('response' in answer) {
        return toAcceptedOutcome(readResponse(answer.response), context.logger);
      }
      const { outcome } = answer;
      if (outcome.kind === 'retryable' && outcome.cause === 'timeout') replace(current);
      return outcome;
    },
  };
}

interface Call {
  readonly client: Client;
  readonly metadata: Metadata;
  /** Milliseconds since the epoch; the server sees it as its `grpc-timeout`. */
  readonly deadline: number;
}

type Answer = { readonly response: Uint8Array } | { readonly outcome: Outcome };

function exportOnce(call: Call, body: Uint8Array, delivery: Delivery): Promise<Answer> {
  const { signal, abort } = delivery;
  return new Promise((resolve) => {
    const settle = (error: ServiceError | null, response?: Uint8Array): void => {
      abort.removeEventListener('abort', cancel);
      if (error === null) resolve({ response: response ?? new Uint8Array() });
      else resolve({ outcome: abort.aborted ? timedOut(abort) : toGrpcOutcome(error) });
    };
    const { metadata, deadline } = call;
    const unary = call.client.makeUnaryRequest(
      methods[signal],
      toBuffer,
      toBytes,
      body,
      metadata,
      { deadline },
      settle,
    );
    const cancel = (): void => {
      unary.cancel();
    };
    abort.addEventListener('abort', cancel, { once: true });
    if (abort.aborted) cancel();
  });
}

function timedOut(abort: AbortSignal): Outcome {
  const reason: unknown = abort.reason;
  const message = reason instanceof Error ? reason.message : 'aborted';
  return { kind: 'retryable', cause: 'timeout', message };
}

/** What a server that is not quite OTLP answers with OK is taken as whole success: it said OK. */
function readResponse(bytes: Uint8Array): PartialSuccess {
  try {
    return decodeExportResponse(bytes);
  } catch {
    return { rejectedItems: 0, message: 'its answer is no OTLP response' };
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function toBytes(bytes: Buffer): Uint8Array {
  return bytes;
}
