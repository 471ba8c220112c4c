/** Bits that the Collector's `hash_seed` mode decides by. */
const bucketBits = 14;
const buckets = 1 << bucketBits;

const fnvOffset = 0x811c9dc5;
const fnvPrime = 0x01000193;

/** FNV-1a with 32 bits over the seed (little-endian) and then `bytes`: the hash of the Collector's `hash_seed` mode. */
export function hashWithSeed(bytes: Uint8Array, seed: number): number {
  let hash = fnvOffset;
  for (let shift = 0; shift < 32; shift += 8) {
    hash = Math.imul(hash ^ ((seed >>> shift) & 0xff), fnvPrime);
  }
  for (const byte of bytes) hash = Math.imul(hash ^ byte, fnvPrime);
  return hash >>> 0;
}

/**
 * The 56-bit randomness that stands for a hash. Its top 14 bits are the complement of the hash's low 14, so that
 * "randomness at or above the threshold" decides exactly as the older "hash below the scaled rate" did.
 */
export function randomnessOfHash(hash: number): bigint {
  const bucket = hash & (buckets - 1);
  const spare = BigInt(hash >>> (32 - bucketBits));
  const mixed = spare ^ (spare << 10n);
  return (BigInt(buckets - 1 - bucket) << 42n) | (mixed << 14n) | BigInt(bucket);
}

/**
 * The threshold of a percentage in `hash_seed` mode, or undefined where the percentage rounds to no bucket at all. The
 * multiplication is carried out in 32-bit floats and truncated, as the Collector does.
 */
export function hashSeedThreshold(percentage: number): bigint | undefined {
  const perPercent = Math.fround(buckets / 100);
  const accepted = Math.trunc(Math.fround(Math.fround(percentage) * perPercent));
  return accepted === 0 ? undefined : BigInt(buckets - accepted) << 42n;
}
