import { setTimeout as sleep } from 'node:timers/promises';
import type { ByteBudget, Reservation } from '../component/budget.ts';
import type { Clock } from '../component/context.ts';

interface Waiter {
  readonly bytes: number;
  readonly timeout: AbortController;
  grant(reservation: Reservation | undefined): void;
}

const systemClock: Pick<Clock, 'sleep'> = {
  sleep: (ms, signal) => sleep(ms, undefined, { ref: false, ...(signal && { signal }) }),
};

/**
 * Makes a budget of `limitBytes` that is given out strictly in the order of asking: a large request at the head holds
 * back smaller ones behind it, so that it is not starved. Only `settle` can take `reserved` over the limit.
 */
export function createByteBudget(
  limitBytes: number,
  clock: Pick<Clock, 'sleep'> = systemClock,
): ByteBudget {
  let reserved = 0;
  // Sets keep the order of insertion, and a waiter that gives up leaves from the middle at no cost.
  const waiters = new Set<Waiter>();

  function take(bytes: number): Reservation {
    let held = bytes;
    let released = false;
    reserved += bytes;
    const change = (to: number): void => {
      if (released) return;
      reserved += to - held;
      held = to;
      serve();
    };
    return {
      get bytes() {
        return held;
      },
      settle: change,
      release() {
        change(0);
        released = true;
      },
    };
  }

  function serve(): void {
    for (const waiter of waiters) {
      if (reserved + waiter.bytes > limitBytes) return;
      waiters.delete(waiter);
      waiter.timeout.abort();
      waiter.grant(take(waiter.bytes));
    }
  }

  function wait(bytes: number, maxWaitMs: number): Promise<Reservation | undefined> {
    return new Promise((resolve) => {
      const waiter: Waiter = { bytes, timeout: new AbortController(), grant: resolve };
      waiters.add(waiter);
      const giveUp = (): void => {
        if (!waiters.delete(waiter)) return;
        resolve(undefined);
        serve();
      };
      clock.sleep(maxWaitMs, waiter.timeout.signal).then(giveUp, giveUp);
    });
  }

  return {
    limit: limitBytes,
    get reserved() {
      return reserved;
    },
    async reserve(bytes, maxWaitMs) {
      if (bytes > limitBytes) return undefined;
      if (waiters.size === 0 && reserved + bytes <= limitBytes) return take(bytes);
      return maxWaitMs > 0 ? wait(bytes, maxWaitMs) : undefined;
    },
  };
}
