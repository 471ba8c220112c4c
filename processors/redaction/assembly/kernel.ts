// AssemblyScript. The prefilter of `redaction` with SIMD: lists the candidates of a piece of text, see candidate.ts.
//
// It reads 64 bytes a step. Vectors of 16 bytes become masks of 64 bits, one bit a byte, which say where a gate may open;
// shifted masks tell neighbours. A mask knows nothing of the blocks beside its own, so bits at its edges are taken for set:
// masks may say too much and never too little. What they say is then looked at byte by byte, by functions that say exactly
// what those of the same name in gate-place.ts say. All that depends on the detectors comes in tables (kernel-tables.ts).

// Bits of a candidate, as in candidate.ts.
const LITERAL: u32 = 1;
const BYTE: u32 = 2;
const NUMBER: u32 = 4;
const COLON: u32 = 8;
const ESCAPE: u32 = 16;
const HEX_GROUPS: u32 = 32;
const COUNTRY: u32 = 64;
const BASE58: u32 = 128;

// Where things are in memory. Tables of 16 bytes by nibble come in pairs, of the low one and of the high one.
/** Six pairs: what the first, second and third byte of a window may be, for eight sets of windows and for eight more. */
export const OPENINGS: usize = 0x400;
/** Two pairs: the first and second bytes of places that `STARTS` tells. */
export const SPECIALS: usize = 0x700;
/** Classes of bytes in forms. */
export const CLASSES: usize = 0x4e0;
/** By length of a word the number of its first form (u16), and one more entry. */
export const FORM_INDEX: usize = 0x500;
/** Starts and ends of digit groups (u32) that are looked at. */
const GROUPS: usize = 0x600;
/** Classes of the bytes around a word, from `MAX_LEAD` bytes before it on. */
const WORD: usize = 0x640;
const MAX_LEAD: usize = 16;
/** Where the last word ends that no form fits. */
let unfitEnd: usize = 0;
/** Bits by slot: the first three bytes of windows, windows of four bytes, and of three. */
export const OPENED: usize = 0x2000;
export const FOUR: usize = 0x4000;
export const THREE: usize = 0x6000;
/** What may start at a byte, by it and the next one. */
export const STARTS: usize = 0x10000;
export const OUTPUT: usize = 0x20000;
/** Behind as many bytes as are looked at before a place. */
export const INPUT: usize = 0x40080;
/** By slot of a window the address (u32) of a list of literals. */
export const LISTS: usize = 0x50000;
/**
 * 48 bytes a form: the lead, and from the seventeenth on its classes. The first form of a length stands for all of them: a
 * byte has to have what any of them wants there.
 */
export const FORMS: usize = 0x90000;
const FORM_SIZE: usize = 48;

// Of a literal: which bits of its sixteen bytes do not matter, which bytes are compared, and where its window is.
const FOLDS: usize = 16;
const COMPARED: usize = 32;
const OFFSET: usize = 48;

// As in the modules that gate-place.ts imports.
const MAX_GAP: usize = 3;
const MAX_WORD: isize = 24;
const MAX_RUN: usize = 96;
const MAX_IPV6: usize = 45;
const MIN_COLONS: i32 = 6;
const MIN_DIGITS: usize = 6;
const MIN_GROUPS: usize = 4;
const MIN_BASE58: usize = 26;

