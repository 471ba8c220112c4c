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
  ...Object.fromEntries(Array.from('0123456789', (char) => [char, 12])),
};

/** Of how many bytes of text, in tenths of a percent, `byte` is one: by that windows are chosen. */
function frequencyOf(byte: number): number {
  return frequency[String.fromCharCode(byte)] ?? 4;
}

/** What the first three bytes of a window may be: more than one each where the case of letters does not matter. */
export type Opening = readonly (readonly number[])[];

/**
 * Openings in a form that sixteen bytes at once can be looked up in: tables of 16 entries by nibble, for each of three
 * positions one for the low nibble and one for the high. An entry has a bit for each of eight sets of openings, and a byte
 * those that both of its nibbles have. So sets come out larger than what was put into them, and what is told by them is looked
 * at closer.
 */
const nibbles = 16;
const bytesOfWindow = 3;
const setsOfTable = 8;
/** Pairs of tables for openings: with more of them less is looked at closer, and more is looked up. */
const openingTables = 2;
/** Windows of a literal that are weighed against each other: the rarest ones. */
const maxChoices = 4;

/** What the first, second and third byte of some windows may be, as nibbles; the bits of a nibble are its values. */
interface OpeningSet {
  readonly low: number[];
  readonly high: number[];
  /** How often it is met in text. */
  share: number;
}

/** One of the openings that a literal leaves to choose from. */
interface Choice extends OpeningSet {
  readonly index: number;
}

/** Tables for eight sets of openings by position, low and high, and for eight more; and which of its openings each literal has. */
export interface Openings {
  readonly tables: Uint8Array;
  readonly chosen: readonly number[];
}

/**
 * Takes one opening of each literal and puts it into a set: what is rare in itself may make a set frequent, and what is not may
 * be in one already.
 */
export function chooseOpenings(literals: readonly (readonly Opening[])[]): Openings {
  const sets = Array.from({ length: openingTables * setsOfTable }, emptySet);
  const chosen = new Array<number>(literals.length).fill(0);
  const choices = literals.map(choicesOf);
  const shareOf = (literal: number): number => choices[literal]?.[0]?.share ?? 0;
  // The most frequent first: they shape the sets that rarer ones fall into.
  const order = Array.from(choices.keys()).sort((a, b) => shareOf(b) - shareOf(a));
  for (const literal of order) {
    chosen[literal] = place(sets, choices[literal] ?? []);
  }
  return { tables: tablesOf(sets), chosen };
}

function emptySet(): OpeningSet {
  return { low: [0, 0, 0], high: [0, 0, 0], share: 0 };
}

/** The rarest openings, the rarest first. */
function choicesOf(openings: readonly Opening[]): Choice[] {
  const choices = openings.map((opening, index) => {
    const choice: Choice = { ...emptySet(), index };
    for (const [position, bytes] of opening.entries()) {
      for (const byte of bytes) {
        choice.low[position] = (choice.low[position] ?? 0) | (1 << (byte & 15));
        choice.high[position] = (choice.high[position] ?? 0) | (1 << (byte >> 4));
      }
    }
    choice.share = shareOfUnion(choice, choice);
    return choice;
  });
  return choices.sort((a, b) => a.share - b.share).slice(0, maxChoices);
}

/** Puts that choice into that set which makes a set least more frequent, and returns its index. */
function place(sets: readonly OpeningSet[], choices: readonly Choice[]): number {
  let best: { set: OpeningSet; choice: Choice } | undefined;
  let least = Infinity;
  for (const choice of choices) {
    for (const set of sets) {
      const more = shareOfUnion(set, choice) - set.share;
      if (more >= least) continue;
      least = more;
      best = { set, choice };
    }
  }
  if (best === undefined) return 0;
  const { set, choice } = best;
  set.share += least;
  for (let position = 0; position < bytesOfWindow; position++) {
    set.low[position] = (set.low[position] ?? 0) | (choice.low[position] ?? 0);
    set.high[position] = (set.high[position] ?? 0) | (choice.high[position] ?? 0);
  }
  return choice.index;
}

/** How often what is in one of two sets, or between them, is met in text. */
function shareOfUnion(a: OpeningSet, b: OpeningSet): number {
  let share = 1;
  for (let position = 0; position < bytesOfWindow; position++) {
    const low = (a.low[position] ?? 0) | (b.low[position] ?? 0);
    const high = (a.high[position] ?? 0) | (b.high[position] ?? 0);
    share *= shareOfNibbles(low, high);
  }
  return share;
}

/** How often a byte of text has one of the low nibbles and one of the high ones. */
function shareOfNibbles(low: number, high: number): number {
  let share = 0;
  for (let left = high; left !== 0; left &= left - 1) {
    const row = 31 - Math.clz32(left & -left);
    share += rowShares[(row << 9) | (low & 0xff)] ?? 0;
    share += rowShares[(row << 9) | 256 | (low >> 8)] ?? 0;
  }
  return share;
}

/** By high nibble, half of the low nibbles, and set of these: how often the bytes are met. */
const rowShares = Float64Array.from({ length: nibbles << 9 }, (_, index) => {
  let share = 0;
  for (let bit = 0; bit < 8; bit++) {
    const byte = ((index >> 9) << 4) | ((index >> 5) & 8) | bit;
    if (((index >> bit) & 1) !== 0) share += frequencyOf(byte);
  }
  return share;
});

function tablesOf(sets: readonly OpeningSet[]): Uint8Array {
  const tables = new Uint8Array(openingTables * bytesOfWindow * 2 * nibbles);
  for (const [index, { low, high }] of sets.entries()) {
    const bit = 1 << (index % setsOfTable);
    for (let position = 0; position < bytesOfWindow; position++) {
      const row = Math.floor(index / setsOfTable) * bytesOfWindow + position;
      setBits(tables, row * 2 * nibbles, low[position] ?? 0, bit);
      setBits(tables, (row * 2 + 1) * nibbles, high[position] ?? 0, bit);
    }
  }
  return tables;
}

function setBits(tables: Uint8Array, at: number, values: number, bit: number): void {
  for (let nibble = 0; nibble < nibbles; nibble++) {
    if (((values >> nibble) & 1) !== 0) tables[at + nibble] = (tables[at + nibble] ?? 0) | bit;
  }
}
