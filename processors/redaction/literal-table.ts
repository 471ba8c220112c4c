import type { Detector } from './detector.ts';

/**
 * Literals, by the three or four of their bytes that are seen least often in other text: their window. A prefilter looks for
 * windows and compares nothing more; that the whole literal is there is for `isLiteralAt` to say.
 */
export interface LiteralTable {
  /** Which bytes start a window, as pairs `first | second << 8`. */
  readonly pairs: ReadonlySet<number>;
  /** The windows' first three bytes, in every case that they may have. */
  readonly openings: readonly Uint8Array[];
  /** By `slotOf` what windows there are: bits `fourBytes` and `threeBytes`. */
  readonly slots: Uint8Array;
  /** Literals to try by `slotOf` their window. */
  readonly bySlot: ReadonlyMap<number, readonly LiteralGate[]>;
}

/** A literal that is tried where its window was seen. */
export interface LiteralGate {
  /** Bytes; in lower case where the case does not matter. */
  readonly literal: Uint8Array;
  readonly ignoreCase: boolean;
  /** Where the window stands in the literal. */
  readonly offset: number;
  readonly detector: Detector;
}

/** Windows of four bytes, and of three, which literals of three bytes have. */
export const fourBytes = 1;
export const threeBytes = 2;

const minLiteral = 3;

/** Collects the literals of a set of detectors. */
export function createLiteralTable(detectors: readonly Detector[]): LiteralTable {
  const pairs = new Set<number>();
  const openings: Uint8Array[] = [];
  const slots = new Uint8Array(0x1_0000);
  const bySlot = new Map<number, LiteralGate[]>();
  for (const gate of detectors.flatMap(literalGates)) {
    const window = gate.literal.subarray(gate.offset, gate.offset + 4);
    const [a = 0, b = 0, c = 0, d] = window;
    const three = a | (b << 8) | (c << 16);
    const slot = slotOf(d === undefined ? three : three | (d << 24));
    slots[slot] = (slots[slot] ?? 0) | (d === undefined ? threeBytes : fourBytes);
    const known = bySlot.get(slot);
    if (known === undefined) bySlot.set(slot, [gate]);
    else known.push(gate);
    for (const opening of casesOf(window.subarray(0, minLiteral), gate.ignoreCase)) {
      openings.push(opening);
      pairs.add((opening[0] ?? 0) | ((opening[1] ?? 0) << 8));
    }
  }
  return { pairs, openings, slots, bySlot };
}

/** Where bytes, the first one lowest, stand in `slots`; letters of either case in one place. */
export function slotOf(bytes: number): number {
  return Math.imul(bytes | 0x20202020, 0x9e3779b1) >>> 16;
}

/** False where these four bytes start no window. */
export function startsWindow({ slots }: LiteralTable, four: number): boolean {
  return (
    ((slots[slotOf(four)] ?? 0) & fourBytes) !== 0 ||
    ((slots[slotOf(four & 0xffffff)] ?? 0) & threeBytes) !== 0
  );
}

function literalGates(detector: Detector): LiteralGate[] {
  const { gate } = detector;
  if (gate.kind !== 'literal') return [];
  const { ignoreCase = false } = gate;
  return gate.literals.map((written) => {
    const text = ignoreCase ? toAsciiLowerCase(written) : written;
    if (text.length < minLiteral) throw new Error('a literal of a gate has three bytes or more');
    const literal = Buffer.from(text, 'latin1');
    return { literal, ignoreCase, offset: rarestOffset(text), detector };
  });
}

/** Literals can be bytes of UTF-8 in latin1, which have no case. */
export function toAsciiLowerCase(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
}

function casesOf(bytes: Uint8Array, ignoreCase: boolean): Uint8Array[] {
  let cases: number[][] = [[]];
  for (const byte of bytes) {
    const isLetter = ignoreCase && byte >= 0x61 && byte <= 0x7a;
    const variants = isLetter ? [byte, byte ^ 0x20] : [byte];
    cases = cases.flatMap((start) => variants.map((variant) => [...start, variant]));
  }
  return cases.map((variant) => Uint8Array.from(variant));
}

/** How often letters stand in English text and code, in tenths of a percent; everything else is rare. */
const frequency: Readonly<Record<string, number>> = {
  e: 110,
  t: 85,
  a: 75,
  o: 70,
  i: 68,
  n: 68,
  s: 62,
  r: 60,
  h: 45,
  l: 40,
  d: 38,
  c: 32,
  u: 28,
  m: 25,
  f: 20,
  p: 22,
  g: 18,
  y: 16,
  w: 16,
  b: 14,
  v: 9,
  k: 7,
  x: 3,
  j: 2,
  q: 2,
  z: 2,
  ' ': 170,
  _: 12,
  '-': 12,
  '.': 12,
  '/': 10,
};

/** Where the window of a literal begins: of four bytes where it has as many. */
function rarestOffset(literal: string): number {
  let best = 0;
  let lowest = Infinity;
  for (let offset = 0; offset + 4 <= literal.length; offset++) {
    let cost = 1;
    for (const char of literal.slice(offset, offset + 4)) cost *= frequency[char] ?? 4;
    if (cost < lowest) {
      lowest = cost;
      best = offset;
    }
  }
  return best;
}

/** True where the literal of `gate` starts at `start`. */
export function isLiteralAt(bytes: Uint8Array, gate: LiteralGate, start: number): boolean {
  const { literal, ignoreCase } = gate;
  for (let index = 0; index < literal.length; index++) {
    const byte = bytes[start + index] ?? 0;
    const isUpper = ignoreCase && byte >= 0x41 && byte <= 0x5a;
    if ((isUpper ? byte | 0x20 : byte) !== literal[index]) return false;
  }
  return true;
}