/** Writes the candidates of the `size` bytes at `INPUT` to `OUTPUT`, and returns how many there are. */
export function find(size: usize): usize {
  let out = OUTPUT;
  unfitEnd = 0;
  for (let at: usize = 0; at < size; at += 64) {
    const p = INPUT + at;
    const a = v128.load(p);
    const b = v128.load(p, 16);
    const c = v128.load(p, 32);
    const d = v128.load(p, 48);
    const digits = mask(digit(a), digit(b), digit(c), digit(d));
    let numbers: u64 = 0;
    let countries: u64 = 0;
    let base58s: u64 = 0;
    if (digits != 0 || isDigit(load<u8>(p, 64))) {
      const letters = mask(letter(a), letter(b), letter(c), letter(d));
      const gaps = mask(gap(a), gap(b), gap(c), gap(d));
      const words = letters | digits;
      // The first six bytes may follow an escape of the block before.
      const escapes = mask(eq(a, 0x5c), eq(b, 0x5c), eq(c, 0x5c), eq(d, 0x5c));
      const starts = words & (~(words << 1) | (escapes << 2) | (escapes << 6) | 0x3f);
      const nearGap = gaps << 1 & (digits << 2 | (gaps << 2 & (digits << 3 | (gaps << 3 & digits << 4))));
      numbers = digits & ~(digits << 1) & ~nearGap;
      countries = letters & (starts << 1 | 1) & (digits >> 1 | TOP1) & (digits >> 2 | TOP2);
      base58s = digits & starts & longRuns(words);
    }
    const literals = keepLiterals(p, windowMask(p, a, b, c, d));
    const specials = ~mask(notSpecial(p, a), notSpecial(p + 16, b), notSpecial(p + 32, c), notSpecial(p + 48, d));
    let all = literals | specials | numbers | countries | base58s;
    if (size - at < 64) all &= ((<u64>1) << (size - at)) - 1;
    while (all != 0) {
      const index = <usize>ctz(all);
      const bit = all & (0 - all);
      all ^= bit;
      const q = p + index;
      let marks: u32 = 0;
      if (literals & bit) marks = LITERAL;
      if (specials & bit) marks |= specialMarks(q);
      if (numbers & bit && isMarked(q, NUMBER) && (index > MAX_GAP || startsRun(q)) && isNumberPlace(q)) {
        marks |= NUMBER;
      }
      if (countries & bit && isMarked(q, COUNTRY) && isCountryPlace(q)) marks |= COUNTRY;
      if (base58s & bit && isMarked(q, BASE58) && isBase58Place(q)) marks |= BASE58;
      if (marks != 0) {
        store<u32>(out, (marks << 16) | <u32>(at + index));
        out += 4;
      }
    }
  }
  return (out - OUTPUT) >> 2;
}

/** The last bits of a mask, of which the next block knows more. */
const TOP1: u64 = 1 << 63;
const TOP2: u64 = 3 << 62;

/** Bits that start sixteen set bits. */
// @ts-ignore: decorator
@inline
function longRuns(bits: u64): u64 {
  const two = bits & (bits >> 1 | TOP1);
  const four = two & (two >> 2 | TOP2);
  const eight = four & (four >> 4 | 15 << 60);
  return eight & (eight >> 8 | 255 << 56);
}

// @ts-ignore: decorator
@inline
function mask(a: v128, b: v128, c: v128, d: v128): u64 {
  const low = <u64>(<u32>i8x16.bitmask(a) | (<u32>i8x16.bitmask(b) << 16));
  return low | (<u64>(<u32>i8x16.bitmask(c) | (<u32>i8x16.bitmask(d) << 16)) << 32);
}

// @ts-ignore: decorator
@inline
function eq(x: v128, byte: i8): v128 {
  return i8x16.eq(x, i8x16.splat(byte));
}

// @ts-ignore: decorator
@inline
function digit(x: v128): v128 {
  return i8x16.le_u(i8x16.sub(x, i8x16.splat(0x30)), i8x16.splat(9));
}

// @ts-ignore: decorator
@inline
function letter(x: v128): v128 {
  const lower = v128.or(x, i8x16.splat(0x20));
  return i8x16.le_u(i8x16.sub(lower, i8x16.splat(0x61)), i8x16.splat(25));
}

/** Space, parentheses, hyphen, full stop, slash; an index outside the table gives 0. */
// @ts-ignore: decorator
@inline
function gap(x: v128): v128 {
  const gaps = i8x16(-1, 0, 0, 0, 0, 0, 0, 0, -1, -1, 0, 0, 0, -1, -1, -1);
  return i8x16.swizzle(gaps, i8x16.sub(x, i8x16.splat(0x20)));
}

