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
  /** Detectors of digit groups by the length that they want, the last for all that are longer. */
  readonly byGroupLength: readonly (readonly Detector[])[];
  readonly idDetectors: readonly Detector[];
  /** Second look at literals: which bytes follow a pair, for `mayFollow`. */
  readonly follows: Uint8Array;
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
  const follows = new Uint8Array(followSlots);
  for (const detector of detectors) {
    if (detector.gate.kind !== 'literal') continue;
    for (const gate of literalGates(detector, detector.gate)) {
      addLiteral(gate, marks, literals);
      addFollows(gate, follows);
    }
  }
  const byteDetectors = detectors.flatMap((detector) =>
    detector.gate.kind === 'byte' ? [{ byte: detector.gate.byte.charCodeAt(0), detector }] : [],
  );
  const numberDetectors = detectors.filter(({ gate }) => gate.kind === 'number');
  const byGroupLength = Array.from({ length: maxGroupLength + 1 }, (_, length) =>
    numberDetectors.filter((detector) => wantsLength(detector, length)),
  );
  const idDetectors = detectors.filter(({ gate }) => gate.kind === 'id');
  const shapeDetectors = Object.fromEntries(
    shapes.map((shape) => [shape, detectors.filter(({ gate }) => gate.kind === shape)]),
    // One entry a shape, by construction.
  ) as Record<Shape, Detector[]>;
  for (const { byte } of byteDetectors)
    markPairs(marks, mark.byte, (a, b) => a === byte || b === byte);
  if (numberDetectors.length + idDetectors.length > 0) {
    markPairs(marks, mark.number, isNumberPair);
  }
  for (const shape of shapes) {
    if (shapeDetectors[shape].length > 0) markPairs(marks, mark[shape], isPairOf[shape]);
  }
  markPairs(marks, mark.escape, couldHide);
  return {
    marks,
    literals,
    follows,
    byteDetectors,
    byGroupLength,
    idDetectors,
    shapeDetectors,
  };
}

/** Groups of more digits are all alike. */
export const maxGroupLength = 20;

function wantsLength({ gate }: Detector, length: number): boolean {
  return gate.kind === 'number' && gate.lengths?.includes(length) !== false;
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

/** A letter and a digit; what starts at an even address shows itself by its digits, and the scanner looks back. */
function isCountryPair(first: number, second: number): boolean {
  return isLetter(first) && isDigit(second);
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

function* literalGates(
  detector: Detector,
  { literals: written, ignoreCase = false }: LiteralsGate,
): Generator<LiteralGate> {
  for (const text of written) {
    const lower = ignoreCase ? toAsciiLowerCase(text) : text;
    const literal = Buffer.from(lower, 'latin1');
    const rarest = rarestOffset(lower);
    for (const offset of [rarest, rarest + 1]) yield { literal, ignoreCase, offset, detector };
  }
}

function addLiteral(
  gate: LiteralGate,
  marks: Uint8Array,
  literals: (LiteralGate[] | undefined)[],
): void {
  const { literal, offset, ignoreCase } = gate;
  const pairText = String.fromCharCode(literal[offset] ?? 0, literal[offset + 1] ?? 0);
  for (const pair of casesOf(pairText, ignoreCase)) {
    marks[pair] = (marks[pair] ?? 0) | mark.literal;
    const known = literals[pair];
    if (known === undefined) literals[pair] = [gate];
    else known.push(gate);
  }
}

const followSlots = 0x1_0000;

/** Where bytes, the first one lowest, stand in `follows`; letters of either case in one place. */
function slotOf(bytes: number): number {
  return Math.imul(bytes | 0x20202020, 0x9e3779b1) >>> 16;
}

/** How many bytes of the literal a slot stands for, as bits. */
const fourBytes = 1;
const threeBytes = 2;
const twoBytes = 4;

/** Marks what stands in the literal from the pair on: four bytes, or as many as there are. */
function addFollows({ literal, offset, ignoreCase }: LiteralGate, follows: Uint8Array): void {
  const [a = 0, b = 0, c, d] = literal.subarray(offset);
  if (c === undefined) {
    const pairText = String.fromCharCode(a, b);
    for (const pair of casesOf(pairText, ignoreCase))
      follows[pair] = (follows[pair] ?? 0) | twoBytes;
    return;
  }
  const three = a | (b << 8) | (c << 16);
  const slot = slotOf(d === undefined ? three : three | (d << 24));
  follows[slot] = (follows[slot] ?? 0) | (d === undefined ? threeBytes : fourBytes);
}

/** False where no literal goes on from a pair as these four bytes do. */
export function mayFollow(follows: Uint8Array, four: number): boolean {
  return (
    ((follows[slotOf(four)] ?? 0) & fourBytes) !== 0 ||
    ((follows[slotOf(four & 0xffffff)] ?? 0) & threeBytes) !== 0 ||
    ((follows[four & 0xffff] ?? 0) & twoBytes) !== 0
  );
}

/** Literals can be bytes of UTF-8 in latin1, which have no case. */
export function toAsciiLowerCase(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
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
