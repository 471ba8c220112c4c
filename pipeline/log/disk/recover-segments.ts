import { join } from 'node:path';
import { changeAmount } from '../amount.ts';
import type { Position } from '../log.ts';
import { checkFormat } from './manifest.ts';
import { codeOf } from './file-system.ts';
import type { FileSystem } from './file-system.ts';
import { frameHeaderBytes, readFrameHeader } from './frame.ts';
import { findFrame, isBodySound } from './scan.ts';
import type { Frame } from './scan.ts';
import { closeSegment, createSegment, openSegment } from './segment.ts';
import type { Segment } from './segment.ts';
import {
  decodeSegmentHeader,
  decodeTrailer,
  formatVersion,
  parseSegmentName,
  segmentHeaderBytes,
  trailerBytes,
} from './segment-format.ts';
import type { SegmentHeader } from './segment-format.ts';
import type { SegmentWriterOptions } from './segment-writer.ts';
import { spareSuffix } from './spare-segments.ts';
import { writeTrailer } from './trailer.ts';
import type { FileWindow } from './window.ts';

/** What recovery works with. */
export interface RecoveryOptions extends Pick<
  SegmentWriterOptions,
  'fs' | 'folder' | 'mode' | 'now'
> {
  readonly window: FileWindow;
  readonly report: RecoveryReport;
}

/** What recovery found out of order. */
export interface RecoveryReport {
  /** The end of the last segment was not whole, and was cut off. */
  truncated(bytes: number): void;
  /** Records at these positions are damaged; said of each once. */
  corrupt(from: Position, to: Position): void;
  /** A file, or a part of one, cannot be read and lies aside under this path. */
  quarantined(path: string): void;
}

/** The segments of a folder in order, and the position behind all of them. */
export interface RecoveredSegments {
  readonly segments: Segment[];
  readonly next: Position;
}

/** How much of a file is read at once where all its headers are wanted. */
export const scanReadBytes = 256 * 1024;

/**
 * Takes up the segments that are in a folder. Only what has no trailer is read through, which is the last segment after a
 * crash; its torn end is cut.
 * @throws StorageError before anything is changed, where a newer version wrote one of them.
 */
export function recoverSegments(options: RecoveryOptions): RecoveredSegments {
  const found = listSegments(options);
  removeSpares(options);
  const segments: Segment[] = [];
  let next = 0;
  for (const [index, { first, path, header }] of found.entries()) {
    next = Math.max(next, first);
    if (header === undefined) {
      setAside(options, path);
      continue;
    }
    const segment = createSegment(path, { ...header, first });
    const limit = found[index + 1]?.first ?? Infinity;
    readContent(options, segment, limit);
    next = Math.max(next, segment.next);
    if (segment.next > segment.first) segments.push(segment);
    else options.fs.remove(path);
  }
  return { segments, next };
}

function removeSpares({ fs, folder }: RecoveryOptions): void {
  for (const name of fs.list(folder)) if (name.endsWith(spareSuffix)) fs.remove(join(folder, name));
}

interface FoundSegment {
  readonly first: Position;
  readonly path: string;
  /** Undefined where the file cannot be read, or does not begin like a segment. */
  readonly header: SegmentHeader | undefined;
}

function listSegments({ fs, folder }: RecoveryOptions): readonly FoundSegment[] {
  const found = fs.list(folder).flatMap((name) => {
    const first = parseSegmentName(name);
    const path = join(folder, name);
    return first === undefined ? [] : [{ first, path, header: readHeader(fs, path) }];
  });
  for (const { header, path } of found) {
    if (header !== undefined && header.version > formatVersion) checkFormat(header.version, path);
  }
  return found.sort((left, right) => left.first - right.first);
}

function readHeader(fs: FileSystem, path: string): SegmentHeader | undefined {
  try {
    const file = fs.open(path, 'existing');
    try {
      const bytes = Buffer.alloc(segmentHeaderBytes);
      return decodeSegmentHeader(bytes.subarray(0, fs.read(file, bytes, 0)));
    } finally {
      fs.close(file);
    }
  } catch (error) {
    // Out of handles is no fault of the file.
    if (codeOf(error) === 'EMFILE' || codeOf(error) === 'ENFILE') throw error;
    return undefined;
  }
}

/** Where not even a header got to the disk there is no record either. */
function setAside({ fs, report }: RecoveryOptions, path: string): void {
  if (isSmallerThanHeader(fs, path)) {
    fs.remove(path);
    return;
  }
  fs.rename(path, `${path}.corrupt`);
  report.quarantined(`${path}.corrupt`);
}

function isSmallerThanHeader(fs: FileSystem, path: string): boolean {
  try {
    const file = fs.open(path, 'existing');
    try {
      return fs.size(file) < segmentHeaderBytes;
    } finally {
      fs.close(file);
    }
  } catch {
    return false;
  }
}

