import type { Batch, Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import { defineTransform } from '../../pipeline/component/transform.ts';
import type { WorkerContext } from '../../pipeline/component/transform.ts';
import type { ReadState, SamplingState } from './carrier.ts';
import { createReadRecordState, readSpanState } from './carrier.ts';
import type { ProbabilisticSamplerConfig } from './config.ts';
import { hashSeedThreshold } from './hash-seed.ts';
import type { Priority } from './priority.ts';
import { createRecordPriority, createSpanPriority } from './priority.ts';
import type { Policy, Randomness, TakeRandomness } from './randomness.ts';
import { createHashedRandomness, missingRandomness, takeTraceRandomness } from './randomness.ts';
import {
  alwaysThreshold,
  isSampled,
  neverThreshold,
  probabilityOf,
  thresholdOf,
} from './threshold.ts';

/** What can be wrong with an item's sampling state. */
type Fault =
  | 'missing_randomness'
  | 'randomness_in_use'
  | 'threshold_in_use'
  | 'inconsistent_threshold'
  | 'invalid_state';

/** One mode of sampling. */
interface Mode {
  readonly take: TakeRandomness;
  /** The threshold for an item that arrives with `threshold`. */
  decide(threshold: bigint | undefined): bigint;
  /** Whether the randomness is our own and must be written, so that samplers behind can decide alike. */
  readonly ownsRandomness: boolean;
}

/** What the decision on one signal needs. */
interface Sampler {
  readonly mode: Mode;
  readonly read: ReadState;
  readonly priority: Priority;
  readonly failClosed: boolean;
}

/** The worker part of `probabilistic_sampler`. */
export const probabilisticSamplerTransform = defineTransform<ProbabilisticSamplerConfig>({
  type: 'probabilistic_sampler',
  create(config, _prepared, context) {
    const sampler = createSampler(config, context);
    return (batch: Batch) => {
      for (const item of batch) {
        if (!keeps(sampler, item, context)) item.drop('sampled_out');
      }
    };
  },
});

function createSampler(config: ProbabilisticSamplerConfig, context: WorkerContext): Sampler {
  const isLogs = context.signal === 'logs';
  return {
    mode: createMode(config, context.keys, isLogs),
    read: isLogs ? createReadRecordState(context.keys) : readSpanState,
    priority: isLogs
      ? createRecordPriority(config, context.keys)
      : createSpanPriority(context.keys),
    failClosed: config.fail_closed,
  };
}

const neverMode: Mode = {
  take: () => ({ ...missingRandomness, policy: 'sampling_priority' }),
  decide: () => neverThreshold,
  ownsRandomness: false,
};

function createMode(config: ProbabilisticSamplerConfig, keys: Keys, isLogs: boolean): Mode {
  const percentage = Math.fround(Math.min(config.sampling_percentage, 100));
  if (percentage === 0) return neverMode;
  const ratio = percentage / 100;
  if (config.mode === 'hash_seed') {
    const threshold = hashSeedThreshold(percentage);
    if (threshold === undefined) return neverMode;
    const take = createHashedRandomness(config, keys, isLogs);
    return { take, decide: () => threshold, ownsRandomness: true };
  }
  const own = thresholdOf(ratio, config.sampling_precision);
  const decide =
    config.mode === 'equalizing'
      ? (arriving = alwaysThreshold) => (arriving > own ? arriving : own)
      : (arriving?: bigint) =>
          arriving === undefined
            ? own
            : thresholdOf(probabilityOf(arriving) * ratio, config.sampling_precision);
  return { take: takeTraceRandomness, decide, ownsRandomness: false };
}

/** Decides on one item and writes what samplers behind must know; as the Collector, priority comes last and wins. */
function keeps(sampler: Sampler, item: Item, context: WorkerContext): boolean {
  const { mode } = sampler;
  const state = sampler.read(item);
  const randomness = mode.take(item, state);
  const fault = faultOf(mode, randomness, state);
  if (fault !== undefined) context.count('weir_sampler_errors_total', { reason: fault });
  const asked = sampler.priority(item);
  const threshold = asked ?? ownThreshold(sampler, fault, state);
  const sampled = isSampled(threshold, randomness.value);
  if (sampled) write(mode, threshold, { randomness, state, fault });
  const policy: Policy = asked === undefined ? randomness.policy : 'sampling_priority';
  context.count('weir_sampler_decisions_total', { policy, sampled: String(sampled) });
  return sampled;
}

function ownThreshold(
  sampler: Sampler,
  fault: Fault | undefined,
  state: SamplingState | undefined,
): bigint {
  if (fault === undefined) return sampler.mode.decide(state?.threshold);
  return sampler.failClosed ? neverThreshold : alwaysThreshold;
}

function faultOf(
  mode: Mode,
  randomness: Randomness,
  state: SamplingState | undefined,
): Fault | undefined {
  if (state === undefined) return 'invalid_state';
  if (mode.ownsRandomness) {
    if (state.randomness !== undefined) return 'randomness_in_use';
    if (state.threshold !== undefined) return 'threshold_in_use';
  }
  if (randomness.policy === 'missing_randomness') return 'missing_randomness';
  if (state.threshold !== undefined && !isSampled(state.threshold, randomness.value)) {
    return 'inconsistent_threshold';
  }
  return undefined;
}

/** Leaves a state alone that is broken or another sampler's, and never lowers a threshold: that would invent items. */
function write(
  mode: Mode,
  threshold: bigint,
  found: {
    readonly randomness: Randomness;
    readonly state: SamplingState | undefined;
    readonly fault: Fault | undefined;
  },
): void {
  const { randomness, state, fault } = found;
  if (state === undefined || fault === 'randomness_in_use' || fault === 'threshold_in_use') return;
  const arriving = fault === 'inconsistent_threshold' ? undefined : state.threshold;
  if (arriving !== undefined && arriving > threshold) return;
  const owns = mode.ownsRandomness && randomness.policy !== 'missing_randomness';
  state.write(threshold, owns ? randomness.value : undefined);
}
