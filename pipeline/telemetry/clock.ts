import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../component/context.ts';

/** Longest time that Node takes, some 25 days: a longer one would be over at once. */
export const maxTimerMs = 2 ** 31 - 1;

/** The machine's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    sleep(Math.min(ms, maxTimerMs), undefined, {
      ref: false,
      ...(signal !== undefined && { signal }),
    }),
};
