import type { DeliverySettings } from '../../component/exporter.ts';
import type { Amount } from '../amount.ts';
import type { LossCause, Position } from '../log.ts';
import type { Range } from './cursor-file.ts';
import type { FileSystem } from './file-system.ts';
import type { Segment } from './segment.ts';
import type { SegmentIndex } from './segment-list.ts';
import type { ReadLimits, ReadPoint, SliceRead } from './slice-reader.ts';
import type { FileWindow } from './window.ts';

/** Quota of an exporter. */
export type Quota = DeliverySettings['queue'];

/** What a place needs of its log. */
export interface PlaceHome {
  readonly fs: FileSystem;
  readonly window: FileWindow;
  readonly index: SegmentIndex;
  /** Records that the exporter will not be given. */
  dropped(place: DiskPlace, amount: Readonly<Amount>, cause: LossCause): void;
  /** Positions of damaged records that a reader came across. */
  corruptAt(positions: readonly Position[]): void;
}

/** A slice that was taken. */
export interface TakenSlice extends Range {
  readonly read: SliceRead;
}

/** An exporter's place in a log on disk. */
export interface DiskPlace {
  readonly exporterId: string;
  /** Names it in messages. */
  readonly number: number;
  readonly owed: Readonly<Amount>;
  readonly unread: Readonly<Amount>;
  /** Everything below is settled. */
  readonly lowestOwed: Position;
  /** When the oldest record owed was appended, in milliseconds since the epoch, as far as it is known without reading. */
  readonly oldestMs: number | undefined;
  /** Whether a cursor holds it. What is appended while none does is not its own, and nothing is refused on its account. */
  readonly isHeld: boolean;
  /** When no configuration had it any more, in milliseconds since the epoch; 0 where one has. */
  readonly orphanedMs: number;
  /** Whether records of a segment wait for this exporter. */
  needs(segment: Segment): boolean;
  /** A cursor holds it from now on, with this quota. */
  hold(quota: Quota, head: Position): void;
  /** No cursor holds it any more. */
  orphan(nowMs: number, head: Position): void;
  /** Whether more slices may be out. */
  readonly hasFreeSlot: boolean;
  /** Whether there is a slice to take again that was out when the log was last closed. */
  readonly hasRefill: boolean;
  /** Whether its quota lets a record in behind those that are pending. */
  hasRoom(amount: Readonly<Amount>, pending: Readonly<Amount>): boolean;
  /** Records were committed, the first at `point`. */
  appended(point: ReadPoint, amount: Readonly<Amount>): void;
  /** Drops the oldest records below `newest` until the rest is within the quota, where the quota says so. */
  makeRoom(newest: Position): void;
  /** Takes the next slice; undefined where all that was unread is damaged. */
  take(limits: Pick<ReadLimits, 'maxBytes' | 'maxItems'>): TakenSlice | undefined;
  settle(from: Position): void;
  /** Milliseconds since the epoch of the first record that no slice has taken; reads it. */
  peekMs(): number | undefined;
  /** Writes the cursor file where something has changed, and says whether it has. */
  save(): boolean;
  /** Brings the cursor file to the disk where it is not. @returns true. */
  sync(): true;
  close(): void;
}
