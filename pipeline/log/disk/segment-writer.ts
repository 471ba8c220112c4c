import { changeAmount, emptyAmount } from '../amount.ts';
import type { Amount } from '../amount.ts';
import type { Position } from '../log.ts';
import type { StorageMode } from '../storage.ts';
import { beginSegment, closeQuietly } from './begin-segment.ts';
import { codeOf } from './file-system.ts';
import type { FileHandle, FileSystem } from './file-system.ts';
import { encodeFrames, sizeOf } from './encode-frames.ts';
import type { PendingRecord } from './encode-frames.ts';
import { closeSegment, openSegment } from './segment.ts';
import type { Segment } from './segment.ts';
import type { ReadPoint } from './slice-reader.ts';
import type { SpareSegments } from './spare-segments.ts';
import { writeTrailer } from './trailer.ts';
import { writeAll } from './write-all.ts';

/** What a writer works on. */
export interface SegmentWriterOptions {
  readonly fs: FileSystem;
  readonly folder: string;
  readonly mode: StorageMode;
  /** A segment that would get larger than this is full; one record may be larger and comes alone. */
  readonly segmentBytes: number;
  readonly now: () => number;
  /** Files that new segments are written to where there are any. */
  readonly spares: SpareSegments;
  readonly onSync: (seconds: number) => void;
}

/** Appends to the last segment of a log. */
export interface SegmentWriter {
  /** Position that the next record gets. */
  readonly head: Position;
  /** The segment that is written to; it is in `segments` too. */
  readonly active: Segment | undefined;
  /**
   * Writes records, as durable as the mode says. Where the disk fails part of the way, the first ones are committed and
   * the rest leave nothing behind. `appendedMs` is in milliseconds since the epoch.
   */
  commit(records: readonly PendingRecord[], appendedMs: number): Commit;
  /** Ends the active segment with its trailer; the next commit begins a new one. */
  seal(): void;
}

/** The records that were committed, and why not all. */
export interface Commit {
  readonly positions: readonly Position[];
  /** Where the first lies; undefined where none was committed. */
  readonly first: ReadPoint | undefined;
  readonly error?: unknown;
}

/** All of the records together. */
export function sumOf(records: readonly PendingRecord[]): Amount {
  const sum = emptyAmount();
  for (const { items, requests, bytes } of records) {
    sum.items += items;
    sum.requests += requests;
    sum.bytes += bytes.byteLength;
  }
  return sum;
}

/** The disk or a quota of the operating system is full. */
export function isOutOfSpace(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** Creates a writer that adds its segments to `segments`, the first at `head`. */
export function createSegmentWriter(
  options: SegmentWriterOptions,
  segments: Segment[],
  head: Position,
): SegmentWriter {
  return new Writer(options, segments, head);
}

class Writer implements SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #segments: Segment[];
  #head: Position;
  #active: Segment | undefined;

  constructor(options: SegmentWriterOptions, segments: Segment[], head: Position) {
    this.#options = options;
    this.#segments = segments;
    this.#head = head;
  }

  get head(): Position {
    return this.#head;
  }

  get active(): Segment | undefined {
    return this.#active;
  }

  commit(records: readonly PendingRecord[], appendedMs: number): Commit {
    const positions: Position[] = [];
    let first: ReadPoint | undefined;
    try {
      while (positions.length < records.length) {
        const part = this.#takeFitting(records, positions.length);
        const point = this.#writeOrMove(part, appendedMs);
        first ??= point;
        for (const index of part.keys()) positions.push(point.position + index);
      }
      return { positions, first };
    } catch (error) {
      return { positions, first, error };
    }
  }

  seal(): void {
    const segment = this.#active;
    if (segment === undefined) return;
    this.#active = undefined;
    segment.isSealed = writeTrailer(this.#options, segment);
    closeSegment(this.#options.fs, segment);
  }

  /** The next records that the active segment, or a new one, has room for; at least one. */
  #takeFitting(records: readonly PendingRecord[], from: number): readonly PendingRecord[] {
    const { segmentBytes } = this.#options;
    const [first] = records.slice(from, from + 1);
    const active = this.#active;
    const isFull =
      active !== undefined &&
      active.next > active.first &&
      first !== undefined &&
      active.end + sizeOf(first) > segmentBytes;
    if (isFull) this.seal();
    let { end } = (this.#active ??= this.#begin());
    let to = from;
    for (const record of records.slice(from)) {
      end += sizeOf(record);
      if (end > segmentBytes && to > from) break;
      to += 1;
    }
    return records.slice(from, to);
  }

  /** A file that failed is not written to again: what the disk made of it is unknown. One new file is tried. */
  #writeOrMove(records: readonly PendingRecord[], appendedMs: number): ReadPoint {
    try {
      return this.#write(records, appendedMs);
    } catch (error) {
      if (isOutOfSpace(error)) throw error;
      this.#active = this.#begin();
      return this.#write(records, appendedMs);
    }
  }

  /** @returns where the first of them lies; the others follow it. */
  #write(records: readonly PendingRecord[], appendedMs: number): ReadPoint {
    const segment = (this.#active ??= this.#begin());
    const { fs } = this.#options;
    const point = { segment, offset: segment.end, position: this.#head };
    try {
      const file = openSegment(fs, segment);
      const context = { head: this.#head, salt: segment.salt, appendedMs };
      const end = writeAll(fs, file, encodeFrames(records, context), segment.end);
      this.#sync(file);
      segment.end = end;
    } catch (error) {
      this.#takeBack(segment, error);
      throw error;
    }
    changeAmount(segment.totals, sumOf(records), 1);
    this.#head += records.length;
    segment.next = this.#head;
    return point;
  }

  #sync(file: FileHandle): void {
    const { fs, mode, onSync } = this.#options;
    if (mode !== 'fsync') return;
    const startedMs = performance.now();
    fs.sync(file);
    onSync((performance.now() - startedMs) / 1000);
  }

  /** Cuts what was written off again. A segment that fails in another way than for space takes no more. */
  #takeBack(segment: Segment, cause: unknown): void {
    const { fs } = this.#options;
    let isCut = false;
    try {
      fs.truncate(openSegment(fs, segment), segment.end);
      isCut = true;
    } catch {
      // The rest is cut at the next start: positions in it are those of the segment that follows.
    }
    if (isCut && isOutOfSpace(cause)) return;
    this.#active = undefined;
    closeQuietly(fs, segment);
    // A segment without records has the name that the next one would get.
    if (segment.next === segment.first) this.#head += 1;
  }

  #begin(): Segment {
    try {
      const segment = beginSegment(this.#options, this.#head);
      this.#segments.push(segment);
      return segment;
    } catch (error) {
      // The name may not have gone: it must not be in the way of the next attempt.
      this.#head += 1;
      throw error;
    }
  }
}
