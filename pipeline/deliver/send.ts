import type { Clock } from '../component/context.ts';
import type { DeliverySettings } from '../component/exporter.ts';
import type { Outcome, RetryCause } from '../component/outcome.ts';
import type { Payload } from '../component/transform.ts';
import type { Attempts, Sending } from './attempt.ts';
import type { AuthGate } from './auth-gate.ts';
import type { Concurrency, Load } from './concurrency.ts';
import type { FailureLog } from './failure-log.ts';
import { createRepeats } from './repeat.ts';
import type { Conclusion, Evidence, Repeats } from './repeat.ts';

/** Thrown inside the loop only: the loop ends before the slice is settled, and the slice goes back to the cursor. */
export class EndedError extends Error {
  override readonly name = 'EndedError';
}

/** What sending needs. */
export interface SenderOptions {
  readonly attempts: Attempts;
  readonly retry: DeliverySettings['retry'];
  readonly concurrency: Concurrency;
  readonly gate: AuthGate;
  readonly failures: FailureLog;
  readonly clock: Clock;
  readonly random: () => number;
  /** Aborts when no more repeats are wanted. */
  readonly released: AbortSignal;
  readonly attempted: (outcome: Outcome) => void;
}

/**
 * Sends a payload until the sink decides, or the time for repeats is over; then the outcome is the last failure.
 * @throws EndedError where the loop ends first.
 */
export type Send = (
  payload: Payload,
  sending: Pick<Sending, 'id' | 'signal'> & { readonly canBeHalved: boolean },
  evidence: Evidence,
) => Promise<Conclusion>;

/** Creates the sender of one loop. */
export function createSender(options: SenderOptions): Send {
  const { retry, clock, random, failures, released } = options;
  // Beside routed payloads, one without a route stands for items that are sent nowhere: that it is taken says nothing.
  const routed = { taken: 0, attempts: 0 };
  const unrouted = { taken: 0, attempts: 0 };
  return async (payload, { canBeHalved, ...sending }, evidence) => {
    const startedMs = clock.monotonic();
    const alike = payload.route === undefined ? unrouted : routed;
    // Most payloads are taken at once, and need no account of failures.
    let repeats: Repeats | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await attemptInTurn(options, payload, { ...sending, attempt });
      alike.attempts += 1;
      if (outcome.kind === 'delivered' || outcome.kind === 'partial') alike.taken += 1;
      if (outcome.kind !== 'retryable') return outcome;
      repeats ??= createRepeats({
        retry,
        clock,
        random,
        startedMs,
        evidence,
        canBeHalved,
        taken: () => alike.taken,
        attempts: () => alike.attempts,
      });
      const verdict = repeats.judge(outcome);
      if (verdict.kind === 'final') return verdict.outcome;
      if (verdict.ms === 0) continue;
      failures.warn(outcome.cause, 'sending failed and will be repeated', {
        error: outcome.message,
        attempt,
        wait_ms: Math.round(verdict.ms),
      });
      await clock.sleep(verdict.ms, released).catch(() => {
        throw new EndedError();
      });
    }
  };
}

/** One attempt, once the sink is thought able to take it, and is not refusing the credentials. */
async function attemptInTurn(
  options: SenderOptions,
  payload: Payload,
  sending: Sending,
): Promise<Outcome> {
  const { concurrency, gate, clock, released } = options;
  await untilEnded(concurrency.acquire(released));
  let load: Load = 'unknown';
  let startedMs = clock.monotonic();
  try {
    const turn = gate.pass(released);
    if (turn !== undefined) {
      await untilEnded(turn);
      startedMs = clock.monotonic();
    }
    const outcome = await options.attempts.send(payload, sending);
    gate.report(outcome);
    if (outcome.kind === 'retryable' && released.aborted) throw new EndedError();
    options.attempted(outcome);
    load = loadOf(outcome);
    return outcome;
  } finally {
    concurrency.release(load, clock.monotonic() - startedMs);
  }
}

async function untilEnded(turn: Promise<void> | undefined): Promise<void> {
  await turn?.catch(() => {
    throw new EndedError();
  });
}

/** Refusals come back too fast, and credentials say too little, to tell what the sink can take. */
function loadOf(outcome: Outcome): Load {
  if (outcome.kind === 'delivered' || outcome.kind === 'partial') return 'taken';
  if (outcome.kind !== 'retryable' || saysNothing.has(outcome.cause)) return 'unknown';
  return 'overloaded';
}

const saysNothing: ReadonlySet<RetryCause> = new Set(['auth', 'bug', 'reset']);
