import type { Clock } from '../component/context.ts';

/** What an attempt said about how much the sink can take. */
export type Load = 'taken' | 'overloaded' | 'unknown';

/** How many attempts may be under way at once. */
export interface Concurrency {
  /** Between 1 and the most that the settings allow. */
  readonly limit: number;
  /** Resolves when an attempt may start; undefined where it may at once. Rejects with the signal's reason on abort. */
  acquire(abort: AbortSignal): Promise<void> | undefined;
  /** The attempt is over; `elapsedMs` counts where the sink took the payload. */
  release(load: Load, elapsedMs: number): void;
}

/**
 * As Vector's adaptive concurrency (`sinks/util/adaptive_concurrency`): an average more than 2.5 deviations above the mean
 * says that the sink has begun to queue, and the newest average counts 0.4. Other than there, one above the mean counts
 * less: otherwise the mean follows a queue that grows by one request a round, and nothing ever looks slow.
 */
const deviations = 2.5;
const fasterShare = 0.4;
const slowerShare = 0.05;
const decreaseOnSlowness = 0.9;
/** A failure is a clearer word than slowness. */
const decreaseOnFailure = 0.5;
/** Payloads differ in size, so times do too: less than this share of the mean is no deviation. */
const leastDeviation = 0.2;

/** What happened since the limit was last looked at. */
interface Window {
  startedMs: number;
  taken: number;
  takenMs: number;
  hasFailed: boolean;
  /** Most attempts at once. */
  peak: number;
}

/**
 * Additive increase, multiplicative decrease between 1 and `most`, looked at once in a round trip: halved after failures
 * that mean overload, a tenth less when answers slow down, one more while all of it is used and answers keep their pace.
 */
export function createConcurrency(most: number, clock: Clock): Concurrency {
  let limit = most;
  let running = 0;
  let meanMs: number | undefined;
  let deviationMs = 0;
  let window = openWindow(clock.monotonic(), 0);
  const waiting = new Set<() => void>();

  const learn = (averageMs: number): void => {
    const distanceMs = averageMs - (meanMs ?? averageMs);
    const share = distanceMs > 0 ? slowerShare : fasterShare;
    deviationMs += share * (Math.abs(distanceMs) - deviationMs);
    meanMs = (meanMs ?? averageMs) + share * distanceMs;
  };
  const isSlow = (averageMs: number): boolean =>
    meanMs !== undefined &&
    averageMs > meanMs + deviations * Math.max(deviationMs, leastDeviation * meanMs);
  const adapt = (): void => {
    const averageMs = window.taken === 0 ? undefined : window.takenMs / window.taken;
    if (window.hasFailed) limit *= decreaseOnFailure;
    else if (averageMs !== undefined && isSlow(averageMs)) limit *= decreaseOnSlowness;
    else if (window.peak >= limit) limit += 1;
    limit = Math.max(1, Math.min(most, Math.floor(limit)));
    if (averageMs !== undefined) learn(averageMs);
    window = openWindow(clock.monotonic(), running);
  };
  const start = (): void => {
    running += 1;
    window.peak = Math.max(window.peak, running);
  };
  const startWaiting = (): void => {
    for (const wake of waiting) {
      if (running >= limit) return;
      waiting.delete(wake);
      start();
      wake();
    }
  };
  return {
    get limit() {
      return limit;
    },
    acquire: (abort) => {
      if (running >= limit) return waitTurn(waiting, abort);
      start();
      return undefined;
    },
    release: (load, elapsedMs) => {
      if (load === 'overloaded') window.hasFailed = true;
      if (load === 'taken') {
        window.taken += 1;
        window.takenMs += elapsedMs;
      }
      const isOver = clock.monotonic() - window.startedMs >= (meanMs ?? 0);
      if (load !== 'unknown' && isOver) adapt();
      running -= 1;
      startWaiting();
    },
  };
}

function openWindow(startedMs: number, running: number): Window {
  return { startedMs, taken: 0, takenMs: 0, hasFailed: false, peak: running };
}

function waitTurn(waiting: Set<() => void>, abort: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = (): void => {
      abort.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = (): void => {
      waiting.delete(wake);
      reject(new Error('aborted'));
    };
    waiting.add(wake);
    abort.addEventListener('abort', onAbort, { once: true });
    if (abort.aborted) onAbort();
  });
}
