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
  /** Payloads that the sink has taken from this loop so far. */
  readonly taken: () => number;
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
export function createRepeats({ retry, clock, random, taken }: RepeatOptions): Repeats {
  let startedMs = clock.monotonic();
  let failures = 0;
  let broken = 0;
  let takenBefore = taken();
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
      if (broken === 0) takenBefore = taken();
      broken = cause === 'internal' ? broken + 1 : 0;
      if (broken >= internalFailures && taken() - takenBefore >= takenMeanwhile) {
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
