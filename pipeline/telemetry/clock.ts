import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../component/context.ts';

/** The machine's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    sleep(ms, undefined, { ref: false, ...(signal !== undefined && { signal }) }),
};
