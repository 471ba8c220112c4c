import type { Amount } from '../amount.ts';
import type { LossCause, Position } from '../log.ts';

/** A slice as it leaves the log's thread. */
export interface ReadSlice {
  readonly from: Position;
  readonly to: Position;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly amount: Readonly<Amount>;
}

/** What happened to a place, which is named by its number. */
export type PlaceEvent =
  | {
      readonly kind: 'slice';
      readonly place: number;
      readonly ticket: number;
      readonly slice: ReadSlice;
    }
  /** The log is sealed and the place has nothing more. */
  | { readonly kind: 'ended'; readonly place: number; readonly ticket: number }
  | {
      readonly kind: 'dropped';
      readonly place: number;
      readonly amount: Readonly<Amount>;
      readonly cause: LossCause;
    }
  /** When the oldest record that the place owes was appended. */
  | { readonly kind: 'oldest'; readonly place: number; readonly oldestMs: number | undefined };

/** What happened to a log's appends, which are named by their numbers, and to its size. */
export type LogChange =
  | {
      readonly kind: 'committed';
      readonly appends: readonly number[];
      readonly positions: readonly Position[];
    }
  | { readonly kind: 'full'; readonly append: number; readonly exporterId: string }
  | { readonly kind: 'failed'; readonly appends: readonly number[]; readonly message: string }
  /** Bytes on disk. */
  | { readonly kind: 'size'; readonly bytes: number }
  /** Bytes that only wait for exporters that no configuration has. */
  | {
      readonly kind: 'orphans';
      readonly orphans: readonly { readonly exporterId: string; readonly bytes: number }[];
    };

/** What is counted, and what an operator should know. */
export type Incident =
  | { readonly kind: 'synced'; readonly seconds: number }
  /** The end of the last segment was not whole, and was cut off. */
  | { readonly kind: 'truncated'; readonly bytes: number }
  | { readonly kind: 'corrupt'; readonly records: number }
  /** A file, or a part of one, cannot be read and lies aside under this path. */
  | { readonly kind: 'quarantined'; readonly path: string }
  /** The exporter's cursor could not be read: all that the log holds is delivered again. */
  | { readonly kind: 'replayed'; readonly exporterId: string; readonly path: string }
  /** A segment could not be read or removed, or a cursor not written; it is tried again. */
  | { readonly kind: 'upkeep_failed'; readonly message: string };

/** What a log tells the main thread, in the order in which it happened. */
export type LogEvent = PlaceEvent | LogChange | Incident;

/** Takes the events of a log. */
export type EmitLogEvent = (event: LogEvent) => void;
