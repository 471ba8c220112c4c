import type { FileHandle, FileSystem } from './file-system.ts';

/** Writes all of the chunks end to end from `at` on. @returns the offset behind them. */
export function writeAll(
  fs: FileSystem,
  file: FileHandle,
  chunks: readonly Uint8Array[],
  at: number,
): number {
  let left = chunks.filter((chunk) => chunk.byteLength > 0);
  let offset = at;
  while (left.length > 0) {
    // Near the end of the disk a write succeeds in part, and only the next one says why.
    const written = fs.write(file, left, offset);
    if (written === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
    offset += written;
    left = skipBytes(left, written);
  }
  return offset;
}

function skipBytes(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  return chunks.flatMap((chunk) => {
    const skipped = Math.min(skip, chunk.byteLength);
    skip -= skipped;
    return skipped === chunk.byteLength ? [] : [chunk.subarray(skipped)];
  });
}
