import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createByteBudget } from '../admission/byte-budget.ts';
import { systemClock } from './clock.ts';

test('a time that is longer than a timer can take is not over at once', async () => {
  const end = new AbortController();
  const long = systemClock.sleep(2 ** 40, end.signal).catch(() => 'ended');
  assert.equal(await Promise.race([long, sleep(20, 'waits')]), 'waits');
  end.abort();
  assert.equal(await long, 'ended');
});

test('a request waits for memory however long it may', async () => {
  const budget = createByteBudget(10);
  const held = budget.take(10);
  const waiting = budget.reserve(5, 2 ** 40);
  assert.equal(await Promise.race([waiting, sleep(20, 'waits')]), 'waits');
  held?.release();
  assert.equal((await waiting)?.bytes, 5);
});
