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
export function frequencyOf(byte: number): number {
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

/** What the first, second and third byte of some windows may be, as nibbles; the bits of a nibble are its values. */
interface OpeningSet {
  readonly low: number[];
  readonly high: number[];
  /** How often it is met in text. */
  readonly share: number;
}

/** Puts openings into sets: tables for eight of them by position, low and high, and for eight more. */
export function openingTablesOf(openings: readonly Opening[]): Uint8Array {
  const sets = setsOf(openings);
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

const emptySet: OpeningSet = { low: [0, 0, 0], high: [0, 0, 0], share: 0 };

/** Puts each opening, the most frequent first, into the set that it makes least more frequent. */
function setsOf(openings: readonly Opening[]): OpeningSet[] {
  const sets = Array.from({ length: openingTables * setsOfTable }, () => emptySet);
  const unique = new Map(openings.map((opening) => [opening.join(';'), opening]));
  const own = Array.from(unique.values(), setOf).sort((a, b) => b.share - a.share);
  for (const opening of own) {
    let best = { index: 0, set: emptySet, more: Infinity };
    for (const [index, set] of sets.entries()) {
      const united = unite(set, opening);
      const more = united.share - set.share;
      if (more < best.more) best = { index, set: united, more };
    }
    sets[best.index] = best.set;
  }
  return sets;
}

/** A set of one opening. */
function setOf(opening: Opening): OpeningSet {
  const low = opening.map((bytes) =>
    bytes.reduce((values, byte) => values | (1 << (byte & 15)), 0),
  );
  const high = opening.map((bytes) =>
    bytes.reduce((values, byte) => values | (1 << (byte >> 4)), 0),
  );
  return unite(emptySet, { low, high, share: 0 });
}

function unite(a: OpeningSet, b: OpeningSet): OpeningSet {
  const low = a.low.map((values, position) => values | (b.low[position] ?? 0));
  const high = a.high.map((values, position) => values | (b.high[position] ?? 0));
  let share = 1;
  for (let at = 0; at < bytesOfWindow; at++) share *= shareOfSet(low[at] ?? 0, high[at] ?? 0);
  return { low, high, share };
}

/** How often a byte of text has one of the low nibbles and one of the high ones. */
function shareOfSet(low: number, high: number): number {
  const key = (high << 16) | low;
  const known = knownShares.get(key);
  if (known !== undefined) return known;
  let share = 0;
  for (let row = 0; row < nibbles / 2; row++) {
    if (((high >> row) & 1) === 0) continue;
    for (let column = 0; column < nibbles; column++) {
      if (((low >> column) & 1) !== 0) share += frequencies[row * nibbles + column] ?? 0;
    }
  }
  knownShares.set(key, share);
  return share;
}

const knownShares = new Map<number, number>();
const frequencies = Float64Array.from({ length: 128 }, (_, byte) => frequencyOf(byte));

/** True where the three bytes at `at` are in one set. */
export function maybeOpens(tables: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let first = 0; first < tables.length; first += bytesOfWindow * 2 * nibbles) {
    let sets = 0xff;
    for (let position = 0; position < bytesOfWindow; position++) {
      const byte = bytes[at + position] ?? 0;
      const row = first + position * 2 * nibbles;
      sets &= (tables[row + (byte & 15)] ?? 0) & (tables[row + nibbles + (byte >> 4)] ?? 0);
    }
    if (sets !== 0) return true;
  }
  return false;
}
