import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createConcurrency } from './concurrency.ts';
import type { Concurrency, Load } from './concurrency.ts';

const never = new AbortController().signal;

/** A limit under rounds of attempts that all start together and each take as long as `elapsedMs` says. */
function createRounds(most: number): {
  readonly concurrency: Concurrency;
  readonly round: (load: Load, elapsedMs: (attempts: number) => number) => number;
} {
  let nowMs = 0;
  const clock = { now: () => nowMs, monotonic: () => nowMs, sleep: () => Promise.resolve() };
  const concurrency = createConcurrency(most, clock);
  return {
    concurrency,
    round: (load, elapsedMs) => {
      let attempts = 0;
      while (attempts < concurrency.limit && concurrency.acquire(never) === undefined)
        attempts += 1;
      const tookMs = elapsedMs(attempts);
      nowMs += tookMs;
      for (let index = 0; index < attempts; index += 1) concurrency.release(load, tookMs);
      return concurrency.limit;
    },
  };
}

describe('adaptive concurrency', () => {
  it('begins at the most, and stays there while answers keep their pace', () => {
    const { round } = createRounds(8);
    for (let index = 0; index < 20; index += 1)
      assert.equal(
        round('taken', () => 100),
        8,
      );
  });

  it('falls to one attempt under a sink that is overloaded, and never below', () => {
    const { round } = createRounds(8);
    const limits = Array.from({ length: 6 }, () => round('overloaded', () => 10));
    assert.equal(limits.at(-1), 1);
  });

  it('rises by one a round trip once the sink takes what it is sent', () => {
    const { round } = createRounds(4);
    while (round('overloaded', () => 10) > 1);
    assert.deepEqual(
      Array.from({ length: 4 }, () => round('taken', () => 10)),
      [2, 3, 4, 4],
    );
  });

  it('settles where a sink begins to queue', () => {
    const { round } = createRounds(64);
    const queueing = (attempts: number): number =>
      attempts <= 8 ? 100 : 100 + 80 * (attempts - 8);
    while (round('overloaded', () => 100) > 1);
    const limits = Array.from({ length: 200 }, () => round('taken', queueing)).slice(100);
    const mean = limits.reduce((sum, limit) => sum + limit, 0) / limits.length;
    assert.ok(mean > 4 && mean < 24, `on average ${mean} at once`);
  });

  it('lets the next one start when one is done, in order, and lets go of those that are aborted', async () => {
    const concurrency = createConcurrency(1, {
      now: () => 0,
      monotonic: () => 0,
      sleep: () => Promise.resolve(),
    });
    const order: string[] = [];
    const abort = new AbortController();
    assert.equal(concurrency.acquire(never), undefined);
    const second = concurrency.acquire(never)?.then(() => order.push('second'));
    const gone = concurrency.acquire(abort.signal)?.catch(() => order.push('gone'));
    const third = concurrency.acquire(never)?.then(() => order.push('third'));
    abort.abort();
    await gone;
    concurrency.release('unknown', 0);
    await second;
    concurrency.release('unknown', 0);
    await third;
    assert.deepEqual(order, ['gone', 'second', 'third']);
  });
});
