import type { Item, Value } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import type { SamplingState } from './carrier.ts';
import type { ProbabilisticSamplerConfig } from './config.ts';
import { hashWithSeed, randomnessOfHash } from './hash-seed.ts';

/** What decided on an item, a closed set because it is a metric label. */
export type Policy =
  | 'trace_id_hash'
  | 'trace_id_w3c'
  | 'sampling_randomness'
  | 'sampling_priority'
  | 'attribute_hash'
  | 'missing_randomness';

/** The randomness of an item and where it came from; a missing one survives every threshold but "never". */
export interface Randomness {
  readonly policy: Policy;
  readonly value: bigint;
}

/** Stands for an item without randomness: whether it is kept is up to `fail_closed`. */
export const missingRandomness: Randomness = {
  policy: 'missing_randomness',
  value: (1n << 56n) - 1n,
};

/** Takes the randomness of an item; `state` is undefined where it was not valid. */
export type TakeRandomness = (item: Item, state: SamplingState | undefined) => Randomness;

/** `hash_seed`: a hash of the trace id, or for logs of an attribute. */
export function createHashedRandomness(
  config: ProbabilisticSamplerConfig,
  keys: Keys,
  isLogs: boolean,
): TakeRandomness {
  const byTraceId = !isLogs || config.attribute_source === 'traceID';
  const attribute =
    isLogs && config.from_attribute !== '' ? keys.key(config.from_attribute) : undefined;
  const traceId = new Uint8Array(16);
  return (item) => {
    if (byTraceId && !item.traceId.isEmpty) {
      for (let index = 0; index < 16; index++) traceId[index] = item.traceId.byte(index);
      return hashed('trace_id_hash', traceId, config.hash_seed);
    }
    const bytes = attribute === undefined ? undefined : toBytes(item.attributes.value(attribute));
    if (bytes === undefined || bytes.length === 0) return missingRandomness;
    return hashed('attribute_hash', bytes, config.hash_seed);
  };
}

function hashed(policy: Policy, bytes: Uint8Array, seed: number): Randomness {
  return { policy, value: randomnessOfHash(hashWithSeed(bytes, seed)) };
}

/** The bytes of a value as the Collector hashes them; undefined for arrays and maps, which hold no randomness here. */
function toBytes(value: Value): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (value === undefined || Array.isArray(value) || value instanceof Map) return undefined;
  return Buffer.from(String(value));
}

/** `proportional` and `equalizing`: explicit randomness, or the last 56 bits of the trace id (W3C trace context level 2). */
export const takeTraceRandomness: TakeRandomness = (item, state) => {
  if (state === undefined) return missingRandomness;
  if (state.randomness !== undefined) {
    return { policy: 'sampling_randomness', value: state.randomness };
  }
  if (item.traceId.isEmpty) return missingRandomness;
  let high = 0;
  for (let index = 9; index < 12; index++) high = (high << 8) | item.traceId.byte(index);
  let low = 0;
  for (let index = 12; index < 16; index++) low = low * 256 + item.traceId.byte(index);
  return { policy: 'trace_id_w3c', value: (BigInt(high) << 32n) | BigInt(low) };
};
