import type { Refusal } from './answer.ts';

/** Points of a slice that are given up on. */
export interface Losses {
  /** Adds points; `words` is what the server said, where it said something new. */
  add(reason: Refusal, points: number, words?: string): void;
  /** Points that were added since this was last asked. */
  take(): number;
  /** The last words of the server. */
  readonly words: string;
}

/** Counts losses, each where it happens. */
export function createLosses(count: (reason: Refusal, points: number) => void): Losses {
  let total = 0;
  let last = 'points that are older than what was written, or differ from it';
  return {
    add: (reason, points, words = last) => {
      last = words;
      total += points;
      if (points > 0) count(reason, points);
    },
    take: () => {
      const taken = total;
      total = 0;
      return taken;
    },
    get words() {
      return last;
    },
  };
}
