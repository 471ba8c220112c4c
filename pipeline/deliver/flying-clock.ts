import type { Clock } from '../component/context.ts';

/** A clock that flies: whenever nothing else is left to do, it is the time of the next timer. */
export interface FlyingClock extends Clock {
  /** Moves the wall clock alone, as an operator or NTP does. */
  jump(ms: number): void;
}

interface Timer {
  readonly atMs: number;
  readonly ring: () => void;
}

/** Creates a flying clock at 0 on the monotonic side. */
export function createFlyingClock(): FlyingClock {
  const timers = new Set<Timer>();
  let nowMs = 0;
  let wallMs = Date.UTC(2026, 10, 21);
  let isFlying = false;
  const fly = (): void => {
    isFlying = false;
    const [next] = [...timers].sort((left, right) => left.atMs - right.atMs);
    if (next === undefined) return;
    timers.delete(next);
    nowMs = Math.max(nowMs, next.atMs);
    next.ring();
    takeOff();
  };
  const takeOff = (): void => {
    if (isFlying || timers.size === 0) return;
    isFlying = true;
    setImmediate(fly);
  };
  return {
    now: () => wallMs + nowMs,
    monotonic: () => nowMs,
    jump: (ms) => {
      wallMs += ms;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const ring = (): void => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        const timer: Timer = { atMs: nowMs + ms, ring };
        const onAbort = (): void => {
          timers.delete(timer);
          reject(new Error('aborted'));
        };
        if (signal?.aborted === true) {
          onAbort();
          return;
        }
        signal?.addEventListener('abort', onAbort, { once: true });
        timers.add(timer);
        takeOff();
      }),
  };
}
