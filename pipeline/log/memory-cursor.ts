import type { Clock } from '../component/context.ts';
import type { Signal } from '../component/signal.ts';
import { LogFullError } from './log.ts';
import type {
  Backlog,
  Cursor,
  CursorOptions,
  LogRecord,
  Position,
  Slice,
  SliceLimits,
} from './log.ts';
import type { RecordQueue } from './record-queue.ts';

/** What a cursor needs of its log. */
export interface CursorHome {
  readonly signal: Signal;
  readonly idPrefix: string;
  readonly clock: Clock;
  readonly records: RecordQueue;
  isSealed(): boolean;
  /** Frees what no cursor owes any more. */
  trim(): void;
}

/** A cursor as its log sees it. */
export interface MemoryCursor extends Cursor {
  readonly lowestOwed: Position;
  hasRoom(record: LogRecord): boolean;
  /** Drops the oldest records that are not out until the record fits; only where `hasRoom` said it can. */
  makeRoom(record: LogRecord): void;
  appended(record: LogRecord): void;
  wake(): void;
  fullError(): LogFullError;
}

interface Amount {
  items: number;
  bytes: number;
  requests: number;
}

/** Opens a cursor at the end of the log. */
export function createMemoryCursor(options: CursorOptions, home: CursorHome): MemoryCursor {
  const { records } = home;
  const { quota } = options;
  const owed: Amount = { items: 0, bytes: 0, requests: 0 };
  const unread: Amount = { items: 0, bytes: 0, requests: 0 };
  const out = new Map<Position, Amount>();
  const abandoned: Slice[] = [];
  const waiters = new Set<() => void>();
  let readAt = records.end;

  const lowestOwed = (): Position => {
    let lowest = readAt;
    for (const from of out.keys()) lowest = Math.min(lowest, from);
    return lowest;
  };

  /** Milliseconds until what there is should be taken; 0 where it should be now, undefined where there is nothing. */
  const dueInMs = (limits: SliceLimits): number | undefined => {
    if (readAt >= records.end) return undefined;
    const hasGathered = unread.bytes >= limits.minBytes && unread.items >= limits.minItems;
    if (hasGathered || home.isSealed()) return 0;
    return Math.max(0, records.at(readAt).appendedMs + limits.flushMs - home.clock.now());
  };

  const take = (limits: SliceLimits): Slice => {
    const from = readAt;
    const amount: Amount = { items: 0, bytes: 0, requests: 0 };
    const chunks: Uint8Array[] = [];
    for (; readAt < records.end; readAt += 1) {
      const record = records.at(readAt);
      const isOver =
        amount.bytes + record.bytes.byteLength > limits.maxBytes ||
        amount.items + record.items > limits.maxItems;
      if (isOver && chunks.length > 0) break;
      chunks.push(record.bytes);
      change(amount, sizeOf(record), 1);
    }
    out.set(from, amount);
    change(unread, amount, -1);
    const id = `${home.idPrefix}/${from}-${readAt}`;
    const bytes = concatenate(chunks, amount.bytes);
    return { id, from, to: readAt, signal: home.signal, bytes, items: amount.items };
  };

  return {
    recoveredItems: 0,
    get backlog(): Backlog {
      const oldestMs = owed.requests > 0 ? records.at(lowestOwed()).appendedMs : undefined;
      return { ...owed, oldestMs };
    },
    get lowestOwed() {
      return lowestOwed();
    },
    next: async (limits, abort) => {
      while (!abort.aborted) {
        const again = abandoned.shift();
        if (again !== undefined) return again;
        const waitMs = dueInMs(limits);
        if (waitMs === 0) return take(limits);
        if (waitMs === undefined && home.isSealed()) return undefined;
        await waitForWake(waiters, waitMs, abort);
      }
      return undefined;
    },
    done: (slice) => {
      const amount = out.get(slice.from);
      if (amount === undefined) return;
      out.delete(slice.from);
      change(owed, amount, -1);
      home.trim();
    },
    abandon: (slice) => {
      abandoned.push(slice);
      abandoned.sort((left, right) => left.from - right.from);
      wakeAll(waiters);
    },
    hasRoom: (record) => {
      // A record over the whole quota must not wedge an idle exporter.
      if (owed[quota.sizer] === 0) return true;
      const droppable = quota.onFull === 'drop_oldest' ? unread[quota.sizer] : 0;
      const stays = owed[quota.sizer] - droppable;
      return stays === 0 || stays + sizeOf(record)[quota.sizer] <= quota.size;
    },
    makeRoom: (record) => {
      const added = sizeOf(record)[quota.sizer];
      while (readAt < records.end && owed[quota.sizer] + added > quota.size) {
        const oldest = sizeOf(records.at(readAt));
        readAt += 1;
        change(owed, oldest, -1);
        change(unread, oldest, -1);
        options.onDropped(oldest.items);
      }
    },
    appended: (record) => {
      const size = sizeOf(record);
      change(owed, size, 1);
      change(unread, size, 1);
      wakeAll(waiters);
    },
    wake: () => {
      wakeAll(waiters);
    },
    fullError: () => new LogFullError(options.exporterId),
  };
}

/** Waits for an append, the log's end, the abort, or `waitMs`. The timer does not keep the process alive. */
function waitForWake(
  waiters: Set<() => void>,
  waitMs: number | undefined,
  abort: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      waiters.delete(wake);
      abort.removeEventListener('abort', wake);
      resolve();
    };
    const timer = waitMs === undefined ? undefined : setTimeout(wake, Math.max(1, waitMs)).unref();
    waiters.add(wake);
    abort.addEventListener('abort', wake, { once: true });
  });
}

function wakeAll(waiters: ReadonlySet<() => void>): void {
  for (const wake of waiters) wake();
}

function sizeOf(record: LogRecord): Amount {
  return { items: record.items, bytes: record.bytes.byteLength, requests: record.requests };
}

function change(amount: Amount, by: Amount, sign: 1 | -1): void {
  amount.items += sign * by.items;
  amount.bytes += sign * by.bytes;
  amount.requests += sign * by.requests;
}

function concatenate(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const joined = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.byteLength;
  }
  return joined;
}
