import type { Attributes, Item } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import type { ProbabilisticSamplerConfig } from './config.ts';
import { alwaysThreshold, minProbability, neverThreshold, thresholdOf } from './threshold.ts';

/** The threshold that an item asks for itself; undefined where it leaves the decision to the sampler. */
export type Priority = (item: Item) => bigint | undefined;

/** Spans: `sampling.priority` of OpenTracing; 0 drops, above 0 keeps, in whatever type it was sent. */
export function createSpanPriority(keys: Keys): Priority {
  const key = keys.key('sampling.priority');
  return (item) => {
    const priority = numberOrText(item.attributes, key);
    if (priority === 0) return neverThreshold;
    return priority !== undefined && priority > 0 ? alwaysThreshold : undefined;
  };
}

function numberOrText(attributes: Attributes, key: Key): number | undefined {
  const number = attributes.number(key);
  if (number !== undefined) return number;
  const text = attributes.string(key);
  return text === undefined || text.trim() === '' ? undefined : Number(text);
}

/** Logs: the attribute named by `sampling_priority` holds a percentage; 0 or an impossible one leaves the decision. */
export function createRecordPriority(config: ProbabilisticSamplerConfig, keys: Keys): Priority {
  if (config.sampling_priority === '') return () => undefined;
  const key = keys.key(config.sampling_priority);
  return (item) => {
    const probability = (item.attributes.number(key) ?? 0) / 100;
    if (!(probability >= minProbability && probability <= 1)) return undefined;
    return thresholdOf(probability, config.sampling_precision);
  };
}
