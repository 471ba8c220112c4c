import type { Clock } from '../component/context.ts';
import type { Backlog, Cursor, CursorOptions, Position, Slice, SliceLimits } from './log.ts';
import type { MemoryRecord, RecordStore } from './memory-log.ts';

interface MemoryCursorOptions extends CursorOptions {
  readonly store: RecordStore;
  readonly clock: Clock;
  /** Lets the log free what no cursor needs any more. */
  release(): void;
}

/** Records and their sums. */
interface Amount {
  bytes: number;
  items: number;
  requests: number;
}

/** A cursor that starts at the head of the store. */
export class MemoryCursor implements Cursor {
  readonly exporter: string;
  readonly recoveredItems = 0;
  readonly #options: MemoryCursorOptions;
  /** Appended and not settled. */
  readonly #owed: Amount = { bytes: 0, items: 0, requests: 0 };
  /** Appended and not taken yet; abandoned slices are not in it. */
  readonly #ready: Amount = { bytes: 0, items: 0, requests: 0 };
  readonly #inFlight = new Map<Position, Slice>();
  readonly #abandoned: Slice[] = [];
  readonly #waiters = new Set<() => void>();
  readonly #closed = new AbortController();
  #next: Position;

  constructor(options: MemoryCursorOptions) {
    this.#options = options;
    this.exporter = options.exporter;
    this.#next = options.store.head;
  }

  /** Lowest position that the cursor may still need. */
  get lowest(): Position {
    let position = this.#next;
    for (const from of this.#inFlight.keys()) position = Math.min(position, from);
    for (const slice of this.#abandoned) position = Math.min(position, slice.from);
    return position;
  }

  get backlog(): Backlog {
    const oldestMs = this.#options.store.at(this.lowest)?.appendedMs;
    return { items: this.#owed.items, bytes: this.#owed.bytes, oldestMs };
  }

  /** Whether the quota takes a record of that size; with `drop_oldest` it always does. */
  hasRoom(bytes: number, items: number): boolean {
    const { quota } = this.#options;
    return quota.onFull === 'drop_oldest' || fits(this.#owed, { bytes, items, requests: 1 }, quota);
  }

  /** A record was put at the head. */
  appended(bytes: number, items: number): void {
    for (const amount of [this.#owed, this.#ready]) {
      amount.bytes += bytes;
      amount.items += items;
      amount.requests += 1;
    }
    while (!fits(this.#owed, nothing, this.#options.quota) && this.#ready.requests > 1) {
      this.#dropOldest();
    }
    this.#wake();
  }

  async next(limits: SliceLimits, signal: AbortSignal): Promise<Slice> {
    for (;;) {
      signal.throwIfAborted();
      this.#closed.signal.throwIfAborted();
      const slice = this.#abandoned.shift() ?? this.#takeReady(limits);
      if (slice !== undefined) {
        this.#inFlight.set(slice.from, slice);
        return slice;
      }
      const flushMs = this.#ready.requests === 0 ? undefined : limits.flushMs - this.#waitedMs();
      await change(this.#waiters, [signal, this.#closed.signal], flushMs);
    }
  }

  done(slice: Slice): void {
    if (!this.#inFlight.delete(slice.from)) return;
    subtract(this.#owed, slice);
    this.#options.release();
  }

  abandon(slice: Slice): void {
    if (!this.#inFlight.delete(slice.from)) return;
    this.#abandoned.push(slice);
    this.#abandoned.sort((left, right) => left.from - right.from);
    this.#wake();
  }

  /** Rejects every waiting `next`. */
  close(): void {
    this.#closed.abort(new Error('the log is closed'));
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter();
  }

  /** How long the oldest record that was not taken has waited. */
  #waitedMs(): number {
    const nowMs = this.#options.clock.now();
    return nowMs - (this.#options.store.at(this.#next)?.appendedMs ?? nowMs);
  }

  #takeReady(limits: SliceLimits): Slice | undefined {
    if (!isWorthTaking(this.#ready, limits, this.#waitedMs())) return undefined;
    return this.#take(recordsFrom(this.#options.store, this.#next, limits));
  }

  #take(records: readonly MemoryRecord[]): Slice {
    const slice = toSlice(records);
    this.#next = slice.to;
    subtract(this.#ready, slice);
    return slice;
  }

  #dropOldest(): void {
    const record = this.#options.store.at(this.#next);
    if (record === undefined) return;
    const slice = this.#take([record]);
    subtract(this.#owed, slice);
    this.#options.onDropped(slice.items);
    this.#options.release();
  }
}

const nothing: Amount = { bytes: 0, items: 0, requests: 0 };

/** An empty queue takes anything: refusing what is over the whole quota would refuse it for ever. */
function fits(owed: Amount, more: Amount, quota: CursorOptions['quota']): boolean {
  return owed.requests === 0 || owed[quota.sizer] + more[quota.sizer] <= quota.size;
}

function subtract(amount: Amount, slice: Slice): void {
  amount.bytes -= slice.bytes.byteLength;
  amount.items -= slice.items;
  amount.requests -= slice.to - slice.from;
}

function isWorthTaking(ready: Amount, limits: SliceLimits, waitedMs: number): boolean {
  if (ready.requests === 0) return false;
  if (waitedMs >= limits.flushMs) return true;
  if (ready.bytes >= limits.maxBytes || ready.items >= limits.maxItems) return true;
  return ready.bytes >= limits.minBytes && ready.items >= limits.minItems;
}

/** At least one record, and as many more as the maxima allow. */
function recordsFrom(store: RecordStore, from: Position, limits: SliceLimits): MemoryRecord[] {
  const records: MemoryRecord[] = [];
  let bytes = 0;
  let items = 0;
  for (
    let record = store.at(from);
    record !== undefined;
    record = store.at(from + records.length)
  ) {
    bytes += record.bytes.byteLength;
    items += record.items;
    if (records.length > 0 && (bytes > limits.maxBytes || items > limits.maxItems)) break;
    records.push(record);
  }
  return records;
}

/** @throws Error where there are no records, which would be a bug of the caller. */
function toSlice(records: readonly MemoryRecord[]): Slice {
  const [first] = records;
  if (first === undefined) throw new Error('a slice has at least one record');
  return {
    from: first.position,
    to: first.position + records.length,
    bytes: records.length === 1 ? first.bytes : Buffer.concat(records.map(({ bytes }) => bytes)),
    items: records.reduce((sum, { items }) => sum + items, 0),
    appendedMs: first.appendedMs,
  };
}

/** Resolves when a waiter is woken, a signal aborts, or `timeoutMs` has passed; never without a timer where one is given. */
function change(
  waiters: Set<() => void>,
  signals: readonly AbortSignal[],
  timeoutMs: number | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = timeoutMs === undefined ? undefined : setTimeout(finish, Math.max(0, timeoutMs));
    function finish(): void {
      clearTimeout(timer);
      waiters.delete(finish);
      for (const signal of signals) signal.removeEventListener('abort', finish);
      resolve();
    }
    waiters.add(finish);
    for (const signal of signals) signal.addEventListener('abort', finish, { once: true });
  });
}
