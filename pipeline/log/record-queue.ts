import type { LogRecord, Position } from './log.ts';

/** A record and when it came. */
export interface HeldRecord extends LogRecord {
  /** Milliseconds since the epoch. */
  readonly appendedMs: number;
  /** Milliseconds on a clock that never jumps. */
  readonly heldSinceMs: number;
}

/** A queue of records addressed by position. */
export interface RecordQueue {
  /** Position that the next record will get. */
  readonly end: Position;
  readonly bytes: number;
  push(record: HeldRecord): Position;
  /** @throws RangeError where the record is not held. */
  at(position: Position): HeldRecord;
  /** Frees the records below `position`. */
  trim(position: Position): void;
}

/** Freed places at the front are given back once they are this many and most of the array. */
const compactAfter = 1024;

/** Creates an empty queue. */
export function createRecordQueue(): RecordQueue {
  let held: (HeldRecord | undefined)[] = [];
  /** Position of `held[0]`. */
  let base = 0;
  /** Index in `held` of the oldest record. */
  let head = 0;
  let bytes = 0;
  return {
    get end() {
      return base + held.length;
    },
    get bytes() {
      return bytes;
    },
    push: (record) => {
      held.push(record);
      bytes += record.bytes.byteLength;
      return base + held.length - 1;
    },
    at: (position) => {
      const record = held[position - base];
      if (record === undefined) throw new RangeError(`no record ${position}`);
      return record;
    },
    trim: (position) => {
      while (base + head < position && head < held.length) {
        bytes -= held[head]?.bytes.byteLength ?? 0;
        held[head] = undefined;
        head += 1;
      }
      if (head > compactAfter && head * 2 > held.length) {
        held = held.slice(head);
        base += head;
        head = 0;
      }
    },
  };
}
