import type { Item } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import { formatRandomness, formatThreshold, parseRandomness, parseThreshold } from './threshold.ts';
import { formatTraceState, parseTraceState } from './trace-state.ts';

/** What an item says about earlier sampling. */
export interface SamplingState {
  /** Explicit randomness, undefined where the trace id stands for it. */
  readonly randomness: bigint | undefined;
  /** Threshold of earlier samplers. */
  readonly threshold: bigint | undefined;
  /** Writes threshold and randomness to the item; undefined leaves the one that is there, or none. */
  write(threshold: bigint, randomness: bigint | undefined): void;
}

/** Reads the sampling state of an item; undefined where it is not valid. */
export type ReadState = (item: Item) => SamplingState | undefined;

/** Spans carry their state in the trace state's `ot` section. */
export const readSpanState: ReadState = (item) => {
  const before = item.traceState;
  const state = parseTraceState(before);
  if (state === undefined) return undefined;
  return {
    randomness: state.randomness,
    threshold: state.threshold,
    write(threshold, randomness) {
      const rv = randomness === undefined ? state.rv : undefined;
      const text = formatTraceState({
        ...state,
        rv,
        threshold,
        randomness: randomness ?? state.randomness,
      });
      if (text !== before) item.setTraceState(text);
    },
  };
};

/** Log records carry their state in the attributes `sampling.threshold` and `sampling.randomness`. */
export function createReadRecordState(keys: Keys): ReadState {
  const thresholdKey = keys.key('sampling.threshold');
  const randomnessKey = keys.key('sampling.randomness');
  return (item) => {
    const threshold = parsed(item, thresholdKey, parseThreshold);
    const randomness = parsed(item, randomnessKey, parseRandomness);
    if (threshold === 'invalid' || randomness === 'invalid') return undefined;
    return {
      threshold,
      randomness,
      write(newThreshold, newRandomness) {
        item.attributes.setString(thresholdKey, formatThreshold(newThreshold));
        if (newRandomness !== undefined) {
          item.attributes.setString(randomnessKey, formatRandomness(newRandomness));
        }
      },
    };
  };
}

function parsed(
  item: Item,
  key: Key,
  parse: (text: string) => bigint | undefined,
): bigint | undefined | 'invalid' {
  const text = item.attributes.string(key);
  if (text === undefined || text === '') return undefined;
  return parse(text) ?? 'invalid';
}
