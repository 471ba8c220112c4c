import type { ResidentLimits } from '../admission/resident-memory.ts';
import type { Config } from '../config/config.ts';
import type { DeliverySettings } from '../component/exporter.ts';
import type { Machine } from '../stage/machine.ts';
import { planGraph } from './plan.ts';
import type { PipelinePlan } from './plan.ts';

/**
 * What bodies may take of memory, from their arrival to their delivery. The shares are fixed, so that none can starve
 * another: a dead sink leaves receivers and other exporters what is theirs. The process stays within 1.5 × the total +
 * 120 MiB.
 */
export interface MemoryBudget {
  /** Requests that are not in a log yet: bodies being read, held calls, what waits for a worker. */
  readonly ingressBytes: number;
  /** What all logs in memory hold. */
  readonly logBytes: number;
  /** What all exporters have out in slices. */
  readonly sliceBytes: number;
  /** What the process should stay within, and from where on less is let in for it. */
  readonly resident: ResidentLimits;
}

/** Share of the total that each of the three gets; the last quarter is for what the threads copy between them. */
const share = 0.25;

/** Where nothing sets a limit: enough for four of the largest requests on their way in. */
const defaultTotalBytes = 1024 ** 3;

/** Below this not even one mid-sized request would get in. */
const minTotalBytes = 32 * 1024 ** 2;

/** What the process needs besides the budget, and for each byte of it: memory that waits to be collected or given back. */
const baseBytes = 120 * 1024 ** 2;
const costOfByte = 1.5;

/**
 * The total is what `memory_limiter` says, or what keeps the process within its cgroup, whichever is less; where neither
 * limits it, 1 GiB, or what the machine bears. `budgets.ingress` sets the share of that name by itself.
 */
export function memoryBudgetOf(
  { ingressBytes }: Pick<Config['engine'], 'ingressBytes'>,
  pipelines: readonly Pick<PipelinePlan, 'settings'>[],
  { memoryBytes }: Pick<Machine, 'memoryBytes'>,
): MemoryBudget {
  const limits = pipelines
    .flatMap(({ settings }) => settings)
    .flatMap(({ memoryLimitBytes }) => memoryLimitBytes ?? []);
  if (limits.length === 0) limits.push(defaultTotalBytes);
  const bearable = (memoryBytes - baseBytes) / costOfByte;
  const total = Math.max(minTotalBytes, Math.min(...limits, bearable));
  const hardBytes = costOfByte * total + baseBytes;
  const spikeBytes = Math.min(spikeOf(pipelines) ?? spikeShare * total, costOfByte * total);
  return {
    ingressBytes: ingressBytes ?? Math.floor(total * share),
    logBytes: Math.floor(total * share),
    sliceBytes: Math.floor(total * share),
    resident: { softBytes: hardBytes - spikeBytes, hardBytes },
  };
}

/** What may still come after a look: the shares of requests on their way in and of slices, and what is copied of them. */
const spikeShare = 0.75;

/** The widest that a `memory_limiter` asks for. */
function spikeOf(pipelines: readonly Pick<PipelinePlan, 'settings'>[]): number | undefined {
  const spikes = pipelines
    .flatMap(({ settings }) => settings)
    .flatMap(({ memorySpikeBytes }) => memorySpikeBytes ?? []);
  return spikes.length === 0 ? undefined : Math.max(...spikes);
}

/** The budget of a configuration. */
export function memoryBudgetOfConfig(config: Config, machine: Machine): MemoryBudget {
  return memoryBudgetOf(config.engine, planGraph(config).pipelines, machine);
}

/** No slice is made smaller than this for the budget's sake: below it, requests cost more than what is in them. */
const minSliceBytes = 64 * 1024;

/**
 * Gives the exporters of a plan their parts of the budget: every log in memory the same, and every slice in flight, of
 * whichever exporter, the same.
 */
export function shareMemory(
  pipelines: readonly Pick<PipelinePlan, 'exporters' | 'storage'>[],
  budget: MemoryBudget,
  settingsOf: (exporterId: string) => DeliverySettings,
): (settings: DeliverySettings, isInMemory: boolean) => DeliverySettings {
  const logs = pipelines.filter((one) => one.exporters.length > 0 && one.storage === undefined);
  const logBytes = Math.floor(budget.logBytes / Math.max(1, logs.length));
  const slices = pipelines
    .flatMap(({ exporters }) => exporters)
    .reduce((sum, id) => sum + settingsOf(id).queue.consumers, 0);
  const sliceBytes = Math.max(minSliceBytes, Math.floor(budget.sliceBytes / Math.max(1, slices)));
  return (settings, isInMemory) => {
    const { batch, queue } = settings;
    const maxBytes = Math.min(batch.maxBytes, sliceBytes);
    return {
      ...settings,
      batch: { ...batch, maxBytes, minBytes: Math.min(batch.minBytes, maxBytes) },
      queue: isInMemory ? withinBytes(queue, logBytes) : queue,
    };
  };
}

function withinBytes(
  queue: DeliverySettings['queue'],
  maxBytes: number,
): DeliverySettings['queue'] {
  if (queue.sizer !== 'bytes') return { ...queue, maxBytes };
  return { ...queue, size: Math.min(queue.size, maxBytes) };
}
