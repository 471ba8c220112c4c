import type { Clock } from '../component/context.ts';
import type { Signal } from '../component/signal.ts';
import type { Log } from './log.ts';
import { createMemoryCursor } from './memory-cursor.ts';
import type { MemoryCursor } from './memory-cursor.ts';
import { createRecordQueue } from './record-queue.ts';

/** What `createMemoryLog` takes. */
export interface MemoryLogOptions {
  readonly signal: Signal;
  /** Prefix of slice ids, unique to this log and run. */
  readonly idPrefix: string;
  readonly clock: Clock;
}

/**
 * Creates a log that lives in memory and forgets everything with the process. Records are held once for all exporters,
 * until the slowest has settled them; a log that nobody reads holds nothing.
 */
export function createMemoryLog(options: MemoryLogOptions): Log {
  const records = createRecordQueue();
  const cursors = new Map<string, MemoryCursor>();
  let isSealed = false;

  const trim = (): void => {
    let lowest = records.end;
    for (const cursor of cursors.values()) lowest = Math.min(lowest, cursor.lowestOwed);
    records.trim(lowest);
  };
  const seal = (): void => {
    isSealed = true;
    for (const cursor of cursors.values()) cursor.wake();
  };

  return {
    signal: options.signal,
    isDurable: false,
    get bytes() {
      return records.bytes;
    },
    append: (record) => {
      if (isSealed) return Promise.reject(new Error('the log is sealed'));
      for (const cursor of cursors.values()) {
        if (!cursor.hasRoom(record)) return Promise.reject(cursor.fullError());
      }
      for (const cursor of cursors.values()) cursor.makeRoom(record);
      const position = records.push({ ...record, appendedMs: options.clock.now() });
      for (const cursor of cursors.values()) cursor.appended(record);
      trim();
      return Promise.resolve(position);
    },
    cursor: (cursorOptions) => {
      const cursor = createMemoryCursor(cursorOptions, {
        signal: options.signal,
        idPrefix: options.idPrefix,
        clock: options.clock,
        records,
        isSealed: () => isSealed,
        trim,
      });
      cursors.set(cursorOptions.exporterId, cursor);
      return Promise.resolve(cursor);
    },
    seal,
    close: () => {
      seal();
      return Promise.resolve();
    },
  };
}
