import type { Clock } from '../component/context.ts';
import { LogFullError, type Cursor, type CursorOptions, type Log, type Position } from './log.ts';
import { MemoryCursor } from './memory-cursor.ts';

/** One appended request, held once for all cursors. */
export interface MemoryRecord {
  readonly position: Position;
  readonly bytes: Uint8Array;
  readonly items: number;
  readonly appendedMs: number;
}

/** The records that some cursor may still need, addressed by position. */
export interface RecordStore {
  /** Position that the next record gets. */
  readonly head: Position;
  /** The record at a position that is still held. */
  at(position: Position): MemoryRecord | undefined;
}

/** Settled records are cut off the front of the array in one go once this many have gathered. */
const compactAt = 1024;

/**
 * A log in memory: gone with the process. Records are held once for all exporters, until the slowest has settled them;
 * a log that nobody reads holds nothing.
 */
export function createMemoryLog(clock: Clock): Log {
  const records: (MemoryRecord | undefined)[] = [];
  const cursors: MemoryCursor[] = [];
  let base: Position = 0;
  let firstHeld: Position = 0;
  let heldBytes = 0;
  const store: RecordStore = {
    get head() {
      return base + records.length;
    },
    at: (position) => records[position - base],
  };
  const release = (): void => {
    let lowest = store.head;
    for (const cursor of cursors) lowest = Math.min(lowest, cursor.lowest);
    for (; firstHeld < lowest; firstHeld += 1) {
      heldBytes -= records[firstHeld - base]?.bytes.byteLength ?? 0;
      records[firstHeld - base] = undefined;
    }
    if (firstHeld - base >= compactAt) {
      records.splice(0, firstHeld - base);
      base = firstHeld;
    }
  };
  return {
    append: (bytes, items) => {
      const full = cursors.find((cursor) => !cursor.hasRoom(bytes.byteLength, items));
      if (full !== undefined) return Promise.reject(new LogFullError(full.exporter));
      const position = store.head;
      records.push({ position, bytes, items, appendedMs: clock.now() });
      heldBytes += bytes.byteLength;
      for (const cursor of cursors) cursor.appended(bytes.byteLength, items);
      if (cursors.length === 0) release();
      return Promise.resolve(position);
    },
    openCursor: (options: CursorOptions): Promise<Cursor> => {
      const cursor = new MemoryCursor({ ...options, store, clock, release });
      cursors.push(cursor);
      return Promise.resolve(cursor);
    },
    get bytes() {
      return heldBytes;
    },
    close: () => {
      for (const cursor of cursors) cursor.close();
      return Promise.resolve();
    },
  };
}
