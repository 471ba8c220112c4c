import { dirname } from 'node:path';
import type { FileHandle, FileSystem } from '../../pipeline/log/disk/file-system.ts';

/** One step of a disk. */
export interface DiskStep {
  readonly operation: keyof FileSystem;
  readonly path: string;
}

/** What a step comes to instead of what was asked for. */
export type Fault =
  /** The process dies here; of a write, this many bytes are done. */
  | { readonly kind: 'crash'; readonly bytes?: number }
  /** Fails with this code; of a write, this many bytes are done before, and only the next write fails. */
  | { readonly kind: 'error'; readonly code: string; readonly bytes?: number };

/** Thrown where the process is to have died, and by everything after. */
export class CrashError extends Error {
  override readonly name = 'CrashError';
}

/** A disk in memory that can run full, fail, lose power, or see the process die at any step. */
export interface MemoryDisk {
  readonly fs: FileSystem;
  /** Asked before each step; undefined lets it happen. */
  intercept: ((step: DiskStep) => Fault | undefined) | undefined;
  /** Bytes that all files together may take. */
  capacity: number;
  /** The machine comes up again: after `kill` with all that was written, after `power` with what was synced and, at random, more. */
  restart(how: 'kill' | 'power', random?: () => number): void;
  /** Changes a file behind everyone's back. */
  change(path: string, edit: (bytes: Buffer) => Uint8Array): void;
  read(path: string): Buffer;
  readonly paths: readonly string[];
  /** Whether the process has died and the machine has not come up again. */
  readonly isDown: boolean;
}

interface Inode {
  bytes: Buffer;
  stable: Buffer;
  /** Since the last sync, in order. */
  writes: { readonly at: number; readonly data: Buffer }[];
}

/** Creates an empty disk. */
export function createMemoryDisk(): MemoryDisk {
  return new DiskInMemory();
}

class DiskInMemory implements MemoryDisk {
  intercept: ((step: DiskStep) => Fault | undefined) | undefined;
  capacity = Infinity;
  readonly fs: FileSystem;
  readonly #folders = new Set<string>(['/']);
  readonly #handles = new Map<FileHandle, { readonly path: string; readonly inode: Inode }>();
  #names = new Map<string, Inode>();
  #stableNames = new Map<string, Inode>();
  #opened = 0;
  isDown = false;

