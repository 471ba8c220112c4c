import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A record of a segment file. */
export interface FrameInFile {
  readonly path: string;
  /** Of the header. */
  readonly from: number;
  /** Of the body. */
  readonly bodyFrom: number;
  readonly to: number;
}

/** Of the format that pipeline/log/disk describes: both copies of a segment's header, a frame's header, and where its length stands. */
const segmentHeaderBytes = 128;
const frameHeaderBytes = 56;
export const lengthAt = 8;

/** Paths of the segments of a pipeline's out log, the oldest first. */
export function segmentFiles(directory: string, pipeline = 'traces'): string[] {
  const folder = join(directory, 'data', pipeline, 'out');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.seg'))
    .sort()
    .map((name) => join(folder, name));
}

/** The records of all segments, in order. */
export function framesOf(directory: string): FrameInFile[] {
  return segmentFiles(directory).flatMap((path) => {
    const bytes = readFileSync(path);
    const frames: FrameInFile[] = [];
    let at = segmentHeaderBytes;
    while (
      at + frameHeaderBytes <= bytes.length &&
      bytes.toString('latin1', at, at + 4) === 'WEIR'
    ) {
      const to = at + frameHeaderBytes + bytes.readUInt32LE(at + lengthAt);
      frames.push({ path, from: at, bodyFrom: at + frameHeaderBytes, to });
      at = to;
    }
    return frames;
  });
}
