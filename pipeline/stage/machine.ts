import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

/** What the process may use of its machine. */
export interface Machine {
  /** CPUs, a whole number of at least 1. */
  readonly cpus: number;
  /** Bytes of memory; the machine's where no cgroup limits the process. */
  readonly memoryBytes: number;
  /** Whether a cgroup limits the memory. */
  readonly isMemoryLimited: boolean;
}

/** `process.constrainedMemory()` says 2^64 - 1 or so where there is no limit. */
const noLimit = 2 ** 60;

type ReadText = (path: string) => string | undefined;

/** Reads the limits: a container's CPU quota is not in the number of CPUs that Node reports. */
export function readMachine(read: ReadText = readText): Machine {
  const quota = readCpuQuota(read);
  const cpus = Math.max(1, Math.min(availableParallelism(), Math.ceil(quota ?? Infinity)));
  const constrained = process.constrainedMemory();
  const isMemoryLimited = constrained > 0 && constrained < Math.min(noLimit, totalmem());
  return { cpus, memoryBytes: isMemoryLimited ? constrained : totalmem(), isMemoryLimited };
}

/** CPUs that the cgroup grants, as a fraction; undefined where it sets no quota. v2's `cpu.max`, else v1's CFS files. */
export function readCpuQuota(read: ReadText): number | undefined {
  const max = read('/sys/fs/cgroup/cpu.max');
  if (max !== undefined) {
    const [quota, period] = max.trim().split(/\s+/).map(Number);
    return toQuota(quota, period);
  }
  return toQuota(
    Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')),
    Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us')),
  );
}

function toQuota(quota: number | undefined, period: number | undefined): number | undefined {
  if (quota === undefined || period === undefined) return undefined;
  return quota > 0 && period > 0 ? quota / period : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** How a graph uses the machine. */
export interface PoolSize {
  readonly threads: number;
  /** Old-generation heap of one worker; undefined leaves V8's own limit. */
  readonly heapMiB?: number;
}

/** Share of a limited memory that the heaps of all workers may take; the rest is bodies, the main thread and the runtime. */
const heapShare = 0.4;
const minHeapMiB = 64;

/** One CPU is the main thread's, the others run a worker each; `workers` overrides. On one CPU all runs on the main thread. */
export function sizePool(machine: Machine, workers: number | undefined): PoolSize {
  const threads = workers ?? machine.cpus - 1;
  if (!machine.isMemoryLimited || threads === 0) return { threads };
  const shareMiB = (machine.memoryBytes * heapShare) / threads / 1024 ** 2;
  return { threads, heapMiB: Math.max(minHeapMiB, Math.floor(shareMiB)) };
}
