import { hexAt, hexValue, isAlphanumeric, isDigit, isToken } from './bytes.ts';

/**
 * Text can hide what it says: `\u0040`, `%40`, `&#64;`, fullwidth digits, zero-width characters. Unfolding writes a
 * window of it in plain UTF-8, byte by byte, with a map back to where each byte came from. What means an ASCII character
 * becomes that one, and what is not seen vanishes; other characters stay, for the words of other languages tell what a
 * number is.
 */
export interface Unfolded {
  readonly bytes: Uint8Array;
  size: number;
  /** Where unfolded byte `index` starts and ends in the source. */
  starts: Int32Array;
  ends: Int32Array;
}

/** The folded code of a character that means no ASCII character, and the first byte that is not ASCII. */
const other = 0x80;
const backslash = 0x5c;
const percent = 0x25;
const ampersand = 0x26;

/** Half of a pair: as a point, what becomes a single byte, 0x80. */
const lone = 0xd800;

/** Bytes of zero that a subject needs behind its end. */
export const padding = 128;

/** Escapes in escapes that are followed: `%255Cu0040` is `\u0040` is `@`. */
const maxLevels = 4;

/**
 * One decoded character: its code after folding (-1 where it vanishes) and its length in bytes. Where folding gives none,
 * `point` is what an escape stands for, 0 where the bytes are to be copied.
 */
interface Decoded {
  code: number;
  length: number;
  point?: number;
}

function startsFold(byte: number): boolean {
  return byte === backslash || byte === percent || byte === ampersand || foldLeads.has(byte);
}

/**
 * What `hidesAt` can be true of, as far as two bytes tell: pairs `first | second << 8` of escapes and of the UTF-8 sequences
 * that `foldCodePoint` turns into ASCII or drops.
 */
export function foldStarts(): ReadonlySet<number> {
  const pairs = new Set<number>();
  const add = (first: number, seconds: Iterable<number>): void => {
    for (const second of seconds) pairs.add(first | (second << 8));
  };
  add(backslash, Buffer.from('ux'));
  // What stands for a control character hides nothing.
  add(percent, Buffer.from('23456789ABCDEFabcdef'));
  add(ampersand, [0x23, ...namedEntities.map(([name]) => name.charCodeAt(0))]);
  for (let point = other; point < 0x1_0000; point++) {
    if (foldCodePoint(point) !== other) {
      const [first = 0, ...rest] = encodePoint(point);
      add(first, rest.slice(0, 1));
    }
  }
  return pairs;
}

/** Lead bytes of those sequences. */
const foldLeads: ReadonlySet<number> = new Set([0xc2, 0xcd, 0xd9, 0xdb, 0xe0, 0xe2, 0xe3, 0xef]);

/** True where an escape or folded character at `at` could hide part of a value. */
export function hidesAt(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at] ?? 0;
  if (byte === backslash) return hidesBackslash(bytes, at);
  if (byte === percent) return hexAt(bytes, at + 1, 2) >= 0x20;
  if (byte === ampersand) return decodeEntity(bytes, at).length > 0;
  if (!foldLeads.has(byte)) return false;
  const { code, length } = decodeUtf8(bytes, at);
  if (code === other) return false;
  // Dashes, spaces and invisible characters matter only inside a value.
  if (code === -1 || !isAlphanumeric(code)) return touchesValue(bytes, at, length);
  return true;
}

function touchesValue(bytes: Uint8Array, at: number, length: number): boolean {
  return isInsideValue(bytes[at - 1] ?? 0) || isInsideValue(bytes[at + length] ?? 0);
}

function isInsideValue(byte: number): boolean {
  return isToken(byte) || byte === 0x40 || byte === 0x3a || byte >= other;
}

function hidesBackslash(bytes: Uint8Array, at: number): boolean {
  const kind = bytes[at + 1];
  if (kind === 0x75) return foldCodePoint(hexAt(bytes, at + 2, 4)) !== other;
  return kind === 0x78 && hexAt(bytes, at + 2, 2) >= 0x20;
}

