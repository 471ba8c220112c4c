import type { FileHandle } from 'node:fs/promises';
import { frameHeaderBytes } from './frame.ts';

/** How requests are told apart in a file. */
export type Layout = 'lines' | 'frames';

/** Read backwards in steps of this size. */
const stepBytes = 64 * 1024;
const newline = 0x0a;

/** The file holds something else than this exporter writes; cutting its end could destroy what somebody needs. */
class ForeignFileError extends Error {
  override readonly name = 'ForeignFileError';
}

/**
 * Where the last whole request of a file ends. Behind it is what a crash left half-written: 0 of a file that holds no
 * whole request, `size` of one that is sound.
 * @throws ForeignFileError where the file does not look like this exporter's.
 */
export async function findWholeEnd(
  file: FileHandle,
  size: number,
  layout: Layout,
): Promise<number> {
  const end = await (layout === 'lines' ? endOfLastLine(file, size) : endOfLastFrame(file, size));
  if (end === size || (await isOurs(file, end, size - end, layout))) return end;
  throw new ForeignFileError('the file holds something else; move it away or choose another path');
}

/** How a line of OTLP/JSON starts, of any signal. */
const lineStart = '{"resource';

async function isOurs(
  file: FileHandle,
  start: number,
  bytes: number,
  layout: Layout,
): Promise<boolean> {
  // Frames carry no mark: one that starts behind whole frames is taken for ours, the first one of a file is not.
  if (layout === 'frames') return start > 0;
  const length = Math.min(bytes, lineStart.length);
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, start);
  return lineStart.startsWith(buffer.toString());
}

async function endOfLastLine(file: FileHandle, size: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(stepBytes);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - stepBytes);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    const at = buffer.subarray(0, bytesRead).lastIndexOf(newline);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

async function endOfLastFrame(file: FileHandle, size: number): Promise<number> {
  const header = Buffer.allocUnsafe(frameHeaderBytes);
  for (let start = 0; ;) {
    if (start + frameHeaderBytes > size) return start;
    await file.read(header, 0, frameHeaderBytes, start);
    const end = start + frameHeaderBytes + header.readUInt32BE(0);
    if (end > size) return start;
    start = end;
  }
}
