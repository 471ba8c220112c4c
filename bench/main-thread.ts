import { readFileSync } from 'node:fs';

/** CPU time of the main thread: what the scheduler counts on Linux, the event loop's active time elsewhere. */
export function mainThreadMs(): number {
  try {
    const [onCpuNs] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
    return Number(onCpuNs) / 1e6;
  } catch {
    return performance.eventLoopUtilization().active;
  }
}
