import { createRequire, syncBuiltinESMExports } from 'node:module';
import type * as Fs from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** What a disk under test does, as JSON in `BREAK_DISK`. */
export interface DiskFaults {
  /** Says that the disk has this size, a tenth of it taken: a small disk has small segments. */
  readonly totalBytes?: number;
  /** The process is killed before or after call number `nth` of that function, as by SIGKILL at that moment. */
  readonly killAt?: {
    readonly call: 'writevSync' | 'fdatasyncSync' | 'unlinkSync' | 'renameSync' | 'openSync';
    readonly nth: number;
    readonly when: 'before' | 'after';
  };
  /** Calls of `fdatasyncSync` that fail with EIO, by their numbers from 1; those for cursors, which come when they come, do not count. */
  readonly failedSyncs?: readonly number[];
}

/** Preloaded into a daemon under test: breaks the disk for the thread that owns the logs, which alone does synchronous I/O off the main thread. */
const faults = JSON.parse(process.env['BREAK_DISK'] ?? '{}') as DiskFaults;

// The module namespace cannot be changed; its CommonJS twin can, and is copied into it.
const fs = createRequire(import.meta.url)('node:fs') as Record<string, unknown> & typeof Fs;

/** Wraps a function of `fs`; `before` and `after` are told the number of the call, from 1. */
function wrap(
  name: string,
  { before, after }: { before?: (call: number) => void; after?: (call: number) => void },
): void {
  const real = fs[name] as (...args: unknown[]) => unknown;
  let calls = 0;
  fs[name] = (...args: unknown[]): unknown => {
    calls += 1;
    const call = calls;
    before?.(call);
    try {
      return real(...args);
    } finally {
      after?.(call);
    }
  };
}

function kill(): void {
  process.kill(process.pid, 'SIGKILL');
  // The signal comes in its own time; nothing more may happen until then.
  for (;;);
}

function failSyncs(failed: readonly number[]): void {
  const { openSync, fdatasyncSync } = fs;
  const cursors = new Set<number>();
  let calls = 0;
  Object.assign(fs, {
    openSync: (...args: Parameters<typeof openSync>) => {
      const file = openSync(...args);
      if (String(args[0]).includes('.cursor')) cursors.add(file);
      else cursors.delete(file);
      return file;
    },
    fdatasyncSync: (file: number) => {
      if (!cursors.has(file)) {
        calls += 1;
        if (failed.includes(calls)) {
          throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
        }
      }
      fdatasyncSync(file);
    },
  });
}

if (!isMainThread) {
  const { totalBytes, killAt, failedSyncs } = faults;
  if (totalBytes !== undefined) {
    const bsize = 4096;
    const blocks = totalBytes / bsize;
    const stats = { bsize, blocks, bavail: blocks * 0.9, bfree: blocks * 0.9 };
    Object.assign(fs, { statfsSync: () => stats });
  }
  if (killAt !== undefined) {
    const killNth = (call: number): void => {
      if (call === killAt.nth) kill();
    };
    wrap(killAt.call, killAt.when === 'before' ? { before: killNth } : { after: killNth });
  }
  if (failedSyncs !== undefined) {
    failSyncs(failedSyncs);
  }
  syncBuiltinESMExports();
}
