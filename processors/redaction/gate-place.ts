import { isAlphanumeric, isDigit, isHex, startsWord } from './bytes.ts';

const colon = 0x3a;
const hyphen = 0x2d;
const fullStop = 0x2e;
/** The shortest address in base58. */
const minBase58 = 25;

/** True where the colon at `at` is of hex digits or doubled. */
function isColonPlace(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== colon) return false;
  const before = bytes[at - 1];
  const after = bytes[at + 1];
  return before === colon || after === colon || isHex(before) || isHex(after);
}

/** True where the byte at `at` is the first separator of six hex pairs or of three hex quads. */
function isHexGroupsPlace(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === hyphen) {
    return bytes[at + 3] === hyphen && bytes[at + 6] === hyphen && bytes[at + 12] === hyphen;
  }
  return bytes[at] === fullStop && bytes[at + 5] === fullStop && isHex(bytes[at + 4]);
}

/** False where neither of two bytes can be such a separator. */
export function isNearHexGroups(bytes: Uint8Array, at: number): boolean {
  return (
    (bytes[at] === hyphen && bytes[at + 3] === hyphen) ||
    (bytes[at + 1] === hyphen && bytes[at + 4] === hyphen) ||
    (bytes[at] === fullStop && bytes[at + 5] === fullStop) ||
    (bytes[at + 1] === fullStop && bytes[at + 6] === fullStop)
  );
}

/** False where neither of two bytes can start a long word in base58. */
export function isNearBase58(bytes: Uint8Array, at: number): boolean {
  if (!isAlphanumeric(bytes[at + minBase58 - 1])) return false;
  const isFirst = bytes[at] === 0x31 || bytes[at] === 0x33;
  return startsWord(bytes, isFirst ? at : at + 1);
}

/** True where two letters and two digits start at `at`. */
export function isCountryPlace(bytes: Uint8Array, at: number): boolean {
  return (
    isLetter(bytes[at]) &&
    isLetter(bytes[at + 1]) &&
    isDigit(bytes[at + 2]) &&
    isDigit(bytes[at + 3])
  );
}

function isLetter(byte: number | undefined): boolean {
  return isAlphanumeric(byte) && !isDigit(byte);
}

/** True where a long word starts at `at` with 1 or 3. */
function isBase58Place(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at];
  if (byte !== 0x31 && byte !== 0x33) return false;
  return (
    isAlphanumeric(bytes[at + minBase58]) &&
    isAlphanumeric(bytes[at + minBase58 - 1]) &&
    isAlphanumeric(bytes[at + 12]) &&
    isAlphanumeric(bytes[at + 1])
  );
}

/** Tells the places that the gates named by a shape open at. */
export const isPlaceOf: Readonly<
  Record<'colon' | 'hex_groups' | 'country' | 'base58', (bytes: Uint8Array, at: number) => boolean>
> = {
  colon: isColonPlace,
  hex_groups: isHexGroupsPlace,
  country: isCountryPlace,
  base58: isBase58Place,
};
