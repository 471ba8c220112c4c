/**
 * Texts of a buffer that are looked through together, `from` to `to` (exclusive). What a detector may see of it reaches on to
 * `end`: a key that ends a stretch is followed by its value.
 */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly end: number;
}

/**
 * A stretch ends with the text in which it has so many bytes. Strings of the whole buffer would be so long that V8 takes
 * fresh pages of the system for each; those of stretches stay in the space for new objects.
 */
const stretchBytes = 24_576;

/** Splits a buffer of `size` bytes between texts. */
export function* stretchesOf(bytes: Uint8Array, size: number): Generator<Stretch> {
  for (let from = 0; from < size;) {
    const to = textEnd(bytes, from + stretchBytes, size);
    yield { from, to, end: textEnd(bytes, to, size) };
    from = to;
  }
}

/** Behind the NUL that ends the text at `at`. */
function textEnd(bytes: Uint8Array, at: number, size: number): number {
  const nul = at < size ? bytes.indexOf(0, at) : -1;
  return nul < 0 ? size : Math.min(nul + 1, size);
}
