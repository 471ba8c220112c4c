import assert from 'node:assert/strict';
import type { Sink } from './sink.ts';

/** What came of all spans sent so far, seen from one sink. */
export interface Comparison {
  readonly acknowledged: number;
  /** Acknowledged and never taken by the sink: lost. */
  readonly missing: readonly number[];
  /** Taken more than once. */
  readonly duplicated: readonly number[];
  /** Taken and never sent. */
  readonly spurious: readonly number[];
}

/** Knows which spans were sent and which the daemon is obliged to deliver, because it said OK. */
export interface Oracle {
  /** Ids for a request to be sent: the first of `count` in a row. */
  issue(count: number): number;
  acknowledge(firstId: number, count: number): void;
  readonly acknowledged: ReadonlySet<number>;
  /** Whether the sink has taken all that was acknowledged. */
  isFulfilledBy(sink: Sink): boolean;
  compare(sink: Sink): Comparison;
}

/** Starts with id 1: a span id of zeros is invalid. */
export function createOracle(): Oracle {
  const acknowledged = new Set<number>();
  let nextId = 1;
  return {
    acknowledged,
    issue: (count) => {
      nextId += count;
      return nextId - count;
    },
    acknowledge: (firstId, count) => {
      for (let id = firstId; id < firstId + count; id += 1) acknowledged.add(id);
    },
    isFulfilledBy: ({ taken }) => {
      if (taken.size < acknowledged.size) return false;
      for (const id of acknowledged) if (!taken.has(id)) return false;
      return true;
    },
    compare: ({ taken }) => ({
      acknowledged: acknowledged.size,
      missing: [...acknowledged].filter((id) => !taken.has(id)),
      duplicated: [...taken].filter(([, times]) => times > 1).map(([id]) => id),
      spurious: [...taken.keys()].filter((id) => id < 1 || id >= nextId),
    }),
  };
}

/** Waits until the sink has all that was acknowledged, and asserts that it has nothing that was never sent. */
export async function untilFulfilled(oracle: Oracle, sink: Sink): Promise<void> {
  await sink.until('every acknowledged span', () => oracle.isFulfilledBy(sink));
  const { missing, spurious } = oracle.compare(sink);
  assert.deepEqual({ missing, spurious }, { missing: [], spurious: [] });
}
