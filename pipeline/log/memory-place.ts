import { concatenate } from '../batch/concatenate.ts';
import type { Clock } from '../component/context.ts';
import type { Signal } from '../component/signal.ts';
import { changeAmount, emptyAmount, hasGathered } from './amount.ts';
import type { Amount } from './amount.ts';
import { LogFullError } from './log.ts';
import type { Backlog, CursorOptions, LogRecord, Position, Slice, SliceLimits } from './log.ts';
import type { Place } from './place.ts';
import type { RecordQueue } from './record-queue.ts';
import { createWaitingLine } from './waiting-line.ts';

/** What a place needs of its log. */
export interface PlaceHome {
  readonly signal: Signal;
  readonly idPrefix: string;
  readonly clock: Clock;
  readonly records: RecordQueue;
  isSealed(): boolean;
  /** Frees what no exporter needs any more, and tells who waits for it to be settled. */
  trim(): void;
  /** Forgets the exporter. */
  forget(exporterId: string): void;
}

/** A place as its log sees it. */
export interface MemoryPlace extends Place {
  /** Records below it are not needed here any more: slices that are out hold their bytes themselves. */
  readonly readAt: Position;
  /** The oldest record that it owes, read or not; the end of the log where it owes none. */
  readonly lowestOwed: Position;
  /** Bytes of the slices that are out. */
  readonly outBytes: number;
  hasRoom(record: LogRecord): boolean;
  /** Drops the oldest records that are not out until the record fits; only where `hasRoom` said it can. */
  makeRoom(record: LogRecord): void;
  appended(record: LogRecord): void;
  wake(): void;
  fullError(): LogFullError;
}

/** Records are copied to stand in one slice; past so many bytes that costs more than a slice of their own. */
const worthJoining = 256 * 1024;

/** A slice that is out. */
interface Taken {
  readonly slice: Slice;
  readonly amount: Amount;
  /** When its oldest record was appended, in milliseconds since the epoch. */
  readonly appendedMs: number;
}

/** Creates an exporter's place at the end of the log. */
export function createMemoryPlace(options: CursorOptions, home: PlaceHome): MemoryPlace {
  return new PlaceInMemory(options, home);
}

class PlaceInMemory implements MemoryPlace {
  readonly recoveredItems = 0;
  readonly #home: PlaceHome;
  #options: CursorOptions;
  /** Appended and not settled, slices that are out included. */
  readonly #owed: Amount = emptyAmount();
  /** The part of it that no slice has taken. */
  readonly #unread: Amount = emptyAmount();
  readonly #out = new Map<Position, Taken>();
  readonly #abandoned: Slice[] = [];
  readonly #line = createWaitingLine();
  #isWaking = false;
  #readAt: Position;

  constructor(options: CursorOptions, home: PlaceHome) {
    this.#options = options;
    this.#home = home;
    this.#readAt = home.records.end;
  }

