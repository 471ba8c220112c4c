/** True where a token is no word of a language or of code: enough bits a character, and no run of plain words. */
export function isRandom(token: string, minEntropy: number): boolean {
  return entropy(token) >= minEntropy && /\d|[a-z][A-Z]|[A-Z][a-z]{0,2}[A-Z]/.test(token);
}

/** So much of a text is counted: enough for all letters, and what keeps floods cheap. */
const maxCounted = 128;

/** Shannon entropy of the beginning of a text in bits a character. */
export function entropy(text: string): number {
  const size = Math.min(text.length, maxCounted);
  let first = 255;
  let last = 0;
  for (let index = 0; index < size; index++) {
    const code = text.charCodeAt(index) & 0xff;
    counts[code] = (counts[code] ?? 0) + 1;
    if (code < first) first = code;
    if (code > last) last = code;
  }
  let bits = 0;
  for (let code = first; code <= last; code++) {
    const count = counts[code] ?? 0;
    if (count > 0) bits -= (count / size) * Math.log2(count / size);
    counts[code] = 0;
  }
  return bits;
}

/** How often each character is in the text at hand; all zero between two texts. */
const counts = new Uint8Array(256);

/** Bits a character: of sixteen hex digits at random nearly all have more, words and counters less. */
const leastHexEntropy = 2.6;
const leastEntropy = 3;

/** The shortest text that can be told from a word, where its letters and digits are mixed well. */
export const leastSecret = 12;
/** The same where they are not. */
const minLength = 16;

/**
 * True for what can be a key or token, where its name says so: long enough, letters and digits, and no path, URL, version
 * or row of words.
 */
export function isSecretText(text: string, leastLength = minLength): boolean {
  if (text.length < leastSecret || /^\w+:\/\/|^[./~]/.test(text)) return false;
  if (!/\d/.test(text)) return text.length >= minLength && isScrambled(text);
  if (!/[A-Za-z]/.test(text)) return false;
  if (text.length < leastLength && !(/[a-z]/.test(text) && /[A-Z]/.test(text))) return false;
  if (
    !text
      .slice(0, maxCounted)
      .split(/[-_./:=+]/)
      .some(isMixed)
  )
    return false;
  return entropy(text) >= (/^[\da-f]+$/i.test(text) ? leastHexEntropy : leastEntropy);
}

/** The shortest part of a token that has both letters and digits. */
const minPart = 8;
/** So often do letters and digits, or capitals and small letters, take turns in it at least. */
const minTurns = 3;

/** True for a part that is neither a word nor a number, nor one behind the other. */
function isMixed(part: string): boolean {
  return part.length >= minPart && turnsIn(part) >= minTurns;
}

/** How often capitals, small letters and digits take turns. */
function turnsIn(text: string): number {
  return (text.match(/[a-z](?=[A-Z\d])|[A-Z](?=\d)|[A-Z]{2}(?=[a-z])|\d(?=[A-Za-z])/g) ?? [])
    .length;
}

/** Random letters and digits take turns at every second place; words with capitals at every sixth. */
const scrambledShare = 0.25;

/** True for random capitals, small letters and digits: words with humps have too few turns. */
export function isScrambled(text: string): boolean {
  const beginning = text.slice(0, maxCounted);
  return turnsIn(beginning) >= beginning.length * scrambledShare && entropy(beginning) >= 3.5;
}
