/** Deterministic random numbers, so that a failing case is found again by its seed. */
export interface Random {
  /** A number from 0 up to, not including, 1. */
  next(): number;
  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number;
  /** True with that probability. */
  chance(probability: number): boolean;
  pick<T>(values: readonly [T, ...T[]]): T;
}

/** mulberry32: 32 bits of state, good enough to choose mutations. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (values) => values[below(values.length)] ?? values[0],
  };
}
