import { status as grpcStatus } from '@grpc/grpc-js';
import type { Signal } from '../../pipeline/component/signal.ts';
import type { Verdict } from '../../pipeline/component/verdict.ts';
import type { PartialSuccess } from '../../pipeline/otlp/export-response.ts';

/**
 * Why a request was refused, a closed set because it is a metric label. The table is the one place where a reason becomes
 * a gRPC code and an HTTP status. Clients repeat only UNAVAILABLE and 503, and lose the data on every other code: what was
 * merely not stored must be one of these two.
 */
export const refusals = {
  /** Not OTLP, or corrupt compression. */
  invalid: { grpc: grpcStatus.INVALID_ARGUMENT, http: 400 },
  /** Over the limit, as sent or inflated. Without RetryInfo: the same bytes would fail again. */
  too_large: { grpc: grpcStatus.RESOURCE_EXHAUSTED, http: 413 },
  /** The memory budget did not come free in time. */
  busy: { grpc: grpcStatus.UNAVAILABLE, http: 503 },
  /** The message did not come in whole in time. Clients repeat DEADLINE_EXCEEDED. */
  too_slow: { grpc: grpcStatus.DEADLINE_EXCEEDED, http: 408 },
  /** The pipeline could not store it. */
  unavailable: { grpc: grpcStatus.UNAVAILABLE, http: 503 },
  shutting_down: { grpc: grpcStatus.UNAVAILABLE, http: 503 },
  /** No pipeline of that signal has this receiver. */
  no_pipeline: { grpc: grpcStatus.UNIMPLEMENTED, http: 404 },
  unknown_path: { grpc: grpcStatus.UNIMPLEMENTED, http: 404 },
  method: { grpc: grpcStatus.UNIMPLEMENTED, http: 405 },
  content_type: { grpc: grpcStatus.INVALID_ARGUMENT, http: 415 },
  content_encoding: { grpc: grpcStatus.UNIMPLEMENTED, http: 415 },
} as const satisfies Readonly<Record<string, { grpc: grpcStatus; http: number }>>;

/** A reason of the table. */
export type RefusalReason = keyof typeof refusals;

/** A refusal in the terms of both protocols. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
  /** Set where the client should send the same bytes again. */
  readonly retryAfterMs?: number;
}

/** What a request is answered with. */
export type Answer =
  | { readonly kind: 'accepted'; readonly partial: PartialSuccess }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What a client is told to wait where the receiver itself refuses: long enough for held requests to be stored. */
const retryAfterMs = 1000;

/** The refusal of a call that found no room in the memory budget. */
export const busy: Refusal = {
  reason: 'busy',
  message: 'the memory for requests is in use; send again later',
  retryAfterMs,
};

/** The refusal of a call whose message does not come in. */
export const tooSlow: Refusal = {
  reason: 'too_slow',
  message: 'the message did not come in whole in time',
};

/** The refusal of a call that arrives while the receiver stops. */
export const shuttingDown: Refusal = {
  reason: 'shutting_down',
  message: 'shutting down; send again later',
  retryAfterMs,
};

/** The refusal of a signal that nothing takes from this receiver. */
export function noPipeline(signal: Signal): Refusal {
  return { reason: 'no_pipeline', message: `no pipeline takes ${signal} from this receiver` };
}

/** The refusal where the pipeline broke its promise to answer; nothing was stored, so the client must send again. */
export const failed: Refusal = {
  reason: 'unavailable',
  message: 'the request was not stored; send again later',
  retryAfterMs,
};

/** Puts a verdict into the terms of both protocols. */
export function toAnswer(verdict: Verdict): Answer {
  switch (verdict.kind) {
    case 'accepted':
      return { kind: 'accepted', partial: toPartial(verdict.rejectedItems, verdict.message) };
    case 'invalid':
    case 'too_large':
      return refuse({ reason: verdict.kind, message: verdict.message });
    case 'unavailable': {
      const { message, retryAfterMs: waitMs } = verdict;
      return refuse({ reason: 'unavailable', message, retryAfterMs: waitMs });
    }
  }
}

function toPartial(rejectedItems: number, message: string): PartialSuccess {
  return { rejectedItems, message };
}

function refuse(refusal: Refusal): Answer {
  return { kind: 'refused', refusal };
}

/** The value of Retry-After: whole seconds, at least one (RFC 9110 §10.2.3). */
export function toRetryAfter(waitMs: number): string {
  return String(Math.max(1, Math.ceil(waitMs / 1000)));
}
