import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Position } from '../log.ts';
import type { FileHandle, FileSystem } from './file-system.ts';
import { encodeSegmentHeader, formatVersion, toSegmentName } from './segment-format.ts';
import type { SegmentWriterOptions } from './segment-writer.ts';
import { closeSegment, createSegment } from './segment.ts';
import type { Segment } from './segment.ts';
import { writeAll } from './write-all.ts';

/**
 * Begins a segment whose first record has the position `first`, in a spare file where there is one. Its name and header
 * are on the disk when this returns; where it throws, the name may be there too, and must not be used again.
 */
export function beginSegment(
  { fs, folder, now, spares }: Pick<SegmentWriterOptions, 'fs' | 'folder' | 'now' | 'spares'>,
  first: Position,
): Segment {
  const path = join(folder, toSegmentName(first));
  const salt = randomInt(2 ** 32);
  const opened = openFile(fs, path, spares.take());
  const segment: Segment = { ...createSegment(path, { first, salt }), ...opened };
  const { file, usedBytes } = opened;
  try {
    const header = { version: formatVersion, salt, first, createdMs: now(), usedBytes };
    writeAll(fs, file, [encodeSegmentHeader(header)], 0);
    // In every mode: the name on the disk is what keeps its positions from being given out again.
    fs.sync(file);
    fs.syncFolder(folder);
    return segment;
  } catch (error) {
    closeQuietly(fs, segment);
    removeQuietly(fs, path);
    throw error;
  }
}

/**
 * Whichever of its names and headers a spare file has after a crash, it holds no record of that header's salt and that
 * name's positions, and is removed as an empty segment, or is what it was before.
 */
function openFile(
  fs: FileSystem,
  path: string,
  spare: string | undefined,
): { readonly file: FileHandle; readonly usedBytes: number } {
  if (spare === undefined) return { file: fs.open(path, 'create'), usedBytes: 0 };
  fs.rename(spare, path);
  const file = fs.open(path, 'existing');
  return { file, usedBytes: fs.size(file) };
}

/** Closes the file of a segment that is given up. */
export function closeQuietly(fs: FileSystem, segment: Segment): void {
  try {
    closeSegment(fs, segment);
  } catch {
    // The file is given up already.
  }
}

function removeQuietly(fs: FileSystem, path: string): void {
  try {
    fs.remove(path);
  } catch {
    // An empty segment is removed at the next start.
  }
}
