import type { Clock } from '../../pipeline/component/context.ts';

/** What the server's clock shows, as far as its answers tell. */
export interface ServerClock {
  /** Milliseconds since the epoch; this machine's clock until the server has answered. */
  now(): number;
  /** Takes the `Date` of an answer, to the second; what is no date says nothing. */
  heard(date: string | undefined): void;
}

/**
 * Creates a clock that follows the server's. Between answers it runs on the clock that never jumps, so that neither this
 * machine's clock nor that of a sender can move it.
 */
export function createServerClock(clock: Pick<Clock, 'now' | 'monotonic'>): ServerClock {
  let offsetMs: number | undefined;
  return {
    now: () => (offsetMs === undefined ? clock.now() : clock.monotonic() + offsetMs),
    heard: (date) => {
      const timeMs = Date.parse(date ?? '');
      if (!Number.isNaN(timeMs)) offsetMs = timeMs - clock.monotonic();
    },
  };
}
