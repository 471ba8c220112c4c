import { escapeLetters, isAlphanumeric, isDigit, isHex } from './bytes.ts';
import type { Detector, Gate } from './detector.ts';
import { couldHide } from './unfold.ts';

/**
 * The prefilter: a table over all pairs of neighbouring bytes that says whether the pair is worth a look. The scanner
 * reads the buffer two bytes at a time and never at odd offsets, so each gate marks pairs in such a way that every
 * occurrence shows itself at any alignment: a literal by two overlapping pairs of it, a byte by all pairs with it.
 */
export interface GateTable {
  /** Marks by pair, `first | second << 8`. */
  readonly marks: Uint8Array;
  /** Literals to try by pair. */
  readonly literals: readonly (readonly LiteralGate[] | undefined)[];
  readonly byteDetectors: readonly { readonly byte: number; readonly detector: Detector }[];
  readonly numberDetectors: readonly Detector[];
  readonly shapeDetectors: Readonly<Record<Shape, readonly Detector[]>>;
}

/** Gates that are told by the bytes around a place. */
export const shapes = ['colon', 'hex_groups', 'country', 'base58'] as const;
export type Shape = (typeof shapes)[number];

/** A literal that is tried where one of its pairs was seen. */
export interface LiteralGate {
  /** Bytes; in lower case where the case does not matter. */
  readonly literal: Uint8Array;
  readonly ignoreCase: boolean;
  /** Where the pair stands in the literal. */
  readonly offset: number;
  readonly detector: Detector;
}

/** What a pair may be the sign of. */
export const mark = {
  literal: 1,
  byte: 2,
  number: 4,
  colon: 8,
  escape: 16,
  hex_groups: 32,
  country: 64,
  base58: 128,
} as const;

/** Builds the table of a set of detectors. */
export function createGateTable(detectors: readonly Detector[]): GateTable {
  const marks = new Uint8Array(0x1_0000);
  const literals = new Array<LiteralGate[] | undefined>(marks.length).fill(undefined);
  for (const detector of detectors) {
    if (detector.gate.kind === 'literal') addLiterals(detector, detector.gate, marks, literals);
  }
  const byteDetectors = detectors.flatMap((detector) =>
    detector.gate.kind === 'byte' ? [{ byte: detector.gate.byte.charCodeAt(0), detector }] : [],
  );
  const numberDetectors = detectors.filter(({ gate }) => gate.kind === 'number');
  const shapeDetectors = Object.fromEntries(
    shapes.map((shape) => [shape, detectors.filter(({ gate }) => gate.kind === shape)]),
    // One entry a shape, by construction.
  ) as Record<Shape, Detector[]>;
  for (const { byte } of byteDetectors)
    markPairs(marks, mark.byte, (a, b) => a === byte || b === byte);
  if (numberDetectors.length > 0) markPairs(marks, mark.number, isNumberPair);
  for (const shape of shapes) {
    if (shapeDetectors[shape].length > 0) markPairs(marks, mark[shape], isPairOf[shape]);
  }
  markPairs(marks, mark.escape, couldHide);
  return { marks, literals, byteDetectors, numberDetectors, shapeDetectors };
}

function markPairs(
  marks: Uint8Array,
  bit: number,
  isMarked: (first: number, second: number) => boolean,
): void {
  for (let pair = 0; pair < marks.length; pair++) {
    if (isMarked(pair & 0xff, pair >> 8)) marks[pair] = (marks[pair] ?? 0) | bit;
  }
}

const fullStop = 0x2e;

/** Two digits, or one beside a full stop: three digits in a row show the first at any alignment, dotted ones the second. */
function isNumberPair(first: number, second: number): boolean {
  const isFirst = first >= 0x30 && first <= 0x39;
  const isSecond = second >= 0x30 && second <= 0x39;
  return (isFirst && (isSecond || second === fullStop)) || (isSecond && first === fullStop);
}

const colon = 0x3a;
const hyphen = 0x2d;

function isColonPair(first: number, second: number): boolean {
  if (first === colon) return second === colon || isHex(second);
  return second === colon && isHex(first);
}

/** A separator beside hex: one pair of every two shows it at any alignment. */
function isHexGroupsPair(first: number, second: number): boolean {
  const isSeparator = (byte: number): boolean => byte === hyphen || byte === fullStop;
  return (isSeparator(first) && isHex(second)) || (isHex(first) && isSeparator(second));
}

function isLetter(byte: number): boolean {
  return isAlphanumeric(byte) && !isDigit(byte);
}

/** Two digits, which the scanner looks back from, or a letter and a digit. */
function isCountryPair(first: number, second: number): boolean {
  return isDigit(second) && (isDigit(first) || isLetter(first));
}

function isBase58Pair(first: number, second: number): boolean {
  const isFirst = (byte: number): boolean => byte === 0x31 || byte === 0x33;
  const isBefore = (byte: number): boolean => !isAlphanumeric(byte) || escapeLetters.has(byte);
  return (isFirst(first) && isAlphanumeric(second)) || (isFirst(second) && isBefore(first));
}

const isPairOf: Readonly<Record<Shape, (first: number, second: number) => boolean>> = {
  colon: isColonPair,
  hex_groups: isHexGroupsPair,
  country: isCountryPair,
  base58: isBase58Pair,
};

type LiteralsGate = Extract<Gate, { kind: 'literal' }>;

function addLiterals(
  detector: Detector,
  { literals: written, ignoreCase = false }: LiteralsGate,
  marks: Uint8Array,
  literals: (LiteralGate[] | undefined)[],
): void {
  for (const text of written) {
    const literal = ignoreCase ? toAsciiLowerCase(text) : text;
    const rarest = rarestOffset(literal);
    for (const offset of [rarest, rarest + 1]) {
      for (const pair of casesOf(literal.slice(offset, offset + 2), ignoreCase)) {
        marks[pair] = (marks[pair] ?? 0) | mark.literal;
        const gate = { literal: Buffer.from(literal, 'latin1'), ignoreCase, offset, detector };
        literals[pair] = [...(literals[pair] ?? []), gate];
      }
    }
  }
}

/** Literals can be bytes of UTF-8 in latin1, which have no case. */
export function toAsciiLowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function casesOf(pair: string, ignoreCase: boolean): ReadonlySet<number> {
  const [first = '', second = ''] = pair;
  const variants = (char: string): string[] =>
    ignoreCase && /[a-z]/.test(char) ? [char, char.toUpperCase()] : [char];
  return new Set(
    variants(first).flatMap((a) =>
      variants(second).map((b) => a.charCodeAt(0) | (b.charCodeAt(0) << 8)),
    ),
  );
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

/** Where the two overlapping pairs of a literal begin that are seen least often in other text. */
function rarestOffset(literal: string): number {
  let best = 0;
  let lowest = Infinity;
  for (let offset = 0; offset + 2 < literal.length; offset++) {
    const cost = pairCost(literal, offset) + pairCost(literal, offset + 1);
    if (cost < lowest) {
      lowest = cost;
      best = offset;
    }
  }
  return best;
}

function pairCost(literal: string, offset: number): number {
  return charCost(literal[offset]) * charCost(literal[offset + 1]);
}

function charCost(char = ''): number {
  return frequency[char] ?? 4;
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
