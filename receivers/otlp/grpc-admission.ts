import { Metadata, ServerInterceptingCall, status as grpcStatus } from '@grpc/grpc-js';
import type { ServerInterceptor, ServerListener, StatusObject } from '@grpc/grpc-js';
import type { Reservation } from '../../pipeline/component/budget.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { encodeStatus } from '../../pipeline/otlp/status.ts';
import { busy, noPipeline, refusals, shuttingDown } from './answers.ts';
import type { Refusal, RefusalReason } from './answers.ts';
import type { ServiceDeps } from './service.ts';
import { createSizeEstimate } from './size-estimate.ts';
import type { SizeEstimate } from './size-estimate.ts';

/** A message with the bytes that were reserved for it; who takes it releases them. */
export interface AdmittedMessage {
  readonly body: Uint8Array;
  readonly reservation: Reservation;
  /** Says that the reservation has a new owner: the end of the call no longer releases it. */
  readonly take: () => void;
}

/** Settings of the admission. */
export interface AdmissionSettings {
  readonly maxMessageBytes: number;
  readonly maxWaitMs: number;
  isStopping(): boolean;
  /** Signal of a method by its path. */
  signalOf(path: string): Signal | undefined;
}

type InterceptedCall = Parameters<ServerInterceptor>[1];

/**
 * An interceptor that holds each call before its message is read: gRPC does not announce a length, so an estimate is
 * reserved first, and corrected once the message is here. Until then HTTP/2 flow control stops the client. A call that
 * finds no room in time is answered with UNAVAILABLE and RetryInfo.
 */
export function createAdmission(deps: ServiceDeps, settings: AdmissionSettings): ServerInterceptor {
  const estimates: Readonly<Record<Signal, SizeEstimate>> = {
    traces: createSizeEstimate(settings.maxMessageBytes),
    logs: createSizeEstimate(settings.maxMessageBytes),
    metrics: createSizeEstimate(settings.maxMessageBytes),
  };

  return (method, call) => {
    const signal = settings.signalOf(method.path);
    translateOwnAnswers(call, deps);
    if (signal === undefined) return new ServerInterceptingCall(call);
    const estimate = estimates[signal];
    return new ServerInterceptingCall(call, {
      start(next) {
        next(hold(signal, estimate, call));
      },
    });
  };

  function hold(signal: Signal, estimate: SizeEstimate, call: InterceptedCall): ServerListener {
    let reservation: Reservation | undefined;
    let isTaken = false;
    let isOver = false;
    const refuse = (refusal: Refusal): void => {
      deps.counters.refused(refusal.reason);
      call.sendStatus(toGrpcStatus(refusal));
    };
    const reserve = async (proceed: () => void): Promise<void> => {
      const { ingressBudget } = deps.context;
      const bytes = Math.min(estimate.bytes, ingressBudget.limit);
      reservation = await ingressBudget.reserve(bytes, settings.maxWaitMs);
      if (isOver) reservation?.release();
      else if (reservation === undefined) refuse(busy);
      else proceed();
    };
    return {
      onReceiveMetadata(metadata, next) {
        if (settings.isStopping()) refuse(shuttingDown);
        else if (!deps.ingress.accepts(signal)) refuse(noPipeline(signal));
        else
          void reserve(() => {
            next(metadata);
          });
      },
      onReceiveMessage(message: Uint8Array, next) {
        estimate.observe(message.length);
        if (reservation === undefined) throw new Error('a message was read before it was admitted');
        reservation.settle(message.length);
        const take = (): void => {
          isTaken = true;
        };
        next({ body: message, reservation, take } satisfies AdmittedMessage);
      },
      onCancel() {
        isOver = true;
        if (!isTaken) reservation?.release();
      },
    };
  }
}

/** A refusal as gRPC writes it: sent before any message it becomes a trailers-only answer, the one place where all clients look for RetryInfo. */
export function toGrpcStatus(refusal: Refusal): StatusObject {
  const { message, retryAfterMs } = refusal;
  const code = refusals[refusal.reason].grpc;
  const metadata = new Metadata();
  const details = encodeStatus({ code, message, retryAfterMs });
  metadata.set('grpc-status-details-bin', Buffer.from(details));
  return { code, details: message, metadata };
}

/** Answers that grpc-js gives by itself while it reads a message, by the beginning of their sentence. */
const ownAnswers: readonly { code: grpcStatus; details: string; reason: RefusalReason }[] = [
  { code: grpcStatus.INTERNAL, details: 'Failed to decompress', reason: 'invalid' },
  { code: grpcStatus.RESOURCE_EXHAUSTED, details: 'Received message', reason: 'too_large' },
  { code: grpcStatus.UNIMPLEMENTED, details: 'Received message', reason: 'content_encoding' },
];

/**
 * Counts the answers of grpc-js, and gives corrupt gzip the code of the table, INVALID_ARGUMENT, in place of INTERNAL.
 * grpc-js sends them past the interceptors, from the call itself, so that is where they are met.
 */
function translateOwnAnswers(call: InterceptedCall, deps: ServiceDeps): void {
  const send = call.sendStatus.bind(call);
  call.sendStatus = (status) => {
    const own = ownAnswers.find(
      ({ code, details }) => status.code === code && status.details.startsWith(details),
    );
    if (own !== undefined) deps.counters.refused(own.reason);
    send(own?.reason === 'invalid' ? { ...status, code: refusals.invalid.grpc } : status);
  };
}
