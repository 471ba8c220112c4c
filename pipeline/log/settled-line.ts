import type { Position } from './log.ts';

/** What an exporter still owes, as far as those who wait for it are concerned. */
interface Owing {
  readonly lowestOwed: Position;
}

/** Those who wait for everything below a position to be settled. */
export interface SettledLine {
  /** Resolves once no place owes anything below `end`. */
  wait(end: Position): Promise<void>;
  /** Lets go of those whose wait is over; called when a place settles something, or goes. */
  tell(): void;
}

/** Creates an empty line over the places of a log. */
export function createSettledLine(places: ReadonlyMap<string, Owing>): SettledLine {
  /** The lowest position first, because the end of a log only grows. */
  const waiting: { readonly end: Position; readonly resolve: () => void }[] = [];
  const isSettled = (end: Position): boolean =>
    [...places.values()].every(({ lowestOwed }) => lowestOwed >= end);
  return {
    wait: (end) =>
      isSettled(end) ? Promise.resolve() : new Promise((resolve) => waiting.push({ end, resolve })),
    tell: () => {
      for (let [first] = waiting; first !== undefined && isSettled(first.end); [first] = waiting) {
        waiting.shift();
        first.resolve();
      }
    },
  };
}