/** What both nibbles of each byte have in common in a pair of tables. */
// @ts-ignore: decorator
@inline
function look(x: v128, tables: usize): v128 {
  const low = i8x16.swizzle(v128.load(tables), v128.and(x, i8x16.splat(15)));
  return v128.and(low, i8x16.swizzle(v128.load(tables, 16), v128.and(i16x8.shr_u(x, 4), i8x16.splat(15))));
}

// @ts-ignore: decorator
@inline
function notSpecial(p: usize, x: v128): v128 {
  const both = v128.and(look(x, SPECIALS), look(v128.load(p, 1), SPECIALS + 32));
  return eq(both, 0);
}

// @ts-ignore: decorator
@inline
function notWindow(p: usize, x: v128): v128 {
  const second = v128.load(p, 1);
  const third = v128.load(p, 2);
  const some = v128.or(opening(OPENINGS, x, second, third), opening(OPENINGS + 96, x, second, third));
  return eq(some, 0);
}

/** The sets of windows that three bytes may open. */
// @ts-ignore: decorator
@inline
function opening(tables: usize, first: v128, second: v128, third: v128): v128 {
  const two = v128.and(look(first, tables), look(second, tables + 32));
  return v128.and(two, look(third, tables + 64));
}

// @ts-ignore: decorator
@inline
function windowMask(p: usize, a: v128, b: v128, c: v128, d: v128): u64 {
  return ~mask(notWindow(p, a), notWindow(p + 16, b), notWindow(p + 32, c), notWindow(p + 48, d));
}

/** Keeps the bits of windows around which a literal stands. Most bits have no opening's three bytes. */
// @ts-ignore: decorator
@inline
function keepLiterals(p: usize, bits: u64): u64 {
  let opened: u64 = 0;
  while (bits != 0) {
    const index = ctz(bits);
    bits &= bits - 1;
    opened |= hasSlot(OPENED, slotOf(load<u32>(p + <usize>index) & 0xffffff)) << index;
  }
  let kept: u64 = 0;
  while (opened != 0) {
    const index = ctz(opened);
    opened &= opened - 1;
    if (isLiteralPlace(p + <usize>index)) kept |= (<u64>1) << index;
  }
  return kept;
}

// @ts-ignore: decorator
@inline
function slotOf(bytes: u32): u32 {
  return (bytes * (<u32>0x9e3779b1)) >>> 16;
}

/** 1 where the bit of a slot is set. */
// @ts-ignore: decorator
@inline
function hasSlot(bits: usize, slot: u32): u64 {
  return (<u64>load<u8>(bits + <usize>(slot >> 3)) >> <u64>(slot & 7)) & 1;
}

// @ts-ignore: decorator
@inline
function isLiteralPlace(p: usize): bool {
  const four = slotOf(load<u32>(p));
  if (hasSlot(FOUR, four) != 0 && hasLiteral(p, four)) return true;
  const three = slotOf(load<u32>(p) & 0xffffff);
  return hasSlot(THREE, three) != 0 && hasLiteral(p, three);
}

/** True where one of the literals of a slot stands around its window. */
function hasLiteral(p: usize, slot: u32): bool {
  for (let list = <usize>load<u32>(LISTS + (<usize>slot << 2)); ; list += 4) {
    const literal = <usize>load<u32>(list);
    if (literal == 0) break;
    const text = v128.load(p - <usize>load<u32>(literal, OFFSET));
    const compared = v128.and(v128.or(text, v128.load(literal, FOLDS)), v128.load(literal, COMPARED));
    if (i8x16.all_true(i8x16.eq(compared, v128.load(literal)))) return true;
  }
  return false;
}

// @ts-ignore: decorator
@inline
function isMarked(p: usize, bit: u32): bool {
  return (<u32>load<u8>(STARTS + load<u16>(p)) & bit) != 0;
}

function specialMarks(p: usize): u32 {
  let marks = <u32>load<u8>(STARTS + load<u16>(p)) & (BYTE | ESCAPE | COLON | HEX_GROUPS);
  if (marks & COLON && !isColonPlace(p)) marks ^= COLON;
  if (marks & HEX_GROUPS && !isHexGroupsPlace(p)) marks ^= HEX_GROUPS;
  return marks;
}