/** An empty unfolding with room for `capacity` bytes. */
export function createUnfolded(capacity: number): Unfolded {
  return {
    bytes: new Uint8Array(capacity + padding),
    size: 0,
    starts: new Int32Array(capacity),
    ends: new Int32Array(capacity),
  };
}

/** Unfolds `from` to `to` of `bytes` into `target`, which must have room for as many bytes, and follows nested escapes. */
export function unfold(bytes: Uint8Array, from: number, to: number, target: Unfolded): void {
  let again = unfoldLevel(bytes, from, to, target);
  for (let level = 1; again && level < maxLevels; level++) {
    const inner = createUnfolded(target.size);
    again = unfoldLevel(target.bytes, 0, target.size, inner);
    for (let index = 0; index < inner.size; index++) {
      const first = inner.starts[index] ?? 0;
      const last = (inner.ends[index] ?? 1) - 1;
      inner.starts[index] = target.starts[first] ?? 0;
      inner.ends[index] = target.ends[last] ?? 0;
    }
    copyInto(inner, target);
  }
}

function copyInto(source: Unfolded, target: Unfolded): void {
  target.size = source.size;
  target.bytes.set(source.bytes.subarray(0, source.size));
  target.bytes.fill(0, source.size, source.size + padding);
  target.starts.set(source.starts.subarray(0, source.size));
  target.ends.set(source.ends.subarray(0, source.size));
}

/** One pass; true where its result may hold escapes of a level below. */
function unfoldLevel(bytes: Uint8Array, from: number, to: number, target: Unfolded): boolean {
  let again = false;
  target.size = 0;
  for (let at = from; at < to;) {
    const byte = bytes[at] ?? 0;
    if (byte < other && byte !== backslash && byte !== percent && byte !== ampersand) {
      target.bytes[target.size] = byte;
      target.starts[target.size] = at;
      target.ends[target.size++] = ++at;
      continue;
    }
    const { code, length, point = 0 } = decode(bytes, at);
    const end = Math.min(at + length, to);
    if (code === other && point > 0) writePoint(point, at, end, target);
    else if (code === other) copyBytes(bytes, at, end, target);
    else if (code >= 0) {
      target.bytes[target.size] = code;
      target.starts[target.size] = at;
      target.ends[target.size++] = end;
      again ||= startsFold(code) && (length > 1 || code > other);
    }
    at += length;
  }
  target.bytes.fill(0, target.size, target.size + padding);
  return again;
}

/** Copies the bytes of a character as they are. */
function copyBytes(bytes: Uint8Array, at: number, end: number, target: Unfolded): void {
  for (let index = at; index < end; index++) {
    target.starts[target.size] = index;
    target.ends[target.size] = index + 1;
    target.bytes[target.size++] = bytes[index] ?? 0;
  }
}

/** Writes the character of an escape in UTF-8, which is shorter than any escape; half of a pair becomes one byte. */
function writePoint(point: number, at: number, end: number, target: Unfolded): void {
  for (const byte of encodePoint(point)) {
    target.starts[target.size] = at;
    target.ends[target.size] = end;
    target.bytes[target.size++] = byte;
  }
}

function encodePoint(point: number): number[] {
  if (point >= 0xd800 && point < 0xe000) return [other];
  const last = other | (point & 63);
  if (point < 0x800) return [0xc0 | (point >> 6), last];
  return [0xe0 | (point >> 12), other | ((point >> 6) & 63), last];
}

function decode(bytes: Uint8Array, at: number): Decoded {
  const byte = bytes[at] ?? 0;
  if (byte === backslash) return decodeBackslash(bytes, at);
  if (byte === percent) {
    const code = hexAt(bytes, at + 1, 2);
    if (code < 0) return { code: percent, length: 1 };
    // As a code, this byte of a character would mean that there is none.
    return code === other ? { code, length: 3, point: lone } : { code, length: 3 };
  }
  if (byte === ampersand) {
    const entity = decodeEntity(bytes, at);
    return entity.length > 0 ? entity : { code: ampersand, length: 1 };
  }
  return decodeUtf8(bytes, at);
}

const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12 };

