import { crc32 } from 'node:zlib';
import { changeAmount, emptyAmount } from '../amount.ts';
import type { Amount } from '../amount.ts';
import type { Position } from '../log.ts';
import { frameHeaderBytes } from './frame.ts';
import { findFrame, readFrame } from './scan.ts';
import type { Frame } from './scan.ts';
import type { Segment } from './segment.ts';
import type { FileHandle } from './file-system.ts';
import type { FileWindow } from './window.ts';

/** A place between two records. */
export interface ReadPoint {
  readonly segment: Segment;
  /** Offset of the next frame. */
  readonly offset: number;
  readonly position: Position;
}

/** How far a read goes. */
export interface ReadLimits {
  readonly maxBytes: number;
  readonly maxItems: number;
  /** Position not to be reached. */
  readonly to: Position;
}

/** What was read. */
export interface SliceRead {
  /** Bodies end to end, in a buffer of their own. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly amount: Readonly<Amount>;
  /** Milliseconds since the epoch at which the first record was appended. */
  readonly oldestMs: number;
  /** Where the next read begins. */
  readonly next: ReadPoint;
  /** Records that were passed over: damaged ones whose size is known … */
  readonly corrupt: Readonly<Amount>;
  /** … and the positions of all of them. */
  readonly corruptAt: readonly Position[];
}

/** No slice of a log on disk is larger than this, save one of a single larger record. */
const maxSliceBytes = 8 * 1024 * 1024;

/** Where records are large, few of them make a slice that is worth a request; larger ones only take memory. */
const largeRecordBytes = 1024 * 1024;
const maxBytesOfLarge = 4 * 1024 * 1024;

/** What a new slice of the segment holds at most, by what its records hold on average; save a single larger record. */
export function maxSliceBytesOf({ totals, first, next }: Segment): number {
  const areLarge = totals.bytes >= largeRecordBytes * Math.max(1, next - first);
  return areLarge ? maxBytesOfLarge : maxSliceBytes;
}

/** Reads are no smaller than this: many slices come from the page cache and a system call costs more than copying. */
const minReadBytes = 64 * 1024;

/** Positions of damaged records that one read tells of. */
const maxCorruptTold = 1024;

/**
 * Reads contiguous records up to the limits, at least one where there is a sound one. Every body is held against its sum;
 * damaged records are passed over.
 */
export function readSlice(
  window: FileWindow,
  from: ReadPoint,
  limits: ReadLimits,
  file: FileHandle,
): SliceRead {
  const { segment } = from;
  const maxBytes = Math.min(limits.maxBytes, maxSliceBytes);
  const readAhead = estimateBytes(segment, maxBytes, limits);
  window.open({ file, from: from.offset, end: segment.end, readAhead, isPinned: true });
  const gathered: Gathered = { parts: [], amount: emptyAmount(), oldestMs: 0 };
  const { parts, amount } = gathered;
  const corrupt = emptyAmount();
  const corruptAt: Position[] = [];
  let { offset, position } = from;
  while (position < limits.to) {
    const expected = { salt: segment.salt, position };
    const exact = readFrame(window, offset, expected);
    // Looking for the next sound frame would move the window away from the parts.
    if (exact === undefined && parts.length > 0) break;
    const frame = exact ?? findFrame(window, offset, expected);
    const found = Math.min(limits.to, frame?.header.position ?? segment.next);
    notePositions(corruptAt, position, found);
    position = found;
    offset = frame?.at ?? segment.end;
    if (frame === undefined || position >= limits.to) break;
    // Its header says so: a body that is not wanted is not read.
    if (isOver(gathered, frame, { maxBytes, maxItems: limits.maxItems })) break;
    const body = soundBody(window, frame);
    if (body === undefined) {
      notePositions(corruptAt, position, position + 1);
      changeAmount(corrupt, amountOf(frame), 1);
    } else {
      gather(gathered, frame, body);
    }
    offset = frame.end;
    position += 1;
  }
  const next = { segment, offset, position };
  const { oldestMs } = gathered;
  const bytes = join(parts, amount.bytes);
  window.giveBack();
  return { bytes, amount, oldestMs, next, corrupt, corruptAt };
}

/** What a read has put together so far. */
interface Gathered {
  readonly parts: Buffer[];
  readonly amount: Amount;
  oldestMs: number;
}

/** Whether a record would take what is there over the limits; the first never does. */
function isOver(
  { parts, amount }: Gathered,
  frame: Frame,
  limits: Pick<ReadLimits, 'maxBytes' | 'maxItems'>,
): boolean {
  if (parts.length === 0) return false;
  const size = amountOf(frame);
  return amount.bytes + size.bytes > limits.maxBytes || amount.items + size.items > limits.maxItems;
}

function gather(gathered: Gathered, frame: Frame, body: Buffer): void {
  const { parts, amount } = gathered;
  if (parts.length === 0) gathered.oldestMs = frame.header.appendedMs;
  parts.push(body);
  changeAmount(amount, amountOf(frame), 1);
}

function notePositions(positions: Position[], from: Position, to: Position): void {
  for (let position = from; position < to && positions.length < maxCorruptTold; position += 1) {
    positions.push(position);
  }
}

/** The amount that a frame holds. */
export function amountOf({ header }: Frame): Amount {
  return { items: header.items, bytes: header.length, requests: header.requests };
}

function soundBody(window: FileWindow, frame: Frame): Buffer | undefined {
  const body = window.view(frame.at + frameHeaderBytes, frame.header.length);
  return body !== undefined && crc32(body) === frame.header.bodyCrc ? body : undefined;
}

/** About how much file a slice takes, by what records of the segment take on average. */
function estimateBytes({ totals, end }: Segment, maxBytes: number, limits: ReadLimits): number {
  const byItems = (limits.maxItems * end * 1.25) / Math.max(1, totals.items);
  const headers = 1 + (frameHeaderBytes * totals.requests) / Math.max(1, totals.bytes);
  // A slice ends at the header of a record that it has no room for.
  const aheadBytes = Math.min(byItems, maxBytes * headers) + frameHeaderBytes;
  return Math.ceil(Math.max(minReadBytes, aheadBytes));
}

/** Every byte is written, so that none needs to be cleared before. */
function join(parts: readonly Buffer[], size: number): Uint8Array<ArrayBuffer> {
  const { buffer } = Buffer.allocUnsafeSlow(size);
  const bytes = new Uint8Array(buffer);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
