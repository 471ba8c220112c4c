const backslash = 0x5c;
const letterU = 0x75;
const replacementCharacter = 0xfffd;

const simpleEscapes = new Map<number, number>([
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
]);

/**
 * Writes the inside of a JSON string, escapes resolved, to the start of `target` as UTF-8 and returns the number of bytes
 * written, which is never more than `text.length`. `text` must have passed the tokenizer. A lone surrogate becomes U+FFFD,
 * because UTF-8 has no form for it.
 *
 * `offsets`, where given, needs `text.length + 1` places: afterwards `offsets[i]` says where in `text` the escape or byte
 * starts that made byte `i` of `target`, and the place after the last one holds `text.length`.
 */
export function unescapeJson(text: Uint8Array, target: Uint8Array, offsets?: Uint32Array): number {
  let from = 0;
  let to = 0;
  while (from < text.length) {
    const byte = text[from] ?? 0;
    if (byte !== backslash) {
      if (offsets !== undefined) offsets[to] = from;
      target[to++] = byte;
      from += 1;
      continue;
    }
    const start = from;
    const before = to;
    if (text[from + 1] === letterU) {
      const codePoint = readCodePoint(text, from);
      from += codePoint > 0xffff ? 12 : 6;
      to = writeUtf8(target, to, isSurrogate(codePoint) ? replacementCharacter : codePoint);
    } else {
      const escaped = text[from + 1] ?? 0;
      target[to++] = simpleEscapes.get(escaped) ?? escaped;
      from += 2;
    }
    offsets?.fill(start, before, to);
  }
  if (offsets !== undefined) offsets[to] = text.length;
  return to;
}

/** The code point of the escape at `at`, joined with the next escape where the two are a surrogate pair. */
function readCodePoint(text: Uint8Array, at: number): number {
  const unit = readHex4(text, at + 2);
  const isHigh = unit >= 0xd800 && unit < 0xdc00;
  if (!isHigh || text[at + 6] !== backslash || text[at + 7] !== letterU) return unit;
  const low = readHex4(text, at + 8);
  if (low < 0xdc00 || low > 0xdfff) return unit;
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

function readHex4(text: Uint8Array, at: number): number {
  let unit = 0;
  for (let i = at; i < at + 4; i++) unit = (unit << 4) | hexDigit(text[i] ?? 0);
  return unit;
}

/** The value of a hexadecimal digit given as ASCII, -1 where it is none. */
export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff;
}

function writeUtf8(target: Uint8Array, at: number, codePoint: number): number {
  if (codePoint < 0x80) {
    target[at] = codePoint;
    return at + 1;
  }
  if (codePoint < 0x800) {
    target[at] = 0xc0 | (codePoint >> 6);
    target[at + 1] = 0x80 | (codePoint & 0x3f);
    return at + 2;
  }
  if (codePoint < 0x10000) {
    target[at] = 0xe0 | (codePoint >> 12);
    target[at + 1] = 0x80 | ((codePoint >> 6) & 0x3f);
    target[at + 2] = 0x80 | (codePoint & 0x3f);
    return at + 3;
  }
  target[at] = 0xf0 | (codePoint >> 18);
  target[at + 1] = 0x80 | ((codePoint >> 12) & 0x3f);
  target[at + 2] = 0x80 | ((codePoint >> 6) & 0x3f);
  target[at + 3] = 0x80 | (codePoint & 0x3f);
  return at + 4;
}
