import { maxTimerMs } from '../telemetry/clock.ts';

/** Loops that wait for something to take, the longest first. */
export interface WaitingLine {
  /** Resolves when woken, when one of the signals aborts, or after `waitMs`. The timer does not keep the process alive. */
  wait(waitMs: number | undefined, aborts: readonly AbortSignal[]): Promise<void>;
  /** Wakes the loop that has waited longest. Who takes something and leaves more wakes the next. */
  wakeOne(): void;
  wakeAll(): void;
}

/**
 * Creates an empty line. An exporter has ten loops and most records are taken one by one: waking all for each record, and
 * giving each wait its own listeners, cost more than the rest of a delivery.
 */
export function createWaitingLine(): WaitingLine {
  const waiting = new Set<() => void>();
  const heard = new WeakSet<AbortSignal>();
  const wakeAll = (): void => {
    for (const wake of waiting) wake();
  };
  /** Loops wait with the same signals again and again, so that one listener serves all their waits. */
  const hear = (abort: AbortSignal): void => {
    if (heard.has(abort)) return;
    heard.add(abort);
    abort.addEventListener('abort', wakeAll, { once: true });
  };
  return {
    wait: (waitMs, aborts) =>
      new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        const timer =
          waitMs === undefined
            ? undefined
            : setTimeout(wake, Math.min(Math.max(1, waitMs), maxTimerMs)).unref();
        waiting.add(wake);
        for (const abort of aborts) hear(abort);
      }),
    wakeOne: () => {
      const [first] = waiting;
      first?.();
    },
    wakeAll,
  };
}
