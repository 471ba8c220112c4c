import type { Clock } from '../component/context.ts';
import type { DeliverySettings } from '../component/exporter.ts';
import type { Outcome } from '../component/outcome.ts';
import { waitBeforeRetry } from './backoff.ts';

/** An outcome that is not final. */
export type Failure = Extract<Outcome, { readonly kind: 'retryable' }>;

/**
 * What sending a payload came to. `suspect`: it keeps failing for reasons that are not its own, as behind a proxy that
 * crashes on it, so that its halves are to be tried. `undeliverable`: so does a payload that cannot be halved, while the
 * sink takes what else it is sent.
 */
export type Conclusion =
  Outcome | { readonly kind: 'suspect' | 'undeliverable'; readonly message: string };

/** What to do after a failure: wait and send again, or take it as the last word. */
export type Verdict =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'final'; readonly outcome: Conclusion };

/** What a failure is judged by. */
export interface RepeatOptions {
  readonly retry: DeliverySettings['retry'];
  readonly clock: Clock;
  readonly random: () => number;
  /** When the first attempt began, on the monotonic clock. */
  readonly startedMs: number;
  /** Payloads like it that the sink has taken from this loop so far, and all attempts at any. */
  readonly taken: () => number;
  readonly attempts: () => number;
  /** Whether halves of the payload can be sent in its place. */
  readonly canBeHalved: boolean;
  /** Of the slice that the payload is of. */
  readonly evidence: Evidence;
}

/** What speaks for poison in a slice; it outlives the repeats of one payload, because halves are sent one by one. */
export interface Evidence {
  /** Payloads that the sink had taken from the loop when it first broke on a part of the slice; undefined before. */
  takenBefore: number | undefined;
  /** Payloads that the sink had taken when the slice was last halved only to see whether it takes anything of it. */
  takenAtProbe: number | undefined;
}

/** After this many failures of the sink's own doing it may be the payload's doing … */
const internalFailures = 8;
/** … which is believed where the sink has taken this many other payloads meanwhile. */
const takenMeanwhile = 3;

/**
 * Failures between which the sink took something else, before a payload is suspect; and the chance that a sink which takes
 * only a part of everything refuses one payload so often by itself.
 */
const suspect = { failures: 8, chance: 1e-4 };
/** The same before an item is given up on. */
const undeliverable = { failures: 16, chance: 1e-9 };
/**
 * Where the sink takes nothing beside it, it is most likely down; after this long the slice is halved, to make sure, and
 * again only where the sink has taken something since.
 */
const probeAfterMs = 600_000;

/** The repeats of one payload. */
export interface Repeats {
  judge(failure: Failure): Verdict;
}

/**
 * Judges the failures of one payload. A broken kept connection is repeated at once, one time. Refused credentials are
 * neither waited for here (the gate does) nor ever a reason to give up. A sink that keeps breaking on this payload while
 * it takes others has found poison, sooner where it says that it broke (`internal`). Anything else is repeated until
 * `max_elapsed_time`.
 */
export function createRepeats(options: RepeatOptions): Repeats {
  const { retry, clock, random, taken, evidence } = options;
  let { startedMs } = options;
  let failures = 0;
  let broken = 0;
  let hasReset = false;
  const account = createAccount(options);
  const conclude = ({ message }: Failure): Conclusion | undefined => {
    if (!options.canBeHalved) {
      return account.isBeyond(undeliverable) ? { kind: 'undeliverable', message } : undefined;
    }
    const isProbe =
      (evidence.takenAtProbe ?? -1) < taken() &&
      failures >= suspect.failures &&
      clock.monotonic() - startedMs >= probeAfterMs;
    if (!isProbe && !account.isBeyond(suspect)) return undefined;
    if (isProbe) evidence.takenAtProbe = taken();
    return { kind: 'suspect', message };
  };
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
      account.failed();
      const conclusion = conclude(failure);
      if (conclusion !== undefined) return { kind: 'final', outcome: conclusion };
      const ms = waitBeforeRetry(retry, failures, failure.retryAfterMs, random);
      const isOver =
        retry.maxElapsedMs > 0 && clock.monotonic() + ms - startedMs > retry.maxElapsedMs;
      return isOver ? { kind: 'final', outcome: failure } : { kind: 'wait', ms };
    },
  };
}

/** What one payload's failures say beside what became of the others since its first. */
interface Account {
  failed(): void;
  isBeyond(bound: { readonly failures: number; readonly chance: number }): boolean;
}

/** Counts only failures between which the sink took something, so that no outage speaks against a payload. */
function createAccount({ taken, attempts }: Pick<RepeatOptions, 'taken' | 'attempts'>): Account {
  const takenAtFirst = taken();
  const attemptsAtFirst = attempts();
  let takenAtLast = takenAtFirst;
  let own = 0;
  let counted = 0;
  return {
    failed: () => {
      own += 1;
      if (taken() > takenAtLast) counted += 1;
      takenAtLast = taken();
    },
    isBeyond: ({ failures, chance }) => {
      const others = attempts() - attemptsAtFirst - own;
      // Laplace's rule: what few attempts say is not believed whole.
      const share = (taken() - takenAtFirst + 1) / (Math.max(0, others) + 2);
      return counted >= failures && counted * Math.log(1 - share) < Math.log(chance);
    },
  };
}
