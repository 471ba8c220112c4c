import type { Client, Metadata, ServiceError } from '@grpc/grpc-js';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Delivery, Exporter } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { decodeExportResponse } from '../../pipeline/otlp/export-response.ts';
import type { PartialSuccess } from '../../pipeline/otlp/export-response.ts';
import type { OtlpConfig } from './config.ts';
import { createCallMetadata, createGrpcClient } from './grpc-client.ts';
import { toGrpcOutcome } from './grpc-outcome.ts';
import { toAcceptedOutcome } from './partial-success.ts';

/** Full method names (opentelemetry-proto, collector/…_service.proto). */
const methods: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
};

const noTimeout = 0;

/** Sends slices as they are, protobuf, to an OTLP/gRPC server: the bytes are neither decoded nor encoded again. */
export function createOtlpExporter(config: OtlpConfig, context: ComponentContext): Exporter {
  const metadata = createCallMetadata(config);
  let client: Client | undefined;
  return {
    start: async () => {
      client = await createGrpcClient(config);
    },
    shutdown: () => {
      client?.close();
      client = undefined;
      return Promise.resolve();
    },
    send: async (payload, delivery) => {
      if (client === undefined) throw new Error('send before start');
      const deadline = config.timeout === noTimeout ? Infinity : Date.now() + config.timeout;
      const answer = await exportOnce({ client, metadata, deadline }, payload.body, delivery);
      return 'outcome' in answer
        ? answer.outcome
        : toAcceptedOutcome(readResponse(answer.response), context.logger);
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
