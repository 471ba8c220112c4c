import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { TestDaemon } from '../../support/daemon.ts';

/** Resident memory of the daemon with all its threads, in MiB: now, or its peak; undefined where there is no /proc. */
export function residentMiB(
  daemon: Pick<TestDaemon, 'pid'>,
  key: 'VmRSS' | 'VmHWM',
): number | undefined {
  const file = `/proc/${daemon.pid}/status`;
  if (!existsSync(file)) return undefined;
  const kibibytes = new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync(file, 'latin1'))?.[1];
  return Number(kibibytes) / 1024;
}

/** Makes the peak start again from what is resident now. Without effect where there is no /proc. */
export function forgetPeak(daemon: Pick<TestDaemon, 'pid'>): void {
  const file = `/proc/${daemon.pid}/clear_refs`;
  if (existsSync(file)) writeFileSync(file, '5');
}
