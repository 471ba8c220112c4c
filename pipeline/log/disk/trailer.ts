import { crc32 } from 'node:zlib';
import type { FileSystem } from './file-system.ts';
import { frameHeaderBytes, writeFrameHeader } from './frame.ts';
import { encodeTrailer, segmentHeaderBytes } from './segment-format.ts';
import type { SegmentWriterOptions } from './segment-writer.ts';
import { openSegment } from './segment.ts';
import type { Segment } from './segment.ts';
import { writeAll } from './write-all.ts';

/**
 * Ends a segment with the sum of its records, and its file with that, which saves the next start from reading it. A trailer
 * that cannot be written is left out.
 * @returns whether it was written.
 */
export function writeTrailer(
  { fs, mode, now }: Pick<SegmentWriterOptions, 'fs' | 'mode' | 'now'>,
  segment: Segment,
): boolean {
  try {
    const file = openSegment(fs, segment);
    const end = writeAll(fs, file, encodeTrailerFrame(segment, now()), segment.end);
    if (segment.usedBytes > end) fs.truncate(file, end);
    if (mode === 'fsync') fs.sync(file);
    return true;
  } catch {
    truncateQuietly(fs, segment);
    return false;
  }
}

function encodeTrailerFrame({ totals, next, salt }: Segment, appendedMs: number): Uint8Array[] {
  const body = encodeTrailer(totals);
  const header = Buffer.alloc(frameHeaderBytes);
  writeFrameHeader(
    header,
    0,
    {
      kind: 'trailer',
      length: body.byteLength,
      items: 0,
      requests: 0,
      bodyCrc: crc32(body),
      position: next,
      appendedMs,
    },
    salt,
  );
  return [header, body];
}

function truncateQuietly(fs: FileSystem, segment: Segment): void {
  try {
    fs.truncate(openSegment(fs, segment), Math.max(segment.end, segmentHeaderBytes));
  } catch {
    // Half a trailer is no frame: the next start cuts it.
  }
}
