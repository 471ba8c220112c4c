/** Where a record lies in a log: counts records from 0 over the log's whole life. */
export type Position = number;

/** Contiguous records of a log: one valid export request, because export requests concatenate. */
export interface Slice {
  readonly from: Position;
  /** Position after the last record. */
  readonly to: Position;
  readonly bytes: Uint8Array;
  readonly items: number;
  /** When the oldest of its records was appended, in milliseconds since the epoch. */
  readonly appendedMs: number;
}

/** When a slice is worth taking, and how large it may be. A record is never cut: one that is over a maximum comes alone. */
export interface SliceLimits {
  readonly minBytes: number;
  readonly minItems: number;
  readonly maxBytes: number;
  readonly maxItems: number;
  /** Take what there is once its oldest record has waited this long. */
  readonly flushMs: number;
}

/** How much an exporter may leave owing, and what happens then. */
export interface Quota {
  readonly size: number;
  readonly sizer: 'bytes' | 'items' | 'requests';
  readonly onFull: 'refuse' | 'drop_oldest';
}

/** What an exporter owes: appended and neither settled nor dropped, slices in flight included. */
export interface Backlog {
  readonly items: number;
  readonly bytes: number;
  /** When the oldest owed record was appended; undefined where nothing is owed. */
  readonly oldestMs: number | undefined;
}

/** What one exporter still owes. Used by one delivery loop. */
export interface Cursor {
  /**
   * The next slice, as soon as the limits allow one. Slices may be taken while earlier ones are in flight, and settled
   * in any order. Rejects with the signal's reason when it aborts, and then nothing was taken.
   */
  next(limits: SliceLimits, signal: AbortSignal): Promise<Slice>;
  /** Settles a slice: it was delivered or given up on, and will not come again. */
  done(slice: Slice): void;
  /** Puts an unsettled slice back in its place, to be taken again first: shutdown ran out of time. */
  abandon(slice: Slice): void;
  readonly backlog: Backlog;
  /** Items that were found in the log when it was opened. */
  readonly recoveredItems: number;
}

/** What a cursor is opened with. */
export interface CursorOptions {
  readonly exporter: string;
  readonly quota: Quota;
  /** Called with the items of records that a `drop_oldest` quota pushed out. */
  onDropped(items: number): void;
}

/** What has been acknowledged: append-only, and the only holder of data at rest. */
export interface Log {
  /**
   * Resolves once the bytes are as durable as the log's mode promises. The log keeps the bytes: the caller must not
   * write to them.
   * @throws LogFullError where an exporter's quota with `on_full: refuse` has no room; then nothing has changed.
   */
  append(bytes: Uint8Array, items: number): Promise<Position>;
  /** Opens an exporter's cursor: where it stood for a known exporter, at the head for a new one. */
  openCursor(options: CursorOptions): Promise<Cursor>;
  /** Bytes held. */
  readonly bytes: number;
  /** Ends all waiting; what is unsettled stays where the log keeps it. Safe twice. */
  close(): Promise<void>;
}

/** An exporter owes as much as its quota allows, and asks that new requests be refused rather than old ones dropped. */
export class LogFullError extends Error {
  override readonly name = 'LogFullError';
  readonly exporter: string;

  constructor(exporter: string) {
    super(`the queue of exporter ${exporter} is full`);
    this.exporter = exporter;
  }
}
