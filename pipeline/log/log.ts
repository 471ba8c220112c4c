import type { DeliverySettings } from '../component/exporter.ts';
import type { Signal } from '../component/signal.ts';

/** Number of a record in its log, from 0; a plain number, because 2^53 records last 285 years at a million a second. */
export type Position = number;

/** One append: an export request, or several end to end. */
export interface LogRecord {
  /** Not changed by anyone from here on. */
  readonly bytes: Uint8Array;
  /** Whether nobody else looks at the buffer of `bytes` again: then the log may take it away. */
  readonly isExclusive?: boolean;
  readonly items: number;
  /** Client requests in it, for quotas that count requests. */
  readonly requests: number;
}

/** The log cannot take the record without breaking an exporter's quota; nothing has changed. */
export class LogFullError extends Error {
  override readonly name = 'LogFullError';
  /** Whose quota it is. */
  readonly exporterId: string;

  constructor(exporterId: string) {
    super(`the queue of "${exporterId}" is full`);
    this.exporterId = exporterId;
  }
}

/** What one exporter still owes. */
export interface Backlog {
  readonly items: number;
  readonly bytes: number;
  readonly requests: number;
  /** When the oldest record owed was appended, in milliseconds since the epoch; undefined where nothing is owed. */
  readonly oldestMs: number | undefined;
}

/** Contiguous records: end to end they are one valid export request. */
export interface Slice {
  /** Stable over retries, and over restarts where the log is: what sinks may tell a repeat by. */
  readonly id: string;
  readonly from: Position;
  /** Exclusive. */
  readonly to: Position;
  readonly signal: Signal;
  readonly bytes: Uint8Array;
  readonly items: number;
}

/** When a slice is worth taking, and how large it may get. A record is never cut: one over a maximum comes alone. */
export type SliceLimits = DeliverySettings['batch'];

/** Why records were lost to an exporter inside the log: they gave way to newer ones, or the disk no longer gives them back. */
export type LossCause = 'quota' | 'corrupt';

/** What one exporter may owe, and what happens past it. */
export interface CursorOptions {
  readonly exporterId: string;
  readonly quota: DeliverySettings['queue'];
  /** Called with the items of records that will not be handed out; they are owed no more. */
  onDropped(items: number, cause: LossCause): void;
}

/** One exporter's place in a log. Several slices may be out at once, and be settled in any order. */
export interface Cursor {
  /**
   * Resolves with the next slice, waiting until there is one; undefined once the log is sealed and empty, on abort, and
   * after `close`. A cursor opened while the exporter already has one waits until that one is closed.
   */
  next(limits: SliceLimits, abort: AbortSignal): Promise<Slice | undefined>;
  /** The slice is settled, one way or another; its records are owed no more. Does nothing after `close`. */
  done(slice: Slice): void;
  /** Gives an unsettled slice back: it comes again first, with the same id. Does nothing for one that is settled. */
  abandon(slice: Slice): void;
  readonly backlog: Backlog;
  /** Items that the exporter owed when its place was first opened; 0 for a cursor that follows another. */
  readonly recoveredItems: number;
  /**
   * Hands out no more. Slices that are still out come first from the exporter's next cursor, with the same ids. What is
   * owed stays in a durable log, and with a cursor that waits for this one. A new exporter's cursor that was never read
   * from leaves no trace. Safe twice.
   * @returns the items that are lost with it: what a log in memory owes where no cursor follows.
   */
  close(): number;
}

/** What has been acknowledged. Append-only, the only holder of data at rest, shared by all exporters of a pipeline. */
export interface Log {
  readonly signal: Signal;
  /** Bytes held. */
  readonly bytes: number;
  /** Whether what it owes at the end is still there after a restart. */
  readonly isDurable: boolean;
  /**
   * Resolves when the record is as durable as the log promises.
   * @throws LogFullError where a quota is exceeded, Error where the disk fails; then nothing has changed.
   */
  append(record: LogRecord): Promise<Position>;
  /**
   * Opens the exporter's cursor, where it was left, or at the end for a new one; every record appended after the call is
   * in it. An exporter that has an open cursor (a reload) gets one that follows it, at once.
   */
  cursor(options: CursorOptions): Promise<Cursor>;
  /**
   * Resolves once a source that can replay may forget what was appended so far: at once where the log is durable, and in
   * memory when every exporter has settled it.
   */
  settled(): Promise<void>;
  /** No more appends: cursors hand out what there is without waiting for more. For shutdown; a log outlives a reload. */
  seal(): void;
  /** Lets go of everything; a durable log keeps what is owed. Safe twice. */
  close(): Promise<void>;
}
