const digit = 1;
const letter = 2;
const hex = 4;
const gap = 8;
const local = 16;
const token = 32;

const classes = new Uint8Array(256);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  classes[code] =
    (/\d/.test(char) ? digit : 0) |
    (/[A-Za-z]/.test(char) ? letter : 0) |
    (/[\dA-Fa-f]/.test(char) ? hex : 0) |
    (/[ ().\-/]/.test(char) ? gap : 0) |
    (/[\w.%+'-]/.test(char) ? local : 0) |
    (/[\w\-+/=.~]/.test(char) ? token : 0);
}

function is(kinds: number, code: number | undefined): boolean {
  return code !== undefined && ((classes[code] ?? 0) & kinds) !== 0;
}

/** ASCII digit. */
export const isDigit = (code: number | undefined): boolean => is(digit, code);
/** ASCII letter or digit. */
export const isAlphanumeric = (code: number | undefined): boolean => is(digit | letter, code);
/** ASCII hex digit. */
export const isHex = (code: number | undefined): boolean => is(hex, code);
/** What may stand between the groups of a number: space, parentheses, full stop, hyphen, slash. */
export const isGap = (code: number | undefined): boolean => is(gap, code);
/** What may stand before the `@` of an address. */
export const isLocal = (code: number | undefined): boolean => is(local, code);
/** What keys, tokens and base64 are made of. */
export const isToken = (code: number | undefined): boolean => is(token, code);

/** Value of a hex digit, -1 where it is none. */
export function hexValue(code: number | undefined): number {
  if (code === undefined || !isHex(code)) return -1;
  return code < 0x3a ? code - 0x30 : (code | 0x20) - 0x57;
}

/** Value of the `length` hex digits at `at`, -1 where they are none. */
export function hexAt(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let index = at; index < at + length; index++) {
    const nibble = hexValue(bytes[index]);
    if (nibble < 0) return -1;
    value = value * 16 + nibble;
  }
  return value;
}

const backslash = 0x5c;
/** Letters that are an escape behind a backslash. */
const escapeLetters: ReadonlySet<number> = new Set(
  ['n', 'r', 't', 'b', 'f', 'v'].map((char) => char.charCodeAt(0)),
);

/**
 * Length of the escape (`\n`, `\u000a`) whose backslash is the byte before `at`, without the backslash; 0 where there
 * is none. Text inside JSON strings continues after it, and cutting it would leave invalid JSON.
 */
export function escapeTail(bytes: Uint8Array, at: number): number {
  if (bytes[at - 1] !== backslash) return 0;
  const code = bytes[at];
  if (code === 0x75 && hexAt(bytes, at + 1, 4) >= 0) return 5;
  return code !== undefined && escapeLetters.has(code) ? 1 : 0;
}

/** True where a word may start at `at`: no letter or digit stands before it, unless that belongs to a JSON escape. */
export function startsWord(bytes: Uint8Array, at: number): boolean {
  if (!isAlphanumeric(bytes[at - 1])) return true;
  return escapeTail(bytes, at - 1) === 1 || escapeTail(bytes, at - 5) === 5;
}
