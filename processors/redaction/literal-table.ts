import type { Detector } from './detector.ts';
import type { Opening } from './opening-tables.ts';
import { frequencyOf, maybeOpens, openingTablesOf } from './opening-tables.ts';

/**
 * Literals, by the three or four of their bytes that are seen least often in other text: their window. A prefilter looks for
 * windows and compares nothing more; that the whole literal is there is for `isLiteralAt` to say.
 */
export interface LiteralTable {
  /** Which bytes start a window, as pairs `first | second << 8`. */
  readonly pairs: ReadonlySet<number>;
  /** Which three bytes may open a window, as `openingTablesOf` has it. */
  readonly openings: Uint8Array;
  /** By `slotOf` what windows there are: bits `fourBytes`, `threeBytes` and `openingBytes`. */
  readonly slots: Uint8Array;
  /** Literals to try by `slotOf` their window. */
  readonly bySlot: ReadonlyMap<number, Iterable<LiteralGate>>;
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

/** Windows of four bytes, and of three, which literals of three bytes have; and the first three bytes of any. */
export const fourBytes = 1;
export const threeBytes = 2;
export const openingBytes = 4;

const minLiteral = 3;

/** Collects the literals of a set of detectors. */
export function createLiteralTable(detectors: readonly Detector[]): LiteralTable {
  const pairs = new Set<number>();
  const openings: Opening[] = [];
  const slots = new Uint8Array(0x1_0000);
  const bySlot = new Map<number, Set<LiteralGate>>();
  const add = (slot: number, kind: number): void => {
    slots[slot] = (slots[slot] ?? 0) | kind;
  };
  for (const gate of detectors.flatMap(literalGates)) {
    const { literal, offset, ignoreCase } = gate;
    const window = Array.from(literal.subarray(offset, offset + 4), (byte) =>
      casesOf(byte, ignoreCase),
    );
    openings.push(window.slice(0, minLiteral));
    const isLong = window.length > minLiteral;
    for (const bytes of variantsOf(window)) {
      const three = bytes & 0xffffff;
      const slot = slotOf(bytes);
      pairs.add(bytes & 0xffff);
      add(slotOf(three), openingBytes);
      add(slot, isLong ? fourBytes : threeBytes);
      bySlot.set(slot, (bySlot.get(slot) ?? new Set()).add(gate));
    }
  }
  return { pairs, openings: openingTablesOf(openings), slots, bySlot };
}

/** Where bytes, the first one lowest, stand in `slots`. */
export function slotOf(bytes: number): number {
  return Math.imul(bytes, 0x9e3779b1) >>> 16;
}

/** False where the bytes at `at` start no window. */
export function startsWindow(
  { slots, openings }: LiteralTable,
  bytes: Uint8Array,
  at: number,
): boolean {
  const threeBits = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  const three = slots[slotOf(threeBits)] ?? 0;
  if ((three & openingBytes) === 0 || !maybeOpens(openings, bytes, at)) return false;
  if ((three & threeBytes) !== 0) return true;
  return ((slots[slotOf(threeBits | ((bytes[at + 3] ?? 0) << 24))] ?? 0) & fourBytes) !== 0;
}

function literalGates(detector: Detector): LiteralGate[] {
  const { gate } = detector;
  if (gate.kind !== 'literal') return [];
  const { ignoreCase = false } = gate;
  return gate.literals.map((written) => {
    const text = ignoreCase ? toAsciiLowerCase(written) : written;
    if (text.length < minLiteral) throw new Error('a literal of a gate has three bytes or more');
    const literal = Buffer.from(text, 'latin1');
    return { literal, ignoreCase, offset: rarestOffset(literal), detector };
  });
}

/** Literals can be bytes of UTF-8 in latin1, which have no case. */
export function toAsciiLowerCase(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
}

function casesOf(byte: number, ignoreCase: boolean): readonly number[] {
  return ignoreCase && byte >= 0x61 && byte <= 0x7a ? [byte, byte ^ 0x20] : [byte];
}

/** Every way to write a window, the first byte lowest. */
function variantsOf(window: readonly (readonly number[])[]): number[] {
  return window.reduce<number[]>(
    (starts, bytes, at) =>
      starts.flatMap((start) => bytes.map((byte) => start | (byte << (8 * at)))),
    [0],
  );
}

/** Where the window of a literal begins: of four bytes where it has as many, its first three as rare as can be. */
function rarestOffset(literal: Uint8Array): number {
  let best = 0;
  let lowest = Infinity;
  for (let offset = 0; offset + 4 <= literal.length; offset++) {
    const cost = literal
      .subarray(offset, offset + minLiteral)
      .reduce((product, byte) => product * frequencyOf(byte), 1);
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
