import type { Amount } from '../amount.ts';
import type { Position, SliceLimits } from '../log.ts';
import type { StorageProblem } from '../storage-error.ts';
import type { StorageMode } from '../storage.ts';
import type { StoreHealth } from '../store.ts';
import type { Append } from './append-queue.ts';
import type { Quota } from './disk-place.ts';
import type { LogEvent } from './events.ts';

/** What the thread of a store is started with. */
export interface StoreSpec {
  /** Absolute path. */
  readonly directory: string;
  readonly mode: StorageMode;
  /** A segment that would get larger than this is full; undefined goes by the size of the disk. */
  readonly segmentBytes?: number;
  /** How long the place of an exporter that no configuration has is kept. */
  readonly orphanTtlMs: number;
}

/** Appends of one log, their bodies end to end: cloning an object and a view for each would cost more than small bodies. */
export interface PackedAppends {
  readonly kind: 'appends';
  readonly log: number;
  readonly numbers: readonly number[];
  /** Where each body ends in `bytes`. */
  readonly ends: readonly number[];
  readonly items: readonly number[];
  readonly requests: readonly number[];
  readonly bytes: Uint8Array;
}

/** To the thread. `request` names what is answered with `opened`, `placed` or `refused`; logs and places have numbers. */
export type StoreRequest =
  | { readonly kind: 'open'; readonly request: number; readonly pipeline: string }
  | {
      readonly kind: 'append';
      readonly log: number;
      readonly append: Append;
      /** Whether the buffer of its bytes may be taken from the sending thread. */
      readonly isExclusive: boolean;
    }
  | PackedAppends
  | {
      readonly kind: 'place';
      readonly request: number;
      readonly log: number;
      readonly exporterId: string;
      readonly quota: Quota;
    }
  | { readonly kind: 'hold'; readonly log: number; readonly place: number; readonly quota: Quota }
  | {
      readonly kind: 'leave';
      readonly log: number;
      readonly place: number;
      readonly isUnused: boolean;
    }
  | {
      readonly kind: 'ask';
      readonly log: number;
      readonly place: number;
      readonly ticket: number;
      readonly limits: SliceLimits;
    }
  | {
      readonly kind: 'cancel';
      readonly log: number;
      readonly place: number;
      readonly ticket: number;
    }
  | {
      readonly kind: 'settle';
      readonly log: number;
      readonly place: number;
      readonly from: Position;
    }
  | { readonly kind: 'seal'; readonly log: number }
  | { readonly kind: 'close' };

/** A log's event, with the log's pipeline. */
export interface PipelineEvent {
  readonly kind: 'event';
  readonly pipeline: string;
  readonly event: LogEvent;
}

/** From the thread, in the order in which things happened. */
export type StoreReply =
  /** The directory is locked and can be used. `idPrefix` is its own for ever. */
  | { readonly kind: 'ready'; readonly idPrefix: string }
  | { readonly kind: 'opened'; readonly request: number; readonly log: number }
  | {
      readonly kind: 'placed';
      readonly request: number;
      readonly place: number;
      readonly isNew: boolean;
      readonly owed: Readonly<Amount>;
      readonly oldestMs: number | undefined;
    }
  /** Undefined `request`: the store cannot be opened at all. */
  | {
      readonly kind: 'refused';
      readonly request: number | undefined;
      readonly problem: StorageProblem | undefined;
      readonly message: string;
    }
  | { readonly kind: 'health'; readonly health: StoreHealth }
  | PipelineEvent
  | { readonly kind: 'closed' };
