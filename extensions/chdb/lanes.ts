/** Runs tasks in the order they came, at most `width` at once. */
export interface Lane {
  run<Result>(task: () => Promise<Result>): Promise<Result>;
}

/** Creates a lane. The bridge has one for reads and one for writes, so that a slow query cannot starve the inserts. */
export function createLane(width: number): Lane {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    run: async (task) => {
      if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
      else running += 1;
      try {
        return await task();
      } finally {
        // The place goes straight to the next one, so that a newcomer cannot slip in between.
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
