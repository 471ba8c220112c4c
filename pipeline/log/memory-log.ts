import type { Clock } from '../component/context.ts';
import type { Signal } from '../component/signal.ts';
import type { CursorOptions, Log, LogRecord } from './log.ts';
import { createMemoryPlace } from './memory-place.ts';
import type { MemoryPlace, PlaceHome } from './memory-place.ts';
import { createPlaceLine } from './place.ts';
import type { PlaceLine } from './place.ts';
import { createRecordQueue } from './record-queue.ts';
import type { RecordQueue } from './record-queue.ts';
import type { HeldRecord } from './record-queue.ts';
import { createSettledLine } from './settled-line.ts';

/** What `createMemoryLog` takes. */
export interface MemoryLogOptions {
  readonly signal: Signal;
  /** Prefix of slice ids, unique to this log and run. */
  readonly idPrefix: string;
  readonly clock: Clock;
}

/**
 * Creates a log that lives in memory and forgets everything with the process. Records are held once for all exporters,
 * until the slowest has read them, and slices that are out until they are settled; a log that nobody reads holds nothing.
 */
export function createMemoryLog(options: MemoryLogOptions): Log {
  const records = createRecordQueue();
  const places = new Map<string, MemoryPlace>();
  const lines = new Map<string, PlaceLine>();
  const settledLine = createSettledLine(places);
  let isSealed = false;

  const trim = (): void => {
    records.trim(Math.min(records.end, ...Array.from(places.values(), ({ readAt }) => readAt)));
    settledLine.tell();
  };
  const home: PlaceHome = {
    ...options,
    records,
    isSealed: () => isSealed,
    trim,
    forget: (exporterId) => {
      places.delete(exporterId);
      lines.delete(exporterId);
      trim();
    },
  };
  const seal = (): void => {
    isSealed = true;
    for (const place of places.values()) place.wake();
  };

  return {
    signal: options.signal,
    isDurable: false,
    get bytes() {
      return heldBytes(records, places.values());
    },
    append: (record) => {
      if (isSealed) return Promise.reject(new Error('the log is sealed'));
      for (const place of places.values()) {
        if (!place.hasRoom(record)) return Promise.reject(place.fullError());
      }
      for (const place of places.values()) place.makeRoom(record);
      const position = records.push(toHeld(record, options.clock));
      for (const place of places.values()) place.appended(record);
      trim();
      return Promise.resolve(position);
    },
    cursor: (cursorOptions) => {
      const known = lines.get(cursorOptions.exporterId);
      const line = known ?? addLine(cursorOptions, { home, places, lines });
      return Promise.resolve(line.open(cursorOptions));
    },
    settled: () => settledLine.wait(records.end),
    seal,
    close: () => {
      seal();
      return Promise.resolve();
    },
  };
}

interface Members {
  readonly home: PlaceHome;
  readonly places: Map<string, MemoryPlace>;
  readonly lines: Map<string, PlaceLine>;
}

function addLine(options: CursorOptions, { home, places, lines }: Members): PlaceLine {
  const place = createMemoryPlace(options, home);
  const line = createPlaceLine(place, { isNew: true });
  places.set(options.exporterId, place);
  lines.set(options.exporterId, line);
  return line;
}

/** What others may hold too is copied: a receiver frees its bodies once they are answered. */
function toHeld(record: LogRecord, clock: Clock): HeldRecord {
  const { bytes, items, requests, isExclusive = false } = record;
  return {
    bytes: isExclusive ? bytes : new Uint8Array(bytes),
    items,
    requests,
    appendedMs: clock.now(),
    heldSinceMs: clock.monotonic(),
  };
}

function heldBytes(records: RecordQueue, places: Iterable<MemoryPlace>): number {
  let { bytes } = records;
  for (const place of places) bytes += place.outBytes;
  return bytes;
}