// @ts-ignore: decorator
@inline
function isDigit(byte: u32): bool {
  return byte - 0x30 < 10;
}

// @ts-ignore: decorator
@inline
function isLetter(byte: u32): bool {
  return (byte | 0x20) - 0x61 < 26;
}

// @ts-ignore: decorator
@inline
function isAlphanumeric(byte: u32): bool {
  return isDigit(byte) || isLetter(byte);
}

// @ts-ignore: decorator
@inline
function isHex(byte: u32): bool {
  return isDigit(byte) || (byte | 0x20) - 0x61 < 6;
}

// @ts-ignore: decorator
@inline
function isGap(byte: u32): bool {
  return byte == 0x20 || byte == 0x28 || byte == 0x29 || byte - 0x2d < 3;
}

function escapeTail(p: usize): usize {
  if (load<u8>(p - 1) != 0x5c) return 0;
  const byte = <u32>load<u8>(p);
  if (byte == 0x75) {
    return isHex(load<u8>(p, 1)) && isHex(load<u8>(p, 2)) && isHex(load<u8>(p, 3)) && isHex(load<u8>(p, 4)) ? 5 : 0;
  }
  return byte == 0x6e || byte == 0x72 || byte == 0x74 || byte == 0x62 || byte == 0x66 || byte == 0x76 ? 1 : 0;
}

function startsWord(p: usize): bool {
  if (!isAlphanumeric(load<u8>(p - 1))) return true;
  return escapeTail(p - 1) == 1 || escapeTail(p - 5) == 5;
}

function isColonPlace(p: usize): bool {
  return isPairsPlace(p, 0x3a) || isIpv6Place(p);
}

function isPairsPlace(p: usize, separator: u32): bool {
  if (!isHex(load<u8>(p - 1)) || !isHex(load<u8>(p - 2))) return false;
  for (let next = p + 3; next <= p + 12; next += 3) if (load<u8>(next) != separator) return false;
  return true;
}

function isIpv6Place(p: usize): bool {
  let start = p;
  while (p - start < MAX_IPV6 && isHex(load<u8>(start - 1))) start--;
  if (load<u8>(start - 1) == 0x3a) return false;
  let colons = 0;
  let isDoubled = false;
  let hasDigit = false;
  for (let q = start; q < p + MAX_IPV6; q++) {
    const byte = <u32>load<u8>(q);
    if (byte == 0x3a) {
      colons++;
      if (load<u8>(q, 1) == 0x3a) isDoubled = true;
    } else if (isDigit(byte)) hasDigit = true;
    else if (!isHex(byte)) break;
  }
  return hasDigit && (isDoubled || colons >= MIN_COLONS);
}

function isHexGroupsPlace(p: usize): bool {
  if (load<u8>(p) == 0x2d) return isPairsPlace(p, 0x2d);
  return load<u8>(p, 5) == 0x2e && isHex(load<u8>(p - 1)) && isHex(load<u8>(p, 4));
}

function isCountryPlace(p: usize): bool {
  return isLetter(load<u8>(p - 1)) && isDigit(load<u8>(p, 2)) && startsWord(p - 1);
}

function isBase58Place(p: usize): bool {
  if (!startsWord(p)) return false;
  for (let q = p + 1; q < p + MIN_BASE58; q++) if (!isAlphanumeric(load<u8>(q))) return false;
  return true;
}

/** Of a digit that starts a run. */
function isNumberPlace(p: usize): bool {
  let count: usize = 0;
  let digits: usize = 0;
  let next = p;
  for (;;) {
    const start = next;
    next = digitsEnd(next, p + MAX_RUN);
    store<u32>(GROUPS + count * 8, <u32>start);
    store<u32>(GROUPS + count * 8, <u32>next, 4);
    digits += next - start;
    if (++count == MIN_GROUPS || next - p >= MAX_RUN) return true;
    const length = skipGap(next);
    if (length == 0) break;
    next += length;
  }
  if ((count == 2 && isSingleGap(0, 0x2e)) || (count == 3 && isIsoDate())) return false;
  if (digits >= MIN_DIGITS) return true;
  for (let group: usize = 0; group < count; group++) {
    if (standsInForm(groupStart(group), groupEnd(group))) return true;
  }
  return false;
}

