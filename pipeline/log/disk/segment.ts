import { emptyAmount } from '../amount.ts';
import type { Amount } from '../amount.ts';
import type { Position } from '../log.ts';
import type { FileHandle, FileSystem } from './file-system.ts';
import { segmentHeaderBytes } from './segment-format.ts';

/** One file of a log, as it is known in memory. */
export interface Segment {
  readonly path: string;
  /** Position of its first record, which names it. */
  readonly first: Position;
  readonly salt: number;
  /** Undefined while nobody reads or writes it. */
  file: FileHandle | undefined;
  /** Offset behind the last committed frame. */
  end: number;
  /** Position behind its last record. */
  next: Position;
  /** All its records together. */
  readonly totals: Amount;
  /** Bytes of its file that were another segment's and are there until they are written over; 0 where it was new. */
  readonly usedBytes: number;
  /** Whether it ended with a trailer since this start, and without a failure. */
  isSealed: boolean;
}

/** A segment without records. */
export function createSegment(
  path: string,
  {
    first,
    salt,
    usedBytes = 0,
  }: { readonly first: Position; readonly salt: number; readonly usedBytes?: number },
): Segment {
  return {
    path,
    first,
    salt,
    file: undefined,
    end: segmentHeaderBytes,
    next: first,
    totals: emptyAmount(),
    usedBytes,
    isSealed: false,
  };
}

/** The segment's file, opened where it is not. */
export function openSegment(fs: FileSystem, segment: Segment): FileHandle {
  segment.file ??= fs.open(segment.path, 'existing');
  return segment.file;
}

/** Closes the segment's file where it is open. */
export function closeSegment(fs: FileSystem, segment: Segment): void {
  if (segment.file === undefined) return;
  const { file } = segment;
  segment.file = undefined;
  fs.close(file);
}
