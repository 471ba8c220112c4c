import { changeAmount } from './amount.ts';
import type { Amount } from './amount.ts';
import type { StoreChannel } from './disk-channel.ts';
import type { PlaceEvent, ReadSlice } from './disk/events.ts';
import type { Backlog, CursorOptions, LogRecord, Position, Slice, SliceLimits } from './log.ts';
import type { Signal } from '../component/signal.ts';
import type { Place } from './place.ts';

/** A place of a log on disk, as the main thread sees it. */
export interface DiskPlaceProxy extends Place {
  /** A record was committed behind what the place owes. */
  appended(record: Readonly<Amount>, nowMs: number): void;
  receive(event: PlaceEvent): void;
}

/** What a place on the main thread is made of. */
export interface DiskPlaceProxyOptions {
  readonly channel: StoreChannel;
  readonly log: number;
  readonly place: number;
  readonly signal: Signal;
  /** Prefix of slice ids, the log's own for ever. */
  readonly idPrefix: string;
  readonly owed: Readonly<Amount>;
  readonly oldestMs: number | undefined;
  readonly holder: CursorOptions;
  /** The last cursor is gone. */
  readonly onLeave: () => void;
}

interface TakenSlice {
  readonly slice: Slice;
  readonly amount: Readonly<Amount>;
}

/** Creates the main thread's side of a place that was opened. */
export function createDiskPlaceProxy(options: DiskPlaceProxyOptions): DiskPlaceProxy {
  return new PlaceProxy(options);
}

class PlaceProxy implements DiskPlaceProxy {
  readonly recoveredItems: number;
  readonly #options: DiskPlaceProxyOptions;
  readonly #owed: Amount;
  readonly #out = new Map<Position, TakenSlice>();
  /** In order of their positions. */
  readonly #abandoned: Slice[] = [];
  readonly #waiting = new Map<number, (slice: Slice | undefined) => void>();
  #holder: CursorOptions;
  #oldestMs: number | undefined;
  #tickets = 0;

  constructor(options: DiskPlaceProxyOptions) {
    this.#options = options;
    this.#holder = options.holder;
    this.#owed = { ...options.owed };
    this.#oldestMs = options.oldestMs;
    this.recoveredItems = options.owed.items;
  }

  get backlog(): Backlog {
    const oldestMs = this.#owed.requests > 0 ? this.#oldestMs : undefined;
    return { ...this.#owed, oldestMs };
  }

  next(limits: SliceLimits, abort: AbortSignal, closed: AbortSignal): Promise<Slice | undefined> {
    const again = this.#abandoned.shift();
    if (again !== undefined) return Promise.resolve(again);
    if (abort.aborted || closed.aborted) return Promise.resolve(undefined);
    this.#tickets += 1;
    const ticket = this.#tickets;
    const { channel, log, place } = this.#options;
    return new Promise((resolve) => {
      const cancel = (): void => {
        this.#answer(ticket, undefined);
        channel.post({ kind: 'cancel', log, place, ticket });
      };
      this.#waiting.set(ticket, (slice) => {
        abort.removeEventListener('abort', cancel);
        closed.removeEventListener('abort', cancel);
        resolve(slice);
      });
      abort.addEventListener('abort', cancel, { once: true });
      closed.addEventListener('abort', cancel, { once: true });
      channel.post({ kind: 'ask', log, place, ticket, limits });
    });
  }

  done(slice: Slice): void {
    const taken = this.#out.get(slice.from);
    if (taken === undefined) return;
    this.#out.delete(slice.from);
    changeAmount(this.#owed, taken.amount, -1);
    const { channel, log, place } = this.#options;
    channel.post({ kind: 'settle', log, place, from: slice.from });
  }

  abandon(slice: Slice): void {
    if (!this.#out.has(slice.from) || this.#abandoned.includes(slice)) return;
    const [waiting] = this.#waiting.keys();
    if (waiting === undefined) {
      this.#abandoned.push(slice);
      this.#abandoned.sort((left, right) => left.from - right.from);
      return;
    }
    const { channel, log, place } = this.#options;
    channel.post({ kind: 'cancel', log, place, ticket: waiting });
    this.#answer(waiting, slice);
  }

  hold(options: CursorOptions): void {
    if (options === this.#holder) return;
    this.#holder = options;
    const { channel, log, place } = this.#options;
    channel.post({ kind: 'hold', log, place, quota: options.quota });
  }

  release(): void {
    this.#abandoned.length = 0;
    for (const { slice } of this.#out.values()) this.#abandoned.push(slice);
    this.#abandoned.sort((left, right) => left.from - right.from);
  }

  leave(isUnused: boolean): number {
    const { channel, log, place, onLeave } = this.#options;
    channel.post({ kind: 'leave', log, place, isUnused });
    onLeave();
    return 0;
  }

  appended(record: Readonly<Amount>, nowMs: number): void {
    if (this.#owed.requests === 0) this.#oldestMs = nowMs;
    changeAmount(this.#owed, record, 1);
  }

  receive(event: PlaceEvent): void {
    switch (event.kind) {
      case 'slice':
        this.#take(event.ticket, event.slice);
        return;
      case 'ended':
        this.#answer(event.ticket, undefined);
        return;
      case 'dropped':
        changeAmount(this.#owed, event.amount, -1);
        this.#holder.onDropped(event.amount.items, event.cause);
        return;
      case 'oldest':
        this.#oldestMs = event.oldestMs;
    }
  }

  #take(ticket: number, { from, to, bytes, amount }: ReadSlice): void {
    const { idPrefix, signal } = this.#options;
    const id = `${idPrefix}/${from}-${to}`;
    const slice: Slice = { id, from, to, signal, bytes, items: amount.items };
    this.#out.set(from, { slice, amount });
    // Whoever asked may have gone in the meantime.
    if (this.#waiting.has(ticket)) this.#answer(ticket, slice);
    else this.abandon(slice);
  }

  #answer(ticket: number, slice: Slice | undefined): void {
    const answer = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    answer?.(slice);
  }
}

/** The amount of a record. */
export function amountOf(record: LogRecord): Amount {
  return { items: record.items, requests: record.requests, bytes: record.bytes.byteLength };
}
