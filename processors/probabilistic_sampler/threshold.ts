/**
 * Consistent probability sampling with 56 bits (OpenTelemetry tracestate-probability-sampling): an item is kept iff its
 * randomness is at or above the rejection threshold. Both are bigints in [0, 2^56].
 */

/** 2^56: one more than the largest randomness, and so the threshold that keeps nothing. */
export const neverThreshold = 1n << 56n;

/** The threshold that keeps everything. */
export const alwaysThreshold = 0n;

const hexDigits = 14;
const hexBits = 4;
const scale = 2 ** 56;

/** The smallest probability that 56 bits can express. */
export const minProbability = 1 / scale;

/** True where `randomness` survives `threshold`. */
export function isSampled(threshold: bigint, randomness: bigint): boolean {
  return randomness >= threshold;
}

/** The share of items that `threshold` keeps, from 0 to 1. */
export function probabilityOf(threshold: bigint): number {
  return Number(neverThreshold - threshold) / scale;
}

/**
 * The threshold of a probability, rounded to `precision` significant hex digits (0 means all 14). Leading `0` or `f`
 * digits do not count, so that the relative error stays small near 0 and 1. Below the smallest probability it is
 * `neverThreshold`.
 */
export function thresholdOf(probability: number, precision: number): bigint {
  if (!(probability >= minProbability)) return neverThreshold;
  if (probability >= 1) return alwaysThreshold;
  const extraDigits = Math.max(leadingDigits(probability), leadingDigits(1 - probability));
  const digits = Math.min(hexDigits, (precision === 0 ? hexDigits : precision) + extraDigits);
  const exact = neverThreshold - BigInt(Math.round(probability * scale));
  const shift = BigInt(hexBits * (hexDigits - digits));
  if (shift === 0n) return exact;
  return ((exact + (1n << (shift - 1n))) >> shift) << shift;
}

/** Hex digits that are all zero in front of the first significant bit of a number between 0 and 1. */
function leadingDigits(fraction: number): number {
  let zeroBits = 0;
  for (let scaled = fraction; scaled < 0.5; scaled *= 2) zeroBits++;
  return Math.trunc(zeroBits / hexBits);
}

/** Parses an `ot=th` value (1 to 14 hex digits, trailing zeros left out); undefined where it is none. */
export function parseThreshold(text: string): bigint | undefined {
  if (!/^[0-9a-fA-F]{1,14}$/.test(text)) return undefined;
  return BigInt(`0x${text.padEnd(hexDigits, '0')}`);
}

/** Writes a threshold as `ot=th` wants it: hex without trailing zeros, `0` for 100 %. */
export function formatThreshold(threshold: bigint): string {
  if (threshold === alwaysThreshold) return '0';
  return formatRandomness(threshold).replace(/0+$/, '');
}

/** Parses an `ot=rv` value, exactly 14 hex digits; undefined where it is none. */
export function parseRandomness(text: string): bigint | undefined {
  return /^[0-9a-fA-F]{14}$/.test(text) ? BigInt(`0x${text}`) : undefined;
}

/** Writes a randomness as `ot=rv` wants it: 14 hex digits. */
export function formatRandomness(randomness: bigint): string {
  return randomness.toString(16).padStart(hexDigits, '0');
}
