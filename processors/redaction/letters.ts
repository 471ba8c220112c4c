const firstLetter = 0x61;

/** Bytes as letters from a to p, two each: no token can look like a number, a key or base64. */
export function toLetters(bytes: Uint8Array): string {
  let letters = '';
  for (const byte of bytes) {
    letters += String.fromCharCode(firstLetter + (byte >> 4), firstLetter + (byte & 15));
  }
  return letters;
}

/** The bytes behind letters that `toLetters` wrote; undefined where they are none. */
export function fromLetters(letters: string): Uint8Array | undefined {
  if (letters.length % 2 !== 0 || !/^[a-p]*$/.test(letters)) return undefined;
  const bytes = new Uint8Array(letters.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    const high = letters.charCodeAt(2 * index) - firstLetter;
    bytes[index] = (high << 4) | (letters.charCodeAt(2 * index + 1) - firstLetter);
  }
  return bytes;
}
