import type { Clock, Logger } from '../component/context.ts';
import type { Outcome } from '../component/outcome.ts';
import { capRetryAfter } from './backoff.ts';

/** Often enough to notice a mended key soon, seldom enough that no sink locks the account (reliability.md §3b, fault 15). */
const probeIntervalMs = 30_000;

/** Stands before a sink: while it refuses the credentials, one attempt in 30 seconds looks whether it still does. */
export interface AuthGate {
  /** True while the sink refuses the credentials. */
  readonly isClosed: boolean;
  /** Resolves when an attempt may start; undefined where it may at once. Rejects on abort. Every pass is to be reported. */
  pass(abort: AbortSignal): Promise<void> | undefined;
  /** What the attempt came to that passed. */
  report(outcome: Outcome): void;
}

/** Creates the gate of one exporter, shared by all pipelines that send to it. Says once when it closes and when it opens. */
export function createAuthGate(clock: Clock, logger: Logger): AuthGate {
  let probeAtMs: number | undefined;
  let isProbing = false;
  /** Aborts when the gate opens, which wakes whoever waits. */
  let opened = new AbortController();

  const close = (message: string, retryAfterMs: number | undefined): void => {
    if (probeAtMs === undefined) {
      opened = new AbortController();
      logger.error(
        'the sink refuses the credentials; what it is owed is kept, and it is asked again every 30 seconds',
        {
          error: message,
        },
      );
    }
    probeAtMs = clock.monotonic() + Math.max(probeIntervalMs, capRetryAfter(retryAfterMs));
  };
  const open = (): void => {
    if (probeAtMs === undefined) return;
    probeAtMs = undefined;
    logger.info('the sink takes the credentials again');
    opened.abort();
  };
  const wait = async (abort: AbortSignal): Promise<void> => {
    while (probeAtMs !== undefined) {
      const waitMs = probeAtMs - clock.monotonic();
      if (waitMs <= 0 && !isProbing) {
        isProbing = true;
        return;
      }
      const ended = AbortSignal.any([abort, opened.signal]);
      await clock.sleep(waitMs > 0 ? waitMs : probeIntervalMs, ended).catch(() => undefined);
      abort.throwIfAborted();
    }
  };
  return {
    get isClosed() {
      return probeAtMs !== undefined;
    },
    pass: (abort) => (probeAtMs === undefined ? undefined : wait(abort)),
    report: (outcome) => {
      isProbing = false;
      if (outcome.kind !== 'retryable') open();
      else if (outcome.cause === 'auth') close(outcome.message, outcome.retryAfterMs);
      else if (probeAtMs !== undefined) probeAtMs = clock.monotonic() + probeIntervalMs;
    },
  };
}
