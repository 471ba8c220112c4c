import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StorageError } from '../storage-error.ts';
import { lockDirectory } from './lock.ts';
import type { DirectoryLock } from './lock.ts';
import { createMemoryDisk } from '../../../test/support/memory-disk.ts';
import type { MemoryDisk } from '../../../test/support/memory-disk.ts';
import type { Liveness, ProcessIdentity } from './process-identity.ts';

const first: ProcessIdentity = { pid: 7, started: '100', host: 'a' };
const second: ProcessIdentity = { pid: 8, started: '200', host: 'a' };

interface Attempt {
  readonly disk: MemoryDisk;
  readonly self: ProcessIdentity;
  readonly liveness?: Liveness;
  readonly nowMs?: number;
  readonly onWait?: () => void;
}

function lock({ disk, self, liveness = 'unknown', nowMs = 1000, onWait }: Attempt): DirectoryLock {
  return lockDirectory({
    fs: disk.fs,
    directory: '/data',
    self,
    probe: () => liveness,
    now: () => nowMs,
    wait: () => onWait?.(),
  });
}

function createDisk(): MemoryDisk {
  const disk = createMemoryDisk();
  disk.fs.makeFolder('/data');
  return disk;
}

function isInUse(error: unknown): boolean {
  return error instanceof StorageError && error.problem === 'in_use';
}

describe('the lock of a data directory', () => {
  test('keeps a second process out, and names the first', () => {
    const disk = createDisk();
    lock({ disk, self: first });
    assert.throws(() => lock({ disk, self: second, liveness: 'alive' }), /process 7 on a uses/);
  });

  test('is free again once released', () => {
    const disk = createDisk();
    lock({ disk, self: first }).release();
    lock({ disk, self: second, liveness: 'alive' });
  });

  test('is taken over from a process that died', () => {
    const disk = createDisk();
    lock({ disk, self: first });
    lock({ disk, self: second, liveness: 'dead' });
    assert.throws(() => lock({ disk, self: first, liveness: 'alive' }), /process 8/);
  });

  test('of a process elsewhere holds while it beats, and ends when it is silent', () => {
    const disk = createDisk();
    const held = lock({ disk, self: first, nowMs: 1000 });
    assert.throws(() => lock({ disk, self: second, onWait: beatAt(1100) }), isInUse);
    lock({ disk, self: second });
    held.beat();

    function beatAt(nowMs: number): () => void {
      return () => {
        disk.change('/data/LOCK', (bytes) =>
          Buffer.from(bytes.toString().replace('"beatMs":1000', `"beatMs":${nowMs}`)),
        );
      };
    }
  });

  test('goes to one of two that find the same dead process', () => {
    const disk = createDisk();
    lock({ disk, self: first });
    let isOther = false;
    const other = (): void => {
      if (isOther) return;
      isOther = true;
      lock({ disk, self: { ...second, pid: 9 }, liveness: 'dead' });
    };
    assert.throws(() => lock({ disk, self: second, liveness: 'dead', onWait: other }), isInUse);
  });

  test('of which only a part was written is taken over', () => {
    const disk = createDisk();
    lock({ disk, self: first });
    disk.change('/data/LOCK', (bytes) => bytes.subarray(0, 10));
    lock({ disk, self: second, liveness: 'alive' });
  });
});
