import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process as a lock file names it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the kernel's terms: a later process with the same pid has another. Empty where that is not told. */
  readonly started: string;
  /** The machine or container: pids mean nothing elsewhere. */
  readonly host: string;
}

/** What is known of a process. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** Who this process is. */
export function identifyProcess(): ProcessIdentity {
  return { pid: process.pid, started: readStart(process.pid) ?? '', host: hostname() };
}

/** Whether a process still runs; unknown where it ran on another machine, or its start cannot be told. */
export function probeProcess(holder: ProcessIdentity): Liveness {
  if (holder.host !== hostname()) return 'unknown';
  const started = readStart(holder.pid);
  if (started !== undefined && holder.started !== '') {
    return started === holder.started ? 'alive' : 'dead';
  }
  return hasProcess(holder.pid) ? 'unknown' : 'dead';
}

/** Start time in clock ticks since boot, field 22 of /proc/<pid>/stat (proc(5)); undefined where there is no such process. */
function readStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold blanks.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
