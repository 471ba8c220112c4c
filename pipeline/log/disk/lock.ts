import { join } from 'node:path';
import { StorageError } from '../storage-error.ts';
import { codeOf } from './file-system.ts';
import type { FileHandle, FileSystem } from './file-system.ts';
import { parseObject } from './manifest.ts';
import type { Liveness, ProcessIdentity } from './process-identity.ts';
import { readSmallFile, removeIfThere } from './replace-file.ts';

/** A directory that no other process uses. */
export interface DirectoryLock {
  /** Shows that the holder lives; due about every second. */
  beat(): void;
  /** Lets the next one in. */
  release(): void;
}

/** What a lock works with. */
export interface LockOptions {
  readonly fs: FileSystem;
  readonly directory: string;
  readonly self: ProcessIdentity;
  readonly probe: (holder: ProcessIdentity) => Liveness;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Blocks for a time. */
  readonly wait: (ms: number) => void;
}

/** What the file `LOCK` holds. */
interface LockContent extends ProcessIdentity {
  /** When the holder last showed itself, in milliseconds since the epoch. */
  readonly beatMs: number;
}

/** A holder that cannot be looked up, for example in another container, is taken for dead after this long without a beat. */
const silenceMs = 10_000;

/** How often a silent holder is looked at, and how long a lock is watched after it was taken over. */
const lookEveryMs = 100;

/** Beats overwrite the content in place: it has always the same length. */
const contentBytes = 256;

/**
 * Locks a directory. A lock whose holder is dead is taken over; a process that got the holder's number since is told apart
 * by its start.
 * @throws StorageError `in_use`, naming the process.
 */
export function lockDirectory(options: LockOptions): DirectoryLock {
  const { fs, directory } = options;
  const path = join(directory, 'LOCK');
  const file = create(options, path) ?? takeOver(options, path);
  return {
    beat: () => {
      writeContent(options, file);
    },
    release: () => {
      fs.close(file);
      removeIfThere(fs, path);
    },
  };
}

function create(options: LockOptions, path: string): FileHandle | undefined {
  try {
    const file = options.fs.open(path, 'create');
    writeContent(options, file);
    return file;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined;
    throw error;
  }
}

function takeOver(options: LockOptions, path: string): FileHandle {
  const { fs, self, wait } = options;
  const holder = waitForSilence(options, path);
  if (holder !== undefined) throw inUse(path, holder);
  const own = `${path}.${self.pid}`;
  removeIfThere(fs, own);
  const file = fs.open(own, 'create');
  writeContent(options, file);
  fs.rename(own, path);
  // Two that found the same dead holder: the later one has the file, and the earlier one sees it.
  wait(lookEveryMs);
  const winner = readContent(fs, path);
  if (winner !== undefined && isSame(winner, self)) return file;
  fs.close(file);
  throw inUse(path, winner);
}

/** The holder if it lives; undefined once it is known to be dead. */
function waitForSilence(options: LockOptions, path: string): LockContent | undefined {
  const { fs, probe, now, wait } = options;
  let seen = readContent(fs, path);
  for (let silentMs = 0; silentMs < silenceMs; silentMs += lookEveryMs) {
    if (seen !== undefined) {
      const liveness = probe(seen);
      if (liveness === 'alive') return seen;
      const isLongSilent = Math.abs(now() - seen.beatMs) > 3 * silenceMs;
      if (liveness === 'dead' || isLongSilent) return undefined;
    }
    wait(lookEveryMs);
    const next = readContent(fs, path);
    if (next !== undefined && next.beatMs !== seen?.beatMs) {
      // Somebody beats, or has just come.
      if (seen !== undefined) return next;
      seen = next;
    }
  }
  return undefined;
}

function writeContent({ fs, self, now }: LockOptions, file: FileHandle): void {
  const content: LockContent = { ...self, beatMs: now() };
  fs.write(file, [Buffer.from(`${JSON.stringify(content)}\n`.padEnd(contentBytes))], 0);
}

function readContent(fs: FileSystem, path: string): LockContent | undefined {
  const content = parseObject(readSmallFile(fs, path));
  if (content === undefined) return undefined;
  const { pid, started, host, beatMs } = content;
  const isWhole =
    typeof pid === 'number' &&
    typeof started === 'string' &&
    typeof host === 'string' &&
    typeof beatMs === 'number';
  return isWhole ? { pid, started, host, beatMs } : undefined;
}

function isSame(left: ProcessIdentity, right: ProcessIdentity): boolean {
  return left.pid === right.pid && left.started === right.started && left.host === right.host;
}

function inUse(path: string, holder: ProcessIdentity | undefined): StorageError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new StorageError(
    'in_use',
    `${path}: ${who} uses this directory; stop it, or set another directory`,
  );
}
