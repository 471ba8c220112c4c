import { changeAmount, emptyAmount } from '../amount.ts';
import type { Amount } from '../amount.ts';
import type { Position } from '../log.ts';
import type { FileSystem } from './file-system.ts';
import { segmentHeaderBytes } from './segment-format.ts';
import { scanReadBytes } from './recover-segments.ts';
import { findFrame } from './scan.ts';
import { openSegment } from './segment.ts';
import type { Segment } from './segment.ts';
import { amountOf } from './slice-reader.ts';
import type { ReadPoint } from './slice-reader.ts';
import type { FileWindow } from './window.ts';

/** A place in a log, and what lies behind it. */
export interface Located {
  readonly point: ReadPoint;
  /** Records from there to the end of the log. */
  readonly unread: Amount;
}

/** Where a position is in the segments of a log. */
export interface SegmentIndex {
  /** Position behind the last record; 0 where there is none. */
  readonly end: Position;
  /** The first record at or behind a position; undefined where there is none. */
  locate(position: Position): Located | undefined;
  /** The segment after another; undefined where there is none yet. */
  after(segment: Segment): Segment | undefined;
  /** All records of the segments after one. */
  amountAfter(segment: Segment): Amount;
}

/** Creates the index over `segments`, which are in order and change while it is used. */
export function createSegmentIndex(
  fs: FileSystem,
  window: FileWindow,
  segments: readonly Segment[],
): SegmentIndex {
  const amountAfter = (segment: Segment): Amount => {
    const amount = emptyAmount();
    for (const { first, totals } of segments) {
      if (first > segment.first) changeAmount(amount, totals, 1);
    }
    return amount;
  };
  return {
    get end() {
      return segments.at(-1)?.next ?? 0;
    },
    locate: (position) => {
      const segment = segments.find(({ next }) => next > position);
      if (segment === undefined) return undefined;
      const point = findPoint(fs, window, segment, position);
      const unread = amountAfter(segment);
      changeAmount(unread, segment.totals, 1);
      changeAmount(unread, point.before, -1);
      return { point, unread };
    },
    after: (segment) => segments.find(({ first }) => first > segment.first),
    amountAfter,
  };
}

/** Reads headers up to a position. */
function findPoint(
  fs: FileSystem,
  window: FileWindow,
  segment: Segment,
  position: Position,
): ReadPoint & { readonly before: Amount } {
  const before = emptyAmount();
  const { salt, first, end } = segment;
  let offset = segmentHeaderBytes;
  let at = first;
  if (position > first) {
    const file = openSegment(fs, segment);
    window.open({ file, from: offset, end, readAhead: scanReadBytes, isPinned: false });
  }
  while (at < position) {
    window.keepFrom = offset;
    const frame = findFrame(window, offset, { salt, position: at });
    if (frame === undefined || frame.header.position >= position) break;
    changeAmount(before, amountOf(frame), 1);
    offset = frame.end;
    at = frame.header.position + 1;
  }
  return { segment, offset, position: Math.max(first, position), before };
}