/** A run of backslashes stands for one: text that was put into JSON strings more than once doubles them. */
function decodeBackslash(bytes: Uint8Array, at: number): Decoded {
  let after = at;
  while (bytes[after] === backslash && after - at < 64) after++;
  const kind = bytes[after] ?? 0;
  const hexLength = kind === 0x75 ? 4 : kind === 0x78 ? 2 : 0;
  if (hexLength > 0) {
    const code = hexAt(bytes, after + 1, hexLength);
    if (code >= 0) return { ...foldPoint(code), length: after + 1 + hexLength - at };
  }
  const control = controls[String.fromCharCode(kind)];
  if (control !== undefined) return { code: control, length: after + 1 - at };
  if (kind === 0x22 || kind === 0x2f) return { code: kind, length: after + 1 - at };
  return { code: backslash, length: Math.max(1, after - at) };
}

const namedEntities: readonly (readonly [string, string])[] = [
  ['commat;', '@'],
  ['period;', '.'],
  ['amp;', '&'],
  ['colon;', ':'],
  ['plus;', '+'],
  ['lowbar;', '_'],
  ['hyphen;', '-'],
  ['num;', '#'],
  ['percnt;', '%'],
];

/** A numeric or named HTML entity; length 0 where there is none. */
function decodeEntity(bytes: Uint8Array, at: number): Decoded {
  if (bytes[at + 1] === 0x23) return decodeNumericEntity(bytes, at);
  for (const [name, char] of namedEntities) {
    let index = 0;
    while (index < name.length && bytes[at + 1 + index] === name.charCodeAt(index)) index++;
    if (index === name.length) return { code: char.charCodeAt(0), length: name.length + 1 };
  }
  return { code: ampersand, length: 0 };
}

const maxEntityDigits = 8;

function decodeNumericEntity(bytes: Uint8Array, at: number): Decoded {
  const isHexadecimal = ((bytes[at + 2] ?? 0) | 0x20) === 0x78;
  const first = at + (isHexadecimal ? 3 : 2);
  let code = 0;
  let end = first;
  while (end - first < maxEntityDigits) {
    const value = isHexadecimal || isDigit(bytes[end]) ? hexValue(bytes[end]) : -1;
    if (value < 0) break;
    code = code * (isHexadecimal ? 16 : 10) + value;
    end++;
  }
  if (end === first) return { code: ampersand, length: 0 };
  return { ...foldPoint(code), length: (bytes[end] === 0x3b ? end + 1 : end) - at };
}

function decodeUtf8(bytes: Uint8Array, at: number): Decoded {
  const lead = bytes[at] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (length === 1) return { code: other, length, point: 0 };
  let code = lead & (0xff >> (length + 1));
  for (let index = 1; index < length; index++) {
    const next = bytes[at + index] ?? 0;
    if ((next & 0xc0) !== other) return { code: other, length: 1 };
    code = (code << 6) | (next & 0x3f);
  }
  return { code: foldCodePoint(code), length };
}

/** First code points of runs of ten decimal digits outside ASCII. */
const digitZeros = [0x0660, 0x06f0, 0x0966, 0x09e6, 0xff10];
const invisible = new Set([0xad, 0x34f, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0xfeff]);
const spaces = new Set([0xa0, 0x2007, 0x2009, 0x200a, 0x202f, 0x3000]);
const dashes = new Set([0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212]);

/** What an escape of a code point is read as; characters beyond the first plane are copied as they are written. */
function foldPoint(code: number): { code: number; point: number } {
  return { code: foldCodePoint(code), point: code < 0x1_0000 ? code : lone };
}

/** The ASCII character that a code point is read as, -1 where it is not seen at all, 0x80 where it is neither. */
export function foldCodePoint(code: number): number {
  if (code < 0) return other;
  if (code < other) return code;
  if (code >= 0xff01 && code <= 0xff5e) return code - 0xfee0;
  if (isInvisible(code)) return -1;
  if (spaces.has(code)) return 0x20;
  if (dashes.has(code)) return 0x2d;
  const zero = digitZeros.find((first) => code >= first && code < first + 10);
  return zero === undefined ? other : 0x30 + code - zero;
}

function isInvisible(code: number): boolean {
  return (
    (code >= 0x200b && code <= 0x200f) || (code >= 0xfe00 && code <= 0xfe0f) || invisible.has(code)
  );
}
