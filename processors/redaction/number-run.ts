import { isDigit, isGap, startsWord } from './bytes.ts';

/** Groups that are held at once; a longer run is looked at piece by piece. */
const maxGroups = 64;
/** The longest shape is a card's five groups; so many are left to the next piece. */
const overlapGroups = 6;
/** Bytes between two groups, as in `) ` or ` - `. */
export const maxGap = 3;

/** A run of digit groups with short gaps, as in `+1 (415) 555-0123`, or `192.0.2.7`. */
export interface NumberRun {
  /** Groups held. */
  count: number;
  /** End of the last word that digit groups stood in, so that a word of several is looked at once. */
  wordEnd: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** An empty run, to be filled again and again. */
export function createNumberRun(): NumberRun {
  return {
    count: 0,
    wordEnd: 0,
    starts: new Int32Array(maxGroups),
    ends: new Int32Array(maxGroups),
  };
}

/** Digits of group `index`; 0 past the last one. */
export function groupLength(run: NumberRun, index: number): number {
  if (index < 0 || index >= run.count) return 0;
  return (run.ends[index] ?? 0) - (run.starts[index] ?? 0);
}

/** Digits of the first `groups` groups together, of all unless said otherwise. */
export function digitCount(run: NumberRun, groups = run.count): number {
  let count = 0;
  for (let index = 0; index < groups; index++) count += groupLength(run, index);
  return count;
}

/** Where group `index` starts. */
export function groupStart(run: NumberRun, index: number): number {
  return run.starts[index] ?? 0;
}

/** Where group `index` ends. */
export function groupEnd(run: NumberRun, index: number): number {
  return run.ends[index] ?? 0;
}

/** The byte between groups `index` and `index + 1`, 0 where it is not a single one. */
export function gapByte(bytes: Uint8Array, run: NumberRun, index: number): number {
  if (index + 1 >= run.count) return 0;
  const end = groupEnd(run, index);
  return groupStart(run, index + 1) === end + 1 ? (bytes[end] ?? 0) : 0;
}

/**
 * Reads the run whose first group starts at `from`. Returns where to go on: past the run, or at the first group that
 * the next piece shall start with. `run.count` tells how many groups there are to look at, `lookable` of them.
 */
export function readNumberRun(bytes: Uint8Array, from: number, run: NumberRun): number {
  run.count = 0;
  let at = from;
  for (;;) {
    run.starts[run.count] = at;
    while (isDigit(bytes[at])) at++;
    run.ends[run.count++] = at;
    if (run.count === maxGroups) return groupStart(run, maxGroups - overlapGroups);
    const next = skipGap(bytes, at);
    if (next === at) return at;
    at = next;
  }
}

function skipGap(bytes: Uint8Array, end: number): number {
  let at = end;
  while (at - end < maxGap && isGap(bytes[at])) at++;
  return isDigit(bytes[at]) ? at : end;
}

const fullStop = 0x2e;

/** True where a number may start at `at`: not inside a word, nor after `0.`. A comma parts the numbers of a list. */
export function startsNumber(bytes: Uint8Array, at: number): boolean {
  const before = bytes[at - 1];
  if (before === fullStop && isDigit(bytes[at - 2])) return false;
  return startsWord(bytes, at);
}

/** True where a number may end before `at`: no letter or digit follows, nor `.5`. */
export function endsNumber(bytes: Uint8Array, at: number): boolean {
  const after = bytes[at];
  if (after === fullStop && isDigit(bytes[at + 1])) return false;
  return !isDigit(after) && !isWordAfter(bytes, at);
}

function isWordAfter(bytes: Uint8Array, at: number): boolean {
  const after = bytes[at] ?? 0;
  return (after >= 0x41 && after <= 0x5a) || (after >= 0x61 && after <= 0x7a);
}

/** The digits of groups `first` to `last` as text. */
export function digitsOf(bytes: Uint8Array, run: NumberRun, first: number, last: number): string {
  let digits = '';
  for (let group = first; group <= last; group++) {
    for (let at = groupStart(run, group); at < groupEnd(run, group); at++) {
      digits += String.fromCharCode(bytes[at] ?? 0);
    }
  }
  return digits;
}

/** True for a number with a fraction and for a date (ISO 8601), which are nobody's: measures, prices, embeddings. */
export function isPlain(bytes: Uint8Array, run: NumberRun): boolean {
  if (run.count === 2) return gapByte(bytes, run, 0) === fullStop;
  return (
    run.count === 3 &&
    groupLength(run, 0) === 4 &&
    groupLength(run, 1) === 2 &&
    groupLength(run, 2) === 2 &&
    gapByte(bytes, run, 0) === hyphen &&
    gapByte(bytes, run, 1) === hyphen
  );
}

const hyphen = 0x2d;
