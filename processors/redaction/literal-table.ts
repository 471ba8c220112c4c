import type { Detector } from './detector.ts';
import type { Opening } from './opening-tables.ts';
import { chooseOpenings } from './opening-tables.ts';

/**
 * Literals, by three or four of their bytes that are seldom seen in other text: their window. A prefilter looks for windows,
 * and where there is one, whether the literal is around it.
 */
export interface LiteralTable {
  /** Which bytes start a window, as pairs `first | second << 8`. */
  readonly pairs: ReadonlySet<number>;
  /** Which three bytes may open a window, as `chooseOpenings` has it. */
  readonly openings: Uint8Array;
  /** By `slotOf` what windows there are: bits `fourBytes`, `threeBytes` and `openingBytes`. */
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

/** Windows of four bytes, and of three, which literals of three bytes have; and the first three bytes of any. */
export const fourBytes = 1;
export const threeBytes = 2;
export const openingBytes = 4;

const minLiteral = 3;
const maxWindow = 4;
/** A prefilter compares so many bytes of a literal, among which its window is; the scanner compares all. */
export const maxCompared = 16;

/** Collects the literals of a set of detectors. */
export function createLiteralTable(detectors: readonly Detector[]): LiteralTable {
  const pairs = new Set<number>();
  const slots = new Uint8Array(0x1_0000);
  const bySlot = new Map<number, LiteralGate[]>();
  const literals = detectors.flatMap(literalsOf);
  const { tables, chosen } = chooseOpenings(literals.map(openingsOf));
  for (const [index, written] of literals.entries()) {
    const gate: LiteralGate = { ...written, offset: chosen[index] ?? 0 };
    const window = windowAt(gate, gate.offset);
    const isLong = window.length > minLiteral;
    for (const bytes of variantsOf(window)) {
      const slot = slotOf(bytes);
      const opening = slotOf(bytes & 0xffffff);
      pairs.add(bytes & 0xffff);
      slots[opening] = (slots[opening] ?? 0) | openingBytes;
      slots[slot] = (slots[slot] ?? 0) | (isLong ? fourBytes : threeBytes);
      const gates = bySlot.get(slot);
      if (gates === undefined) bySlot.set(slot, [gate]);
      else if (gates.at(-1) !== gate) gates.push(gate);
    }
  }
  return { pairs, openings: tables, slots, bySlot };
}

/** Where bytes, the first one lowest, stand in `slots`. */
export function slotOf(bytes: number): number {
  return Math.imul(bytes, 0x9e3779b1) >>> 16;
}

/** True where a literal, or as much of it as a prefilter compares, stands around its window at `at`. */
export function isLiteralPlace(
  { slots, bySlot }: LiteralTable,
  bytes: Uint8Array,
  at: number,
): boolean {
  const three = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  const kinds = slots[slotOf(three)] ?? 0;
  if ((kinds & openingBytes) === 0) return false;
  const isAround = (gate: LiteralGate): boolean =>
    startsLiteral(bytes, gate, at - gate.offset, maxCompared);
  if ((kinds & threeBytes) !== 0 && bySlot.get(slotOf(three))?.some(isAround) === true) return true;
  const four = slotOf(three | ((bytes[at + 3] ?? 0) << 24));
  return ((slots[four] ?? 0) & fourBytes) !== 0 && bySlot.get(four)?.some(isAround) === true;
}

type Literal = Omit<LiteralGate, 'offset'>;

function literalsOf(detector: Detector): Literal[] {
  const { gate } = detector;
  if (gate.kind !== 'literal') return [];
  const { ignoreCase = false } = gate;
  return gate.literals.map((written) => {
    const text = ignoreCase ? toAsciiLowerCase(written) : written;
    if (text.length < minLiteral) throw new Error('a literal of a gate has three bytes or more');
    return { literal: Buffer.from(text, 'latin1'), ignoreCase, detector };
  });
}

/** Literals can be bytes of UTF-8 in latin1, which have no case. */
export function toAsciiLowerCase(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
}

/** How a window can begin, by where it stands in the literal. */
function openingsOf(literal: Literal): Opening[] {
  const last = Math.min(literal.literal.length, maxCompared) - maxWindow;
  return Array.from({ length: Math.max(1, last + 1) }, (_, offset) =>
    windowAt(literal, offset).slice(0, minLiteral),
  );
}

function windowAt({ literal, ignoreCase }: Literal, offset: number): number[][] {
  return Array.from(literal.subarray(offset, offset + maxWindow), (byte) =>
    ignoreCase && byte >= 0x61 && byte <= 0x7a ? [byte, byte ^ 0x20] : [byte],
  );
}

/** Every way to write a window, the first byte lowest. */
function variantsOf(window: readonly (readonly number[])[]): number[] {
  return window.reduce<number[]>(
    (starts, bytes, at) =>
      starts.flatMap((start) => bytes.map((byte) => start | (byte << (8 * at)))),
    [0],
  );
}

/** True where the literal of `gate`, or its first `length` bytes, start at `start`. */
export function startsLiteral(
  bytes: Uint8Array,
  { literal, ignoreCase }: LiteralGate,
  start: number,
  length = literal.length,
): boolean {
  const size = Math.min(length, literal.length);
  for (let index = 0; index < size; index++) {
    const byte = bytes[start + index] ?? 0;
    const isUpper = ignoreCase && byte >= 0x41 && byte <= 0x5a;
    if ((isUpper ? byte | 0x20 : byte) !== literal[index]) return false;
  }
  return true;
}
