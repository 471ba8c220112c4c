import type { Config } from '../config/config.ts';
import type { Registry } from '../component/registry.ts';
import type { Machine } from '../stage/machine.ts';
import { planGraph } from './plan.ts';

/** Share of a memory limit that requests not yet in a log may hold. */
const ingressShare = 0.25;

/** Without a limit: enough for four of the largest requests. */
const defaultIngressBytes = 256 * 1024 ** 2;

/** Below this not even one mid-sized request would get in. */
const minIngressBytes = 8 * 1024 ** 2;

/**
 * Bytes of requests that may be held before they are in a log: as `budgets.ingress` says, or a quarter of what
 * `memory_limiter` or the cgroup allows, or 256 MiB.
 */
export function ingressBytesOf(config: Config, registry: Registry, machine: Machine): number {
  if (config.engine.ingressBytes !== undefined) return config.engine.ingressBytes;
  const limits = planGraph(config, registry)
    .pipelines.flatMap((pipeline) => pipeline.settings)
    .flatMap((settings) => settings.memoryLimitBytes ?? []);
  if (machine.isMemoryLimited) limits.push(machine.memoryBytes);
  if (limits.length === 0) return defaultIngressBytes;
  const share = Math.floor(Math.min(...limits) * ingressShare);
  return Math.max(minIngressBytes, Math.min(defaultIngressBytes, share));
}
