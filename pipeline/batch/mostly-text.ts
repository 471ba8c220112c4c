import { isUtf8 } from 'node:buffer';

/** One byte in so many may be no text: a torn character, a length, a line of a terminal. */
const othersBytes = 8;

/**
 * True for bytes that are text: UTF-8, or bytes of which at least seven in eight are printable ASCII, white space or whole
 * characters of UTF-8. Images, audio, archives and UTF-16 are not; nor are compressed bytes, of which one in three is printable.
 */
export function isMostlyText(bytes: Uint8Array): boolean {
  if (isUtf8(bytes)) return true;
  let others = Math.floor(bytes.length / othersBytes);
  for (let at = 0; at < bytes.length;) {
    const length = textLength(bytes, at);
    if (length === 0 && --others < 0) return false;
    at += Math.max(length, 1);
  }
  return true;
}

/** Bytes of the character at `at`, 0 where none is, or a control character other than white space. */
function textLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return first >= 0x20 || (first >= 0x09 && first <= 0x0d) ? 1 : 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  return isUtf8(bytes.subarray(at, at + length)) && at + length <= bytes.length ? length : 0;
}