/** Learns what is in a segment: from its trailer, or by reading its headers. */
function readContent(options: RecoveryOptions, segment: Segment, limit: Position): void {
  const { fs } = options;
  const file = openSegment(fs, segment);
  const size = fs.size(file);
  if (!readTrailer(options, segment, { size, limit })) {
    const isLast = limit === Infinity;
    const ownEnd = scanSegment(options, segment, { size, limit, checkBodies: isLast });
    cutRest(options, segment, { size, limit, isLast, ownEnd });
    writeTrailer(options, segment);
  }
  closeSegment(fs, segment);
}

function readTrailer(
  { fs, window }: RecoveryOptions,
  segment: Segment,
  { size, limit }: { readonly size: number; readonly limit: Position },
): boolean {
  const from = size - trailerBytes;
  if (from < segmentHeaderBytes) return false;
  window.open({
    file: openSegment(fs, segment),
    from,
    end: size,
    readAhead: trailerBytes,
    isPinned: false,
  });
  const bytes = window.view(from, trailerBytes);
  if (bytes === undefined) return false;
  const header = readFrameHeader(bytes, 0, segment.salt);
  if (header?.kind !== 'trailer' || header.position > limit) return false;
  if (!isBodySound(window, { header, at: from, end: size })) return false;
  changeAmount(segment.totals, decodeTrailer(bytes.subarray(frameHeaderBytes)), 1);
  segment.end = from;
  segment.next = header.position;
  return true;
}

/** @returns the offset behind the last frame that is the segment's own, be its body whole or not. */
function scanSegment(
  { fs, window, report }: RecoveryOptions,
  segment: Segment,
  scan: { readonly size: number; readonly limit: Position; readonly checkBodies: boolean },
): number {
  const file = openSegment(fs, segment);
  window.open({
    file,
    from: segmentHeaderBytes,
    end: scan.size,
    readAhead: scanReadBytes,
    isPinned: false,
  });
  const { salt } = segment;
  /** Frames behind the last sound one; they count once a sound one follows. */
  let doubtful: Frame[] = [];
  let at = segmentHeaderBytes;
  let position = segment.first;
  for (;;) {
    window.keepFrom = at;
    const frame = findFrame(window, at, { salt, position });
    if (frame === undefined || frame.header.kind === 'trailer') return at;
    if (frame.header.position >= scan.limit) return at;
    at = frame.end;
    position = frame.header.position + 1;
    doubtful.push(frame);
    if (scan.checkBodies && !isBodySound(window, frame)) continue;
    addFrames(segment, doubtful, report);
    doubtful = [];
  }
}

function addFrames(segment: Segment, frames: readonly Frame[], report: RecoveryReport): void {
  for (const { header, end } of frames) {
    const { items, requests, length: bytes, position } = header;
    if (position > segment.next) report.corrupt(segment.next, position);
    changeAmount(segment.totals, { items, requests, bytes }, 1);
    segment.next = position + 1;
    segment.end = end;
  }
}

/** What is known of a segment that was read through. */
interface Scanned {
  readonly size: number;
  readonly limit: Position;
  readonly isLast: boolean;
  readonly ownEnd: number;
}

/**
 * What is behind the last frame: in the last segment the torn end of a write that nobody was told of; in another one,
 * frames that were written again to the next segment, or damage, which is kept aside. In a file that was written over it may
 * also be what is left of the segment before, which is worth nothing.
 */
function cutRest(options: RecoveryOptions, segment: Segment, scanned: Scanned): void {
  const { fs, report } = options;
  const { size, ownEnd, isLast } = scanned;
  if (size <= segment.end) return;
  const tornEnd = size > segment.usedBytes ? size : ownEnd;
  if (!isLast) keepDamage(options, segment, scanned);
  else if (tornEnd > segment.end) report.truncated(tornEnd - segment.end);
  fs.truncate(openSegment(fs, segment), segment.end);
}

function keepDamage(options: RecoveryOptions, segment: Segment, { size, limit }: Scanned): void {
  const { fs, window } = options;
  const file = openSegment(fs, segment);
  window.open({ file, from: segment.end, end: size, readAhead: scanReadBytes, isPinned: false });
  const frame = findFrame(window, segment.end, { salt: segment.salt, position: segment.next });
  const isWrittenAgain = frame !== undefined && frame.header.position >= limit;
  const isOfOther = frame === undefined && size <= segment.usedBytes;
  if (!isWrittenAgain && !isOfOther) keepAside(options, segment, size);
}

function keepAside({ fs, report, window }: RecoveryOptions, segment: Segment, size: number): void {
  const path = `${segment.path}.${segment.end}.corrupt`;
  window.open({
    file: openSegment(fs, segment),
    from: segment.end,
    end: size,
    readAhead: size - segment.end,
    isPinned: false,
  });
  const rest = window.view(segment.end, size - segment.end);
  if (rest === undefined) return;
  const copy = fs.open(path, 'create');
  try {
    fs.write(copy, [rest], 0);
    fs.sync(copy);
  } finally {
    fs.close(copy);
  }
  report.quarantined(path);
}
