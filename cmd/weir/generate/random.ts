/** A seeded source of pseudo-random data: the same seed gives the same traffic. */
export interface Random {
  /** From 0 to 1, without 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** True so many times in 1. */
  chance(probability: number): boolean;
  pick<Element>(elements: readonly [Element, ...Element[]]): Element;
  /** Lower-case hex of so many bytes, never all zero. */
  hex(bytes: number): string;
  /** So many characters of letters and digits. */
  token(length: number): string;
}

const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** Makes a source by mulberry32: small, fast, and far from secret. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  const hexByte = (): string => integer(0, 255).toString(16).padStart(2, '0');
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (elements) => elements[integer(0, elements.length - 1)] ?? elements[0],
    hex: (bytes) => {
      const first = integer(1, 255).toString(16).padStart(2, '0');
      return first + Array.from({ length: bytes - 1 }, hexByte).join('');
    },
    token: (length) =>
      Array.from({ length }, () => alphabet[integer(0, alphabet.length - 1)] ?? 'x').join(''),
  };
}
