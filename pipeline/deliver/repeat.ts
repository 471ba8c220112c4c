import type { Clock } from '../component/context.ts';
import type { DeliverySettings } from '../component/exporter.ts';
import type { Outcome } from '../component/outcome.ts';
import { waitBeforeRetry } from './backoff.ts';

/** An outcome that is not final. */
export type Failure = Extract<Outcome, { readonly kind: 'retryable' }>;

/** What to do after a failure: wait and send again, or take it as the last word. */
export type Verdict =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'final'; readonly outcome: Outcome };

/** What a failure is judged by. */
export interface RepeatOptions {
  readonly retry: DeliverySettings['retry'];
  readonly clock: Clock;
  readonly random: () => number;
  /** When the first attempt began, on the monotonic clock. */
  readonly startedMs: number;
  /** Payloads that the sink has taken from this loop so far. */
  readonly taken: () => number;
  /** Of the slice that the payload is of. */
  readonly evidence: Evidence;
}

/** What speaks for poison in a slice; it outlives the repeats of one payload, because halves are sent one by one. */
export interface Evidence {
  /** Payloads that the sink had taken from the loop when it first broke on a part of the slice; undefined before. */
  takenBefore: number | undefined;
}

/** After this many failures of the sink's own doing it may be the payload's doing … */
const internalFailures = 8;
/** … which is believed where the sink has taken this many other payloads meanwhile. */
const takenMeanwhile = 3;

/** The repeats of one payload. */
export interface Repeats {
  judge(failure: Failure): Verdict;
}

/**
 * Judges the failures of one payload. A broken kept connection is repeated at once, one time. Refused credentials are
 * neither waited for here (the gate does) nor ever a reason to give up. A sink that keeps breaking on this payload while
 * it takes others has found poison. Anything else is repeated until `max_elapsed_time`.
 */
export function createRepeats(options: RepeatOptions): Repeats {
  const { retry, clock, random, taken, evidence } = options;
  let { startedMs } = options;
  let failures = 0;
  let broken = 0;
  let hasReset = false;
  return {
    judge: (failure) => {
      const { cause } = failure;
      if (!retry.enabled) return { kind: 'final', outcome: failure };
      if (cause === 'auth') {
        startedMs = clock.monotonic();
        return { kind: 'wait', ms: 0 };
      }
      if (cause === 'reset' && !hasReset) {
        hasReset = true;
        return { kind: 'wait', ms: 0 };
      }
      broken = cause === 'internal' ? broken + 1 : 0;
      if (broken > 0) evidence.takenBefore ??= taken();
      const takenSince = taken() - (evidence.takenBefore ?? taken());
      if (broken >= internalFailures && takenSince >= takenMeanwhile) {
        return { kind: 'final', outcome: { kind: 'rejected', message: failure.message } };
      }
      failures += 1;
      const ms = waitBeforeRetry(retry, failures, failure.retryAfterMs, random);
      const isOver =
        retry.maxElapsedMs > 0 && clock.monotonic() + ms - startedMs > retry.maxElapsedMs;
      return isOver ? { kind: 'final', outcome: failure } : { kind: 'wait', ms };
    },
  };
}
