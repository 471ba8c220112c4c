import { crc32 } from 'node:zlib';
import type { Position } from '../log.ts';
import { frameHeaderBytes, writeFrameHeader } from './frame.ts';

/** A record that is to be written. */
export interface PendingRecord {
  readonly bytes: Uint8Array;
  readonly items: number;
  readonly requests: number;
}

/** What the frames of one write share. */
export interface FrameContext {
  /** Position of the first. */
  readonly head: Position;
  readonly salt: number;
  /** Milliseconds since the epoch. */
  readonly appendedMs: number;
}

/** A chunk of a write costs as much as copying some kilobytes: smaller bodies are copied behind their headers. */
const maxCopiedBytes = 4096;

/** Bytes of a record on disk. */
export function sizeOf({ bytes }: PendingRecord): number {
  return frameHeaderBytes + bytes.byteLength;
}

/** The frames of records, in chunks that are to be written end to end. */
export function encodeFrames(
  records: readonly PendingRecord[],
  { head, salt, appendedMs }: FrameContext,
): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const copies = Buffer.allocUnsafeSlow(records.reduce((sum, one) => sum + copiedBytesOf(one), 0));
  let from = 0;
  let at = 0;
  for (const [index, record] of records.entries()) {
    const { bytes, items, requests } = record;
    const { byteLength: length } = bytes;
    const bodyCrc = crc32(bytes);
    const position = head + index;
    const header = {
      kind: 'data',
      length,
      items,
      requests,
      bodyCrc,
      position,
      appendedMs,
    } as const;
    writeFrameHeader(copies, at, header, salt);
    at += copiedBytesOf(record);
    if (length <= maxCopiedBytes) {
      copies.set(bytes, at - length);
    } else {
      chunks.push(copies.subarray(from, at), bytes);
      from = at;
    }
  }
  if (at > from) chunks.push(copies.subarray(from, at));
  return chunks;
}

function copiedBytesOf({ bytes }: PendingRecord): number {
  return frameHeaderBytes + (bytes.byteLength <= maxCopiedBytes ? bytes.byteLength : 0);
}
