import type { Counter, Meter, MetricDeclarations } from '../../pipeline/component/context.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import type { RefusalReason } from './answers.ts';

/** Own metrics of the receiver. Items are counted by the pipelines behind it, because only they read the bytes. */
export const otlpMetrics = {
  weir_receiver_requests_total: {
    type: 'counter',
    help: 'Export requests that were read whole.',
    labels: ['transport', 'signal'],
  },
  weir_receiver_request_bytes_total: {
    type: 'counter',
    help: 'Bytes of their bodies: over HTTP as sent, over gRPC once inflated.',
    labels: ['transport', 'signal'],
  },
  weir_receiver_refused_requests_total: {
    type: 'counter',
    help: 'Export requests answered with an error.',
    labels: ['transport', 'reason'],
  },
  weir_receiver_cancelled_requests_total: {
    type: 'counter',
    help: 'Export requests that the client gave up before they were read whole.',
    labels: ['transport'],
  },
  weir_receiver_wrong_protocol_connections_total: {
    type: 'counter',
    help: 'Connections that spoke another protocol than the port does.',
    labels: ['transport'],
  },
} as const satisfies MetricDeclarations;

/** The two protocols as metric labels. */
export type Transport = 'grpc' | 'http';

/** Counts by name of event, so that names and labels are written once. */
export interface RequestCounters {
  read(signal: Signal, bytes: number): void;
  refused(reason: RefusalReason): void;
  cancelled(): void;
  wrongProtocol(): void;
}

/** Makes the counters of one protocol. */
export function createRequestCounters(meter: Meter, transport: Transport): RequestCounters {
  const bySignal = (name: string): Readonly<Record<Signal, Counter>> => ({
    traces: meter.counter(name, { transport, signal: 'traces' }),
    logs: meter.counter(name, { transport, signal: 'logs' }),
    metrics: meter.counter(name, { transport, signal: 'metrics' }),
  });
  const requests = bySignal('weir_receiver_requests_total');
  const requestBytes = bySignal('weir_receiver_request_bytes_total');
  return {
    read(signal, bytes) {
      requests[signal].add(1);
      requestBytes[signal].add(bytes);
    },
    refused(reason) {
      meter.count('weir_receiver_refused_requests_total', { transport, reason });
    },
    cancelled() {
      meter.count('weir_receiver_cancelled_requests_total', { transport });
    },
    wrongProtocol() {
      meter.count('weir_receiver_wrong_protocol_connections_total', { transport });
    },
  };
}
