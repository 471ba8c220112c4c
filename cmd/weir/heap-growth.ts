import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8 from giving the main thread more room for new objects than the 2 MiB it begins with, until the returned function is
 * called. A start makes much garbage, for which V8 would take 16 MiB and more and hold them: a third of what a daemon without
 * work then took. It is the factor that is set, because the limits themselves cannot be set in a process that runs.
 *
 * From then on, where the process may take 768 MiB or more, each thread marks its heap when that has come to three times what
 * was alive, rather than twice. V8 counts the memory of buffers in, so that a thread with few objects and requests of hundreds
 * of kilobytes on their way would mark all its objects anew for every thirty requests. It costs some 20 MiB for each thread.
 */
export function keepHeapSmall(): (residentBytes: number) => void {
  setFlagsFromString('--semi-space-growth-factor=1');
  return (residentBytes) => {
    setFlagsFromString(`--semi-space-growth-factor=${usualGrowthFactor}`);
    if (residentBytes < plentyBytes) return;
    setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`);
  };
}

/** V8's own. */
const usualGrowthFactor = 2;

/** What may come on top of what is alive before the heap is marked. */
const heapGrowingPercent = 200;

/** What the process may take where that growth is little beside it. */
const plentyBytes = 768 * 1024 ** 2;
