import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What resident memory is held against. */
export interface ResidentLimits {
  /** From here on less is let in, and garbage is collected. */
  readonly softBytes: number;
  /** What the process should never take; from here on as little as possible is let in. */
  readonly hardBytes: number;
}

/** Where the process' memory is read and given back. */
export interface ProcessMemory {
  /** Resident memory of the process with all its threads, in bytes; takes some 5 µs. */
  resident(): number;
  /** Collects all garbage of the calling thread; takes tens of milliseconds. */
  collect(): void;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
}

/**
 * The least share of the budget that stays open. Memory that was freed may stay with the process for good, where malloc
 * cannot give it back: what is let in then runs in that memory, and the process must go on.
 */
const minShare = 1 / 16;

/**
 * Makes the function that says how far to open a budget: the whole of it up to `softBytes` of resident memory, then less and
 * less, until a sixteenth at `hardBytes`. Budgets count what is held, resident memory also what nobody counts: garbage that
 * waits, what malloc keeps, unread bytes of connections.
 */
export function createOpenShare(
  { softBytes, hardBytes }: ResidentLimits,
  memory: ProcessMemory = ownMemory(),
): () => number {
  const collect = createCollector(softBytes, memory);
  return () => {
    const left = (hardBytes - collect()) / (hardBytes - softBytes);
    return Math.max(minShare, Math.min(1, left));
  };
}

/** What collecting may take of a thread's time. */
const maxTimeShare = 1 / 8;

/**
 * Makes the function that collects the calling thread's garbage where the process' resident memory is over `softBytes`, and
 * returns what is resident then. V8 by itself lets each thread gather some 80 MiB of garbage that stands in buffers before it
 * collects, as it knows nothing of the other threads and of any bound. Does nothing where too little time has gone by since
 * the last collection for what that took.
 */
export function createCollector(
  softBytes: number,
  memory: ProcessMemory = ownMemory(),
): () => number {
  let nextMs = -Infinity;
  return () => {
    const resident = memory.resident();
    const startMs = memory.now();
    if (resident <= softBytes || startMs < nextMs) return resident;
    memory.collect();
    const endMs = memory.now();
    nextMs = endMs + (endMs - startMs) / maxTimeShare;
    return memory.resident();
  };
}

function ownMemory(): ProcessMemory {
  let collect: (() => void) | undefined;
  return {
    resident: () => process.memoryUsage.rss(),
    collect: () => {
      collect ??= exposeCollector();
      collect();
    },
    now: () => performance.now(),
  };
}

/** V8's own function, which only a context that is made after the flag is set has. */
function exposeCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  return isCollect(collect) ? collect : () => undefined;
}

function isCollect(value: unknown): value is () => void {
  return typeof value === 'function';
}
