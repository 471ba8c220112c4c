import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statfsSync,
  unlinkSync,
  writevSync,
} from 'node:fs';
import { makeDirectory } from '../../config/make-directory.ts';

/** An open file. */
export type FileHandle = number;

/**
 * What the log needs of a disk, all synchronous: the log has a thread of its own. Errors are Node's, with `code`. Tests put
 * a disk here that runs full, fails, or dies at any step.
 */
export interface FileSystem {
  /** Opens for reading and writing; `create` makes a new file (0600) and fails with EEXIST where there is one. */
  open(path: string, how: 'existing' | 'create'): FileHandle;
  close(file: FileHandle): void;
  /** Writes the chunks end to end from `at` on. @returns the bytes written, which may be fewer. */
  write(file: FileHandle, chunks: readonly Uint8Array[], at: number): number;
  /** Reads into `target` from `at` on. @returns the bytes read; fewer only at the end of the file. */
  read(file: FileHandle, target: Uint8Array, at: number): number;
  size(file: FileHandle): number;
  truncate(file: FileHandle, size: number): void;
  /** Returns once the file's content and size are on the disk. */
  sync(file: FileHandle): void;
  /** Returns once the names in the folder are on the disk. */
  syncFolder(path: string): void;
  /** Names in a folder, in no order; none where it does not exist. */
  list(path: string): readonly string[];
  /** Makes the folder and those above it (0700); fine where it exists. */
  makeFolder(path: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Room on the disk that holds `path`, in bytes. */
  room(path: string): { readonly free: number; readonly total: number };
}

/** The machine's own disk. */
export const nodeFileSystem: FileSystem = {
  open: (path, how) => {
    const flags = constants.O_RDWR | (how === 'create' ? constants.O_CREAT | constants.O_EXCL : 0);
    return openSync(path, flags, 0o600);
  },
  close: closeSync,
  write: (file, chunks, at) => writevSync(file, chunks, at),
  read: (file, target, at) => readWhole(file, target, at),
  size: (file) => fstatSync(file).size,
  truncate: ftruncateSync,
  sync: fdatasyncSync,
  syncFolder: (path) => {
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  },
  list: (path) => {
    try {
      return readdirSync(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  },
  makeFolder: makeDirectory,
  rename: renameSync,
  remove: unlinkSync,
  room: (path) => {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { free: bavail * bsize, total: blocks * bsize };
  },
};

function readWhole(file: FileHandle, target: Uint8Array, at: number): number {
  let done = 0;
  while (done < target.byteLength) {
    const count = readSync(file, target, done, target.byteLength - done, at + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** The `code` of an error of the file system, for example `ENOSPC`; undefined for any other. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