  get backlog(): Backlog {
    const { records } = this.#home;
    const unread = this.#readAt < records.end ? records.at(this.#readAt).appendedMs : Infinity;
    const out = [...this.#out.values()].map(({ appendedMs }) => appendedMs);
    const oldestMs = Math.min(unread, ...out);
    return { ...this.#owed, oldestMs: oldestMs === Infinity ? undefined : oldestMs };
  }

  get lowestOwed(): Position {
    return Math.min(this.#readAt, ...this.#out.keys());
  }

  get readAt(): Position {
    return this.#readAt;
  }

  get outBytes(): number {
    return this.#owed.bytes - this.#unread.bytes;
  }

  async next(
    limits: SliceLimits,
    abort: AbortSignal,
    closed: AbortSignal,
  ): Promise<Slice | undefined> {
    while (!abort.aborted && !closed.aborted) {
      const waitMs = this.#abandoned.length > 0 ? 0 : this.#dueInMs(limits);
      if (waitMs === 0) {
        const slice = this.#abandoned.shift() ?? this.#take(limits);
        if (this.#abandoned.length > 0 || this.#readAt < this.#home.records.end) {
          this.#line.wakeOne();
        }
        return slice;
      }
      if (waitMs === undefined && this.#home.isSealed()) return undefined;
      await this.#line.wait(waitMs, [abort, closed]);
    }
    // It may have been woken for something that another can take.
    this.#line.wakeOne();
    return undefined;
  }

  done(slice: Slice): void {
    const taken = this.#out.get(slice.from);
    if (taken === undefined) return;
    this.#out.delete(slice.from);
    changeAmount(this.#owed, taken.amount, -1);
    this.#home.trim();
  }

  abandon(slice: Slice): void {
    if (!this.#out.has(slice.from) || this.#abandoned.includes(slice)) return;
    this.#abandoned.push(slice);
    this.#abandoned.sort((left, right) => left.from - right.from);
    this.#line.wakeOne();
  }

  hold(options: CursorOptions): void {
    this.#options = options;
  }

  release(): void {
    this.#abandoned.length = 0;
    for (const { slice } of this.#out.values()) this.#abandoned.push(slice);
    this.#abandoned.sort((left, right) => left.from - right.from);
  }

  leave(isUnused: boolean): number {
    this.#home.forget(this.#options.exporterId);
    return isUnused ? 0 : this.#owed.items;
  }

  hasRoom(record: LogRecord): boolean {
    const stays = { ...this.#owed };
    if (this.#options.quota.onFull === 'drop_oldest') changeAmount(stays, this.#unread, -1);
    // A record over the whole quota must not wedge an idle exporter.
    return stays.requests === 0 || this.#fits(stays, sizeOf(record));
  }

  makeRoom(record: LogRecord): void {
    const { records } = this.#home;
    const added = sizeOf(record);
    while (this.#readAt < records.end && !this.#fits(this.#owed, added)) {
      const oldest = sizeOf(records.at(this.#readAt));
      this.#readAt += 1;
      changeAmount(this.#owed, oldest, -1);
      changeAmount(this.#unread, oldest, -1);
      this.#options.onDropped(oldest.items, 'quota');
    }
  }

  appended(record: LogRecord): void {
    const size = sizeOf(record);
    changeAmount(this.#owed, size, 1);
    changeAmount(this.#unread, size, 1);
    this.#wakeSoon();
  }

  wake(): void {
    this.#line.wakeAll();
  }

  fullError(): LogFullError {
    return new LogFullError(this.#options.exporterId);
  }

  /** What else arrives in this turn of the event loop comes along in one slice, at no wait. */
  #wakeSoon(): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    setImmediate(() => {
      this.#isWaking = false;
      this.#line.wakeOne();
    });
  }

  #fits(owed: Amount, added: Amount): boolean {
    const { sizer, size, maxBytes = Infinity } = this.#options.quota;
    return owed[sizer] + added[sizer] <= size && owed.bytes + added.bytes <= maxBytes;
  }

  /** Milliseconds until what there is should be taken; 0 where it should be now, undefined where there is nothing. */
  #dueInMs(limits: SliceLimits): number | undefined {
    const { records, clock } = this.#home;
    if (this.#readAt >= records.end) return undefined;
    if (hasGathered(this.#unread, limits) || this.#home.isSealed()) return 0;
    return Math.max(0, records.at(this.#readAt).heldSinceMs + limits.flushMs - clock.monotonic());
  }

  #take(limits: SliceLimits): Slice {
    const { records, idPrefix, signal } = this.#home;
    const from = this.#readAt;
    const { appendedMs } = records.at(from);
    const amount: Amount = emptyAmount();
    const chunks: Uint8Array[] = [];
    for (; this.#readAt < records.end; this.#readAt += 1) {
      const record = records.at(this.#readAt);
      const size = amount.bytes + record.bytes.byteLength;
      const isOver = size > limits.maxBytes || amount.items + record.items > limits.maxItems;
      const isEnough = size > worthJoining && hasGathered(amount, limits);
      if ((isOver || isEnough) && chunks.length > 0) break;
      chunks.push(record.bytes);
      changeAmount(amount, sizeOf(record), 1);
    }
    changeAmount(this.#unread, amount, -1);
    const to = this.#readAt;
    const [only] = chunks;
    const bytes = chunks.length === 1 && only !== undefined ? only : concatenate(chunks);
    const { items } = amount;
    const slice: Slice = { id: `${idPrefix}/${from}-${to}`, from, to, signal, bytes, items };
    this.#out.set(from, { slice, amount, appendedMs });
    this.#home.trim();
    return slice;
  }
}

function sizeOf(record: LogRecord): Amount {
  return { items: record.items, bytes: record.bytes.byteLength, requests: record.requests };
}
