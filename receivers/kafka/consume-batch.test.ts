import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EachBatchPayload } from 'kafkajs';
import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import type { ByteBudget } from '../../pipeline/component/budget.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { consumeBatch } from './consume-batch.ts';

interface Fetched {
  readonly payload: EachBatchPayload;
  readonly committed: string[];
}

/** What kafkajs hands over: messages of one partition, from offset 0 on. */
function fetched(count: number, onHeartbeat: () => void): Fetched {
  const committed: string[] = [];
  const messages = Array.from({ length: count }, (_, offset) => ({
    offset: String(offset),
    value: Buffer.from('x'),
    headers: {},
  }));
  const payload = {
    batch: { topic: 'spans', partition: 0, messages },
    heartbeat: () => {
      onHeartbeat();
      return Promise.resolve();
    },
    commitOffsetsIfNecessary: ({ topics }: { topics: { partitions: { offset: string }[] }[] }) => {
      committed.push(...topics.flatMap((topic) => topic.partitions.map(({ offset }) => offset)));
      return Promise.resolve();
    },
    resolveOffset: () => undefined,
  };
  // These are the parts that are looked at.
  return { payload: payload as unknown as EachBatchPayload, committed };
}

/** Throws where it is asked again and again without a turn of the event loop in between, which would never end. */
function failOnSpinning(budget: ByteBudget): ByteBudget {
  let asked = 0;
  return {
    get limit() {
      return budget.limit;
    },
    get reserved() {
      return budget.reserved;
    },
    get unreadBytes() {
      return budget.unreadBytes;
    },
    take: (bytes, held) => budget.take(bytes, held),
    reserve: (bytes, maxWaitMs, held) => {
      asked += 1;
      assert.ok(asked < 10_000, 'the budget is asked without end');
      return budget.reserve(bytes, maxWaitMs, held);
    },
  };
}

test('more messages than may wait for memory leave time for heartbeats, and are taken in the end', async () => {
  const budget = createByteBudget(100_000);
  const held = budget.take(100_000);
  const beats = { count: 0 };
  const { payload, committed } = fetched(500, () => {
    beats.count += 1;
    if (beats.count === 3) held?.release();
  });
  let taken = 0;
  const consumer = {
    ...createRecordingContext('kafka', {}),
    clock: {
      sleep: (ms: number, signal?: AbortSignal) =>
        sleep(ms, undefined, { ...(signal && { signal }) }),
    },
    ingress: {
      accepts: () => true,
      consume: () => {
        taken += 1;
        return Promise.resolve({ kind: 'accepted', rejectedItems: 0, message: '' } as const);
      },
      settled: () => Promise.resolve(),
    },
    budget: failOnSpinning(budget),
    heartbeatMs: 5,
    ending: new AbortController().signal,
    ended: new AbortController().signal,
    membership: { joins: 1 },
  };
  await consumeBatch(consumer, { signal: 'traces', encoding: 'protobuf', headers: [] }, payload);
  assert.equal(taken, 500);
  assert.deepEqual(committed, ['500']);
  assert.equal(budget.reserved, 0);
});
