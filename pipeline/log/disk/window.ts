import { freeMemory } from '../../admission/free-memory.ts';
import type { FileHandle, FileSystem } from './file-system.ts';

/** Part of a file that is read through the window. */
export interface WindowRange {
  readonly file: FileHandle;
  readonly from: number;
  /** Offset that nothing is read beyond. */
  readonly end: number;
  /** Bytes that a read fetches at least, where there are so many. */
  readonly readAhead: number;
  /** Whether all views stay as they are until the next range, not only those from `keepFrom` on. */
  readonly isPinned: boolean;
}

/** Buffers larger than this are given back when they are done with. */
const maxKeptBytes = 1024 * 1024;

/** What a buffer that is too small grows by at least, where it is not smaller itself. */
const maxGrowthBytes = 1024 * 1024;

/** What is read at once behind the read-ahead of a range that stays: how much more it takes is not known. */
const readOnBytes = 64 * 1024;

/**
 * Reads a file in large pieces and shows it in small ones. Views stay valid while `keepFrom` is not moved past them; one
 * window is shared by everything on the log's thread, so a range is done with when the next is opened.
 */
export class FileWindow {
  readonly #fs: FileSystem;
  #buffer: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
  /** Buffers that were too small, of which the range may have views. */
  readonly #outgrown: Buffer[] = [];
  #range: WindowRange = { file: -1, from: 0, end: 0, readAhead: 0, isPinned: false };
  /** Offset in the file of the first byte of the buffer, and how many bytes of it are filled. */
  #start = 0;
  #filled = 0;
  #keepFrom = 0;

  constructor(fs: FileSystem) {
    this.#fs = fs;
  }

  /** Begins a new range; views of the one before are void. */
  open(range: WindowRange): void {
    this.giveBack();
    this.#range = range;
    this.#start = range.from;
    this.#filled = 0;
    this.#keepFrom = range.from;
  }

  /** Frees what is large, once nobody looks at the range any more; views of it are void. */
  giveBack(): void {
    if (this.#buffer.byteLength > maxKeptBytes) this.#replace(Buffer.allocUnsafeSlow(64 * 1024));
    for (const buffer of this.#outgrown.splice(0)) freeMemory(buffer);
    this.#restart(this.#range.end);
  }

  get end(): number {
    return this.#range.end;
  }

  /** What lies before this offset will not be looked at again. */
  set keepFrom(offset: number) {
    this.#keepFrom = offset;
  }

  /** The bytes at an offset; undefined where the range or the file ends before. */
  view(at: number, length: number): Buffer | undefined {
    if (at + length > this.#range.end) return undefined;
    if (at + length > this.#start + this.#filled) this.#fill(at, length);
    const from = at - this.#start;
    return from + length <= this.#filled ? this.#buffer.subarray(from, from + length) : undefined;
  }

  #fill(at: number, length: number): void {
    const keepFrom = Math.min(this.#keepFrom, at);
    if (keepFrom >= this.#start + this.#filled) this.#restart(keepFrom);
    const { isPinned, readAhead } = this.#range;
    const ahead = isPinned && this.#filled > 0 ? Math.min(readAhead, readOnBytes) : readAhead;
    const wanted = Math.max(at + length, this.#start + this.#filled + ahead);
    const end = Math.min(this.#range.end, wanted);
    if (end - this.#start > this.#buffer.byteLength) this.#makeRoom(keepFrom, end);
    const target = this.#buffer.subarray(this.#filled, end - this.#start);
    this.#filled += this.#fs.read(this.#range.file, target, this.#start + this.#filled);
  }

  #restart(offset: number): void {
    this.#start = offset;
    this.#filled = 0;
  }

  /** Moves what is kept to the front of a buffer that holds it up to `end`; views into the old buffer stay as they are. */
  #makeRoom(keepFrom: number, end: number): void {
    const kept = this.#buffer.subarray(keepFrom - this.#start, this.#filled);
    const size = end - keepFrom;
    const { byteLength } = this.#buffer;
    const isReused = size <= byteLength && !this.#range.isPinned;
    const target = isReused
      ? this.#buffer
      : Buffer.allocUnsafeSlow(Math.max(size, byteLength + Math.min(byteLength, maxGrowthBytes)));
    target.set(kept);
    if (!isReused) this.#replace(target);
    this.#filled = kept.byteLength;
    this.#start = keepFrom;
  }

  #replace(buffer: Buffer): void {
    this.#outgrown.push(this.#buffer);
    this.#buffer = buffer;
  }
}
