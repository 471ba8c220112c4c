import { freeMemory } from '../../admission/free-memory.ts';
import { changeAmount, emptyAmount } from '../amount.ts';
import type { Amount } from '../amount.ts';
import type { DiskHealth } from './disk-health.ts';
import type { DiskPlace } from './disk-place.ts';
import type { EmitLogEvent } from './events.ts';
import { messageOf } from './message-of.ts';
import { sumOf } from './segment-writer.ts';
import type { Commit, SegmentWriter } from './segment-writer.ts';

/** An append as it reaches the log's thread. */
export interface Append {
  /** Names it in events. */
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly items: number;
  readonly requests: number;
}

/** Appends that wait to be committed together. */
export interface AppendQueue {
  readonly length: number;
  /** Takes an append, or refuses it where a quota or the disk is full. */
  add(append: Append): void;
  /** Commits a group. */
  commit(): void;
}

/** What a queue needs of its log. */
export interface AppendQueueOptions {
  readonly writer: SegmentWriter;
  readonly places: ReadonlyMap<number, DiskPlace>;
  readonly health: DiskHealth;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly emit: EmitLogEvent;
}

/**
 * A group is no larger than this. A sync costs little more than its bytes from here on, and whoever was answered with one
 * group has appended again by the time the next is on the disk: the disk does not wait for them, nor they for each other.
 */
const maxGroupBytes = 4 * 1024 * 1024;

/** Creates an empty queue. */
export function createAppendQueue(options: AppendQueueOptions): AppendQueue {
  const { places, health, now, emit, writer } = options;
  let pending: Append[] = [];
  const pendingAmount = emptyAmount();
  const add = (append: Append): void => {
    if (health.refusal !== undefined) {
      emit({ kind: 'failed', appends: [append.number], message: health.refusal });
      return;
    }
    const amount = amountOf(append);
    for (const place of places.values()) {
      if (place.hasRoom(amount, pendingAmount)) continue;
      emit({ kind: 'full', append: append.number, exporterId: place.exporterId });
      return;
    }
    pending.push(append);
    changeAmount(pendingAmount, amount, 1);
  };
  const takeGroup = (): readonly Append[] => {
    let bytes = 0;
    let count = 0;
    for (const append of pending) {
      bytes += append.bytes.byteLength;
      if (bytes > maxGroupBytes && count > 0) break;
      count += 1;
    }
    return pending.splice(0, count);
  };
  const commitGroup = (group: readonly Append[]): void => {
    const commit = writer.commit(group, now());
    const { positions, error } = commit;
    changeAmount(pendingAmount, sumOf(group), -1);
    const committed = group.slice(0, positions.length);
    accountFor(options, committed, commit);
    if (committed.length > 0) {
      emit({ kind: 'committed', appends: committed.map(({ number }) => number), positions });
    }
    if (committed.length === group.length) return;
    health.failed(error);
    // Those behind them would meet the same disk.
    const failed = [...group.slice(positions.length), ...pending];
    pending = [];
    changeAmount(pendingAmount, { ...pendingAmount }, -1);
    const appends = failed.map(({ number }) => number);
    emit({ kind: 'failed', appends, message: health.refusal ?? messageOf(error) });
  };
  return {
    get length() {
      return pending.length;
    },
    add,
    commit: () => {
      const group = takeGroup();
      if (group.length === 0) return;
      commitGroup(group);
      for (const { bytes } of group) freeMemory(bytes);
    },
  };
}

/** A disk that cannot be read leaves a place over its quota until a later append; what was written is written. */
function accountFor(
  { places, emit }: AppendQueueOptions,
  committed: readonly Append[],
  { first, positions }: Commit,
): void {
  const newest = positions.at(-1);
  if (first === undefined || newest === undefined) return;
  const amount = sumOf(committed);
  for (const place of places.values()) {
    if (!place.isHeld) continue;
    place.appended(first, amount);
    try {
      place.makeRoom(newest);
    } catch (error) {
      emit({ kind: 'upkeep_failed', message: messageOf(error) });
    }
  }
}

function amountOf({ bytes, items, requests }: Append): Amount {
  return { items, requests, bytes: bytes.byteLength };
}