  constructor() {
    this.fs = {
      open: (path, how) => {
        this.#step('open', path);
        return this.#open(path, how);
      },
      close: (file) => {
        if (!this.#handles.delete(file)) throw codedError('EBADF');
      },
      write: (file, chunks, at) => this.#write(file, Buffer.concat(chunks), at),
      read: (file, target, at) => {
        const { path, inode } = this.#handleOf(file);
        this.#step('read', path);
        return inode.bytes.copy(
          target,
          0,
          at,
          Math.min(inode.bytes.byteLength, at + target.length),
        );
      },
      size: (file) => this.#handleOf(file).inode.bytes.byteLength,
      truncate: (file, size) => {
        const { path, inode } = this.#handleOf(file);
        this.#step('truncate', path);
        inode.bytes = inode.bytes.subarray(0, size);
        inode.stable = inode.stable.subarray(0, size);
        inode.writes = inode.writes.flatMap(({ at, data }) =>
          at < size ? [{ at, data: data.subarray(0, size - at) }] : [],
        );
      },
      sync: (file) => {
        const { path, inode } = this.#handleOf(file);
        this.#step('sync', path);
        inode.stable = Buffer.from(inode.bytes);
        inode.writes = [];
      },
      syncFolder: (path) => {
        this.#step('syncFolder', path);
        for (const name of this.#stableNames.keys()) {
          if (dirname(name) === path) this.#stableNames.delete(name);
        }
        for (const [name, inode] of this.#names) {
          if (dirname(name) === path) this.#stableNames.set(name, inode);
        }
      },
      list: (path) => {
        this.#step('list', path);
        const children = [...this.#names.keys(), ...this.#folders].filter(
          (name) => dirname(name) === path && name !== '/',
        );
        return children.map((name) => name.slice(path === '/' ? 1 : path.length + 1));
      },
      makeFolder: (path) => {
        this.#step('makeFolder', path);
        for (let folder = path; folder !== '/'; folder = dirname(folder)) this.#folders.add(folder);
      },
      rename: (from, to) => {
        this.#step('rename', to);
        const inode = this.#inodeOf(from);
        this.#names.delete(from);
        this.#names.set(to, inode);
      },
      remove: (path) => {
        this.#step('remove', path);
        this.#inodeOf(path);
        this.#names.delete(path);
      },
      room: () => {
        const total = Math.min(this.capacity, 2 ** 40);
        return { free: total - this.#used, total };
      },
    };
  }

  get paths(): readonly string[] {
    return [...this.#names.keys()];
  }

  restart(how: 'kill' | 'power', random: () => number = Math.random): void {
    this.isDown = false;
    this.intercept = undefined;
    this.#handles.clear();
    if (how === 'kill') return;
    const names = new Map(this.#stableNames);
    for (const [path, inode] of this.#names) {
      if (this.#stableNames.get(path) !== inode && random() < 0.5) names.set(path, inode);
    }
    for (const path of this.#stableNames.keys()) {
      if (!this.#names.has(path) && random() < 0.5) names.delete(path);
    }
    this.#names = names;
    this.#stableNames = new Map(names);
    for (const inode of names.values()) losePower(inode, random);
  }

  change(path: string, edit: (bytes: Buffer) => Uint8Array): void {
    const inode = this.#inodeOf(path);
    inode.bytes = Buffer.from(edit(Buffer.from(inode.bytes)));
    inode.stable = Buffer.from(inode.bytes);
    inode.writes = [];
  }

  read(path: string): Buffer {
    return Buffer.from(this.#inodeOf(path).bytes);
  }

  #open(path: string, how: 'existing' | 'create'): FileHandle {
    if (how === 'create') {
      if (this.#names.has(path)) throw codedError('EEXIST', path);
      if (!this.#folders.has(dirname(path))) throw codedError('ENOENT', path);
      this.#names.set(path, { bytes: Buffer.alloc(0), stable: Buffer.alloc(0), writes: [] });
    }
    this.#opened += 1;
    this.#handles.set(this.#opened, { path, inode: this.#inodeOf(path) });
    return this.#opened;
  }

  #write(file: FileHandle, data: Buffer, at: number): number {
    const { path, inode } = this.#handleOf(file);
    const fault = this.#ask('write', path);
    const growth = Math.max(0, at + data.byteLength - inode.bytes.byteLength);
    const missing = Math.max(0, growth - Math.max(0, this.capacity - this.#used));
    const allowed = fault === undefined ? data.byteLength - missing : (fault.bytes ?? 0);
    const part = data.subarray(0, Math.min(allowed, data.byteLength));
    if (part.byteLength > 0) put(inode, at, part);
    if (fault?.kind === 'crash') this.#crash();
    if (part.byteLength === 0 && data.byteLength > 0) {
      throw codedError(fault?.kind === 'error' ? fault.code : 'ENOSPC', path);
    }
    return part.byteLength;
  }

  #step(operation: keyof FileSystem, path: string): void {
    const fault = this.#ask(operation, path);
    if (fault?.kind === 'crash') this.#crash();
    if (fault?.kind === 'error') throw codedError(fault.code, path);
  }

  #ask(operation: keyof FileSystem, path: string): Fault | undefined {
    if (this.isDown) this.#crash();
    return this.intercept?.({ operation, path });
  }

  #crash(): never {
    this.isDown = true;
    throw new CrashError('the process is dead');
  }

  get #used(): number {
    const inodes = new Set(this.#names.values());
    return [...inodes].reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  }

  #handleOf(file: FileHandle): { readonly path: string; readonly inode: Inode } {
    const handle = this.#handles.get(file);
    if (handle === undefined) throw codedError('EBADF');
    return handle;
  }

  #inodeOf(path: string): Inode {
    const inode = this.#names.get(path);
    if (inode === undefined) throw codedError('ENOENT', path);
    return inode;
  }
}

function put(inode: Inode, at: number, data: Buffer): void {
  inode.bytes = overlay(inode.bytes, at, data);
  inode.writes.push({ at, data: Buffer.from(data) });
}

function overlay(bytes: Buffer, at: number, data: Buffer): Buffer {
  const result = Buffer.alloc(Math.max(bytes.byteLength, at + data.byteLength));
  bytes.copy(result);
  data.copy(result, at);
  return result;
}

/** Of what was not synced each write may have got to the disk, in part or not at all. */
function losePower(inode: Inode, random: () => number): void {
  let bytes = inode.stable;
  for (const { at, data } of inode.writes) {
    const luck = random();
    if (luck < 0.4) continue;
    const length = luck < 0.7 ? data.byteLength : Math.floor(random() * data.byteLength);
    bytes = overlay(bytes, at, data.subarray(0, length));
  }
  inode.bytes = bytes;
  inode.stable = Buffer.from(bytes);
  inode.writes = [];
}

function codedError(code: string, path = ''): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