function startsRun(p: usize): bool {
  let before = p - 1;
  while (before >= p - MAX_GAP && isGap(load<u8>(before))) before--;
  return !isDigit(load<u8>(before));
}

function skipGap(p: usize): usize {
  let length: usize = 0;
  while (length < MAX_GAP && isGap(load<u8>(p + length))) length++;
  return isDigit(load<u8>(p + length)) ? length : 0;
}

// @ts-ignore: decorator
@inline
function groupStart(group: usize): usize {
  return <usize>load<u32>(GROUPS + group * 8);
}

// @ts-ignore: decorator
@inline
function groupEnd(group: usize): usize {
  return <usize>load<u32>(GROUPS + group * 8, 4);
}

function isSingleGap(group: usize, byte: u32): bool {
  return groupStart(group + 1) == groupEnd(group) + 1 && load<u8>(groupEnd(group)) == byte;
}

function isIsoDate(): bool {
  const areLong = groupLength(0) == 4 && groupLength(1) == 2 && groupLength(2) == 2;
  return areLong && isSingleGap(0, 0x2d) && isSingleGap(1, 0x2d);
}

// @ts-ignore: decorator
@inline
function groupLength(group: usize): usize {
  return groupEnd(group) - groupStart(group);
}

function standsInForm(from: usize, to: usize): bool {
  if (from < unfitEnd) return false;
  // One more than the longest word that a form fits is too many, wherever the word begins.
  const before = <usize>clz(~alphanumericMask(from - 32));
  let start = from - min(before, <usize>MAX_WORD + 1);
  start += escapeTail(start);
  const end = to + <usize>ctz(~alphanumericMask(to));
  // Negative where an escape holds the whole group.
  const length = <isize>(end - start);
  if (length >= 0 && length <= MAX_WORD && fitsForm(start, length)) return true;
  unfitEnd = end;
  return false;
}

/** One bit for each of 32 bytes. */
// @ts-ignore: decorator
@inline
function alphanumericMask(p: usize): u32 {
  const a = v128.load(p);
  const b = v128.load(p, 16);
  const low = <u32>i8x16.bitmask(v128.or(letter(a), digit(a)));
  return low | (<u32>i8x16.bitmask(v128.or(letter(b), digit(b))) << 16);
}

/** Where the digits at `p` end, or some place from `limit` on. */
// @ts-ignore: decorator
@inline
function digitsEnd(p: usize, limit: usize): usize {
  let count: usize;
  do {
    count = <usize>ctz(~(<u32>i8x16.bitmask(digit(v128.load(p)))));
    p += count;
  } while (count == 16 && p < limit);
  return p;
}

function fitsForm(start: usize, length: usize): bool {
  const index = FORM_INDEX + length * 2;
  let form = FORMS + <usize>load<u16>(index) * FORM_SIZE;
  const end = FORMS + <usize>load<u16>(index, 2) * FORM_SIZE;
  if (form == end) return false;
  storeClasses(start, MAX_LEAD);
  storeClasses(start, MAX_LEAD + 16);
  if (!fits(form)) return false;
  storeClasses(start, 0);
  storeClasses(start, MAX_LEAD + 32);
  for (form += FORM_SIZE; form < end; form += FORM_SIZE) if (fits(form)) return true;
  return false;
}

/** Puts the classes of sixteen bytes into `WORD`. */
// @ts-ignore: decorator
@inline
function storeClasses(start: usize, offset: usize): void {
  const classes = look(v128.load(start + offset - MAX_LEAD), CLASSES);
  v128.store(WORD + offset, v128.or(classes, i8x16.splat(-128)));
}

// @ts-ignore: decorator
@inline
function fits(form: usize): bool {
  const word = WORD + MAX_LEAD - <usize>load<u8>(form);
  return (
    i8x16.all_true(v128.and(v128.load(word), v128.load(form, 16))) &&
    i8x16.all_true(v128.and(v128.load(word, 16), v128.load(form, 32)))
  );
}
