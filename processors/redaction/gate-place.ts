import { escapeTail, isAlphanumeric, isDigit, isGap, isHex, startsWord } from './bytes.ts';
import type { FormTable } from './form-table.ts';
import { fitsForm, maxWord } from './form-table.ts';
import { maxGap } from './number-run.ts';

/**
 * Where gates open, as functions of the bytes around a place. The kernel (`assembly/kernel.ts`) has each of them once more,
 * under the same name; a change here is a change there, and `prefilter.test.ts` compares the two.
 */

const colon = 0x3a;
const hyphen = 0x2d;
const fullStop = 0x2e;

function isLetter(byte: number | undefined): boolean {
  return isAlphanumeric(byte) && !isDigit(byte);
}

/** True where the colon at `at` is the first of a MAC address or of what may be an IPv6 address. */
function isColonPlace(bytes: Uint8Array, at: number): boolean {
  return isPairsPlace(bytes, at, colon) || isIpv6Place(bytes, at);
}

/** True where six hex pairs have `separator` between them, the first one at `at`. */
function isPairsPlace(bytes: Uint8Array, at: number, separator: number): boolean {
  if (!isHex(bytes[at - 1]) || !isHex(bytes[at - 2])) return false;
  for (let next = at + 3; next <= at + 12; next += 3) if (bytes[next] !== separator) return false;
  return true;
}

/** Longer words of hex digits and colons are no addresses. */
const maxIpv6 = 45;
/** The last 32 bits may be written as IPv4. */
const minColons = 6;

function isIpv6Place(bytes: Uint8Array, at: number): boolean {
  let start = at;
  while (at - start < maxIpv6 && isHex(bytes[start - 1])) start--;
  if (bytes[start - 1] === colon) return false;
  let colons = 0;
  let isDoubled = false;
  let hasDigit = false;
  for (let index = start; index < at + maxIpv6; index++) {
    const byte = bytes[index];
    if (byte === colon) {
      colons++;
      isDoubled ||= bytes[index + 1] === colon;
    } else if (isHex(byte)) hasDigit ||= isDigit(byte);
    else break;
  }
  return hasDigit && (isDoubled || colons >= minColons);
}

/** True where the byte at `at` is the first separator of six hex pairs or of three hex quads. */
function isHexGroupsPlace(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === hyphen) return isPairsPlace(bytes, at, hyphen);
  return bytes[at + 5] === fullStop && isHex(bytes[at - 1]) && isHex(bytes[at + 4]);
}

/** True where the letter at `at` is the second of a word that starts with two letters and two digits. */
function isCountryPlace(bytes: Uint8Array, at: number): boolean {
  return isLetter(bytes[at - 1]) && isDigit(bytes[at + 2]) && startsWord(bytes, at - 1);
}

/** The shortest address in base58. */
const minBase58 = 26;

/** True where the 1 or 3 at `at` starts a long word. */
function isBase58Place(bytes: Uint8Array, at: number): boolean {
  if (!startsWord(bytes, at)) return false;
  for (let next = at + 1; next < at + minBase58; next++) {
    if (!isAlphanumeric(bytes[next])) return false;
  }
  return true;
}

/** Tells the places of the gates named by a shape, once `GateTable.starts` has the first two bytes marked. */
export const isPlaceOf: Readonly<
  Record<'colon' | 'hex_groups' | 'country' | 'base58', (bytes: Uint8Array, at: number) => boolean>
> = {
  colon: isColonPlace,
  hex_groups: isHexGroupsPlace,
  country: isCountryPlace,
  base58: isBase58Place,
};

/** The shortest number that any detector takes has six digits; an address has four groups. */
export const minDigits = 6;
export const minGroups = 4;
/** Runs are looked through so far; what is longer is left to the scanner. */
const maxRun = 96;

const starts = new Int32Array(minGroups);
const ends = new Int32Array(minGroups);

/**
 * True where the digit at `at` starts a run of digit groups that a detector may want: of many digits or groups, or in a
 * word that a form fits. Dates and numbers with a fraction are nobody's.
 */
export function isNumberPlace(bytes: Uint8Array, at: number, forms: FormTable): boolean {
  if (!startsRun(bytes, at)) return false;
  let count = 0;
  let digits = 0;
  for (let next = at; ;) {
    starts[count] = next;
    while (isDigit(bytes[next]) && next - at < maxRun) next++;
    ends[count] = next;
    digits += next - (starts[count] ?? 0);
    if (++count === minGroups || next - at >= maxRun) return true;
    const gap = skipGap(bytes, next);
    if (gap === 0) break;
    next += gap;
  }
  if (isFraction(bytes, count) || isIsoDate(bytes, count)) return false;
  return digits >= minDigits || hasForm(bytes, count, forms);
}

function hasForm(bytes: Uint8Array, count: number, forms: FormTable): boolean {
  for (let group = 0; group < count; group++) {
    if (standsInForm(bytes, starts[group] ?? 0, ends[group] ?? 0, forms)) return true;
  }
  return false;
}

function startsRun(bytes: Uint8Array, at: number): boolean {
  let before = at - 1;
  while (before >= at - maxGap && isGap(bytes[before])) before--;
  return !isDigit(bytes[before]);
}

/** Bytes of the gap at `at` when a digit follows it, else 0. */
function skipGap(bytes: Uint8Array, at: number): number {
  let length = 0;
  while (length < maxGap && isGap(bytes[at + length])) length++;
  return isDigit(bytes[at + length]) ? length : 0;
}

function isFraction(bytes: Uint8Array, count: number): boolean {
  return count === 2 && isSingleGap(bytes, 0, fullStop);
}

/** ISO 8601: `2024-05-01`. */
function isIsoDate(bytes: Uint8Array, count: number): boolean {
  return (
    count === 3 &&
    groupLength(0) === 4 &&
    groupLength(1) === 2 &&
    groupLength(2) === 2 &&
    isSingleGap(bytes, 0, hyphen) &&
    isSingleGap(bytes, 1, hyphen)
  );
}

function groupLength(group: number): number {
  return (ends[group] ?? 0) - (starts[group] ?? 0);
}

function isSingleGap(bytes: Uint8Array, group: number, gap: number): boolean {
  const end = ends[group] ?? 0;
  return (starts[group + 1] ?? 0) === end + 1 && bytes[end] === gap;
}

/** True where a form fits the word that a digit group stands in. */
function standsInForm(bytes: Uint8Array, from: number, to: number, forms: FormTable): boolean {
  let start = from;
  while (from - start <= maxWord && isAlphanumeric(bytes[start - 1])) start--;
  start += escapeTail(bytes, start);
  let end = to;
  while (end - start <= maxWord && isAlphanumeric(bytes[end])) end++;
  return end - start <= maxWord && fitsForm(forms, bytes, start, end - start);
}
