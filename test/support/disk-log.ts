import type { MemoryDisk } from './memory-disk.ts';
import type { SliceLimits } from '../../pipeline/log/log.ts';
import type { StorageMode } from '../../pipeline/log/storage.ts';
import { createDiskHealth } from '../../pipeline/log/disk/disk-health.ts';
import type { Quota } from '../../pipeline/log/disk/disk-place.ts';
import type { LogEvent } from '../../pipeline/log/disk/events.ts';
import { openLogCore } from '../../pipeline/log/disk/log-core.ts';
import type { LogCore } from '../../pipeline/log/disk/log-core.ts';
import { FileWindow } from '../../pipeline/log/disk/window.ts';

/** A log on a disk in memory, with what it told. */
export interface LogUnderTest {
  readonly core: LogCore;
  /** Events since the last call. */
  drainEvents(): readonly LogEvent[];
}

/** Where the log under test is. */
export const folder = '/data/traces/out';

/** Slices as soon as there is something, of any size. */
export const atOnce: SliceLimits = {
  minBytes: 0,
  minItems: 0,
  maxBytes: Infinity,
  maxItems: Infinity,
  flushMs: 0,
};

/** No quota that matters. */
export const unlimited: Quota = { consumers: 4, size: 1e12, sizer: 'bytes', onFull: 'refuse' };

/** Opens the log that is on the disk, or a new one. */
export function openLogUnderTest(
  disk: MemoryDisk,
  options: { readonly mode?: StorageMode; readonly segmentBytes?: number } = {},
): LogUnderTest {
  const { fs } = disk;
  let events: LogEvent[] = [];
  const health = createDiskHealth({
    fs,
    directory: '/data',
    monotonic: () => 0,
    onChange: () => undefined,
  });
  const core = openLogCore({
    fs,
    folder,
    mode: 'fsync',
    segmentBytes: 1000,
    window: new FileWindow(fs),
    health,
    now: () => 1000,
    monotonic: () => 0,
    emit: (event) => {
      events.push(event);
    },
    ...options,
  });
  return {
    core,
    drainEvents: () => {
      const drained = events;
      events = [];
      return drained;
    },
  };
}
