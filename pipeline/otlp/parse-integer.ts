/** A 64-bit integer as two unsigned halves, so that none passes through a JS number. */
export interface Int64 {
  high: number;
  low: number;
  /** Whether a minus sign stood before it; the halves hold the magnitude. */
  negative: boolean;
}

const two32 = 0x1_0000_0000;

/**
 * Reads decimal digits with an optional minus into the magnitude's halves. False where the bytes are anything else, a
 * fraction or exponent included, or over 64 bits. `target` is reused so that reading allocates nothing.
 */
export function parseDigits(bytes: Uint8Array, start: number, end: number, target: Int64): boolean {
  const negative = bytes[start] === 0x2d;
  let high = 0;
  let low = 0;
  let at = negative ? start + 1 : start;
  if (at >= end) return false;
  for (; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return false;
    low = low * 10 + digit;
    const carry = Math.floor(low / two32);
    low -= carry * two32;
    high = high * 10 + carry;
    if (high >= two32) return false;
  }
  target.negative = negative;
  target.high = high;
  target.low = low;
  return true;
}

/** The longest integer in exponent or fraction form that is looked at: 20 digits of 2^64 and as many zeros to cancel. */
const maxScaledLength = 48;

/**
 * As `parseDigits` for a JSON number such as `1e3` or `5.0` that is a whole number in another form. Exact: through
 * BigInt, because a double would lose digits.
 */
export function parseScaled(text: string, target: Int64): boolean {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null || text.length > maxScaledLength) return false;
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match;
  const digits = (whole + fraction).replace(/0+$/, '');
  const exponent = Number(exponentText) + whole.length - digits.length;
  if (digits.replace(/^0+/, '') === '') return assign(0n, false, target);
  if (exponent < 0 || exponent > 20) return false;
  return assign(BigInt(digits) * 10n ** BigInt(exponent), sign === '-', target);
}

function assign(magnitude: bigint, negative: boolean, target: Int64): boolean {
  if (magnitude >> 64n !== 0n) return false;
  target.negative = negative;
  target.high = Number(magnitude >> 32n);
  target.low = Number(magnitude & 0xffffffffn);
  return true;
}
