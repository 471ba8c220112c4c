import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Reservation } from '../component/budget.ts';
import { createByteBudget } from './byte-budget.ts';

const mib = 1024 ** 2;

/** A clock whose sleepers wake when the test says so. */
function createManualClock(): {
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  wakeAll(): Promise<void>;
} {
  const sleepers = new Set<() => void>();
  return {
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.add(resolve);
        signal?.addEventListener('abort', () => {
          sleepers.delete(resolve);
          reject(new Error('aborted'));
        });
      }),
    async wakeAll() {
      for (const wake of sleepers) wake();
      sleepers.clear();
      await settled();
    },
  };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function reserveNow(
  budget: ReturnType<typeof createByteBudget>,
  bytes: number,
): Promise<Reservation> {
  const reservation = await budget.reserve(bytes, 0);
  assert.ok(reservation);
  return reservation;
}

test('a request that fits is granted at once and given back on release', async () => {
  const budget = createByteBudget(100);
  const reservation = await reserveNow(budget, 60);
  assert.equal(budget.reserved, 60);
  reservation.release();
  assert.equal(budget.reserved, 0);
});

test('release is safe twice, and settle after release changes nothing', async () => {
  const budget = createByteBudget(100);
  const reservation = await reserveNow(budget, 60);
  const other = await reserveNow(budget, 40);
  reservation.release();
  reservation.release();
  reservation.settle(90);
  assert.equal(budget.reserved, 40);
  other.release();
  assert.equal(budget.reserved, 0);
});

test('those who hold some and wait for more never wait for each other', async () => {
  const clock = createManualClock();
  const budget = createByteBudget(100, { clock });
  const parts = await Promise.all([1, 2, 3, 4].map(() => reserveNow(budget, 25)));
  const late = budget.reserve(10, 1000);
  const done: number[] = [];
  const all = parts.map(async (part, index) => {
    const more = await budget.reserve(60, 1000, part);
    assert.ok(more);
    assert.ok(budget.reserved <= 160);
    await settled();
    done.push(index);
    more.release();
    part.release();
  });
  await Promise.all(all);
  assert.deepEqual(done, [0, 1, 2, 3]);
  (await late)?.release();
  assert.equal(budget.reserved, 0);
});

test('one that holds some goes over the limit only where nobody else could release any', async () => {
  const clock = createManualClock();
  const budget = createByteBudget(100, { clock });
  const busy = await reserveNow(budget, 50);
  const part = await reserveNow(budget, 50);
  const more = budget.reserve(20, 1000, part);
  await settled();
  assert.equal(budget.reserved, 100);
  busy.settle(40);
  await settled();
  assert.equal(budget.reserved, 90);
  busy.release();
  (await more)?.release();
  assert.equal(budget.reserved, 50);
});

test('more than the whole budget is refused without waiting', async () => {
  assert.equal(await createByteBudget(100).reserve(101, 60_000), undefined);
});

test('a full budget refuses at once where no wait is allowed', async () => {
  const budget = createByteBudget(100);
  await reserveNow(budget, 100);
  assert.equal(await budget.reserve(1, 0), undefined);
});

test('a waiter is granted when enough comes free', async () => {
  const budget = createByteBudget(100);
  const first = await reserveNow(budget, 100);
  const waiting = budget.reserve(50, 60_000);
  first.settle(40);
  assert.equal((await waiting)?.bytes, 50);
  assert.equal(budget.reserved, 90);
});

test('a waiter whose time is up gets nothing and lets those behind it pass', async () => {
  const clock = createManualClock();
  const budget = createByteBudget(100, { clock });
  await reserveNow(budget, 60);
  const large = budget.reserve(80, 1000);
  await clock.wakeAll();
  assert.equal(await large, undefined);
  assert.ok(await budget.reserve(40, 0));
});

test('a small request does not overtake a large one that waits', async () => {
  const budget = createByteBudget(100);
  const first = await reserveNow(budget, 60);
  const order: string[] = [];
  const large = budget.reserve(80, 60_000).then(() => order.push('large'));
  const small = budget.reserve(10, 60_000).then(() => order.push('small'));
  await settled();
  assert.deepEqual(order, []);
  first.release();
  await Promise.all([large, small]);
  assert.deepEqual(order, ['large', 'small']);
});

test('settling up may go over the limit, and nobody is let in until it is paid back', async () => {
  const budget = createByteBudget(100);
  const first = await reserveNow(budget, 10);
  first.settle(150);
  assert.equal(budget.reserved, 150);
  assert.equal(await budget.reserve(1, 0), undefined);
  first.settle(99);
  assert.ok(await budget.reserve(1, 0));
});

test('under any order of calls the limit holds, and every waiter gets an answer in turn', async () => {
  const step = fc.oneof(
    fc.record({ op: fc.constant('reserve' as const), bytes: fc.integer({ min: 0, max: 120 }) }),
    fc.record({ op: fc.constant('release' as const), bytes: fc.nat(30) }),
    fc.record({ op: fc.constant('shrink' as const), bytes: fc.nat(30) }),
    fc.record({ op: fc.constant('expire' as const), bytes: fc.constant(0) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = createManualClock();
      const budget = createByteBudget(100, { clock });
      const held: Reservation[] = [];
      const granted: number[] = [];
      let asked = 0;
      let answered = 0;
      for (const { op, bytes } of steps) {
        if (op === 'reserve') {
          const turn = asked++;
          void budget.reserve(bytes, 1000).then((reservation) => {
            answered += 1;
            if (reservation === undefined) return;
            held.push(reservation);
            granted.push(turn);
          });
        } else if (op === 'release') held.splice(bytes % (held.length || 1), 1)[0]?.release();
        else if (op === 'shrink') {
          const one = held[bytes % (held.length || 1)];
          one?.settle(Math.min(one.bytes, bytes));
        } else await clock.wakeAll();
        await settled();
        assert.ok(budget.reserved <= budget.limit);
        assert.equal(
          budget.reserved,
          held.reduce((sum, one) => sum + one.bytes, 0),
        );
      }
      await clock.wakeAll();
      assert.equal(answered, asked);
      assert.deepEqual(
        granted,
        granted.toSorted((a, b) => a - b),
      );
    }),
  );
});

test('no more wait than could fill the budget with what they have sent unread', async () => {
  const budget = createByteBudget(8 * mib);
  const all = budget.take(8 * mib);
  const waiting = Array.from({ length: 128 }, () => budget.reserve(1, 60_000));
  assert.equal(await budget.reserve(1, 60_000), undefined);
  all?.release();
  assert.ok((await Promise.all(waiting)).every((reservation) => reservation !== undefined));
});

test('a budget that is not wide open lets in fewer, those who hold some all the same, and opens by itself', async () => {
  const clock = createManualClock();
  let share = 0.5;
  const budget = createByteBudget(8 * mib, { clock, openShare: () => share });
  const first = await reserveNow(budget, 3 * mib);
  assert.equal(budget.take(2 * mib), undefined);
  const more = budget.take(2 * mib, first);
  assert.ok(more);
  const late = budget.reserve(2 * mib, 1000);
  share = 1;
  await clock.wakeAll();
  const granted = await late;
  assert.equal(granted?.bytes, 2 * mib);
  assert.equal(budget.reserved, 7 * mib);
});

test('a request over what is open is let in where nothing is reserved', async () => {
  const clock = createManualClock();
  const budget = createByteBudget(8 * mib, { clock, openShare: () => 1 / 16 });
  const first = await reserveNow(budget, 5 * mib);
  const second = budget.reserve(5 * mib, 1000);
  first.release();
  assert.equal((await second)?.bytes, 5 * mib);
});

test('a budget that becomes narrow says so once, until it is wide again', async () => {
  const clock = createManualClock();
  let share = 1;
  let narrowed = 0;
  const openShare = (): number => share;
  const onNarrowed = (): void => {
    narrowed += 1;
  };
  const budget = createByteBudget(8 * mib, { clock, openShare, onNarrowed });
  (await reserveNow(budget, mib)).release();
  assert.equal(narrowed, 0);
  share = 0.5;
  (await reserveNow(budget, mib)).release();
  (await reserveNow(budget, mib)).release();
  assert.equal(narrowed, 1);
  share = 1;
  await clock.wakeAll();
  share = 0.5;
  (await reserveNow(budget, mib)).release();
  assert.equal(narrowed, 2);
});

describe('a budget that is adjusted', () => {
  test('lets in what fits into the larger one, at once', async () => {
    const budget = createByteBudget(100);
    await reserveNow(budget, 80);
    const waiting = budget.reserve(60, 1000);
    budget.adjust(200, () => 1);
    assert.equal((await waiting)?.bytes, 60);
    assert.equal(budget.limit, 200);
  });

  test('refuses who waits for more than the smaller one, and not those behind', async () => {
    const budget = createByteBudget(100);
    const first = await reserveNow(budget, 80);
    const large = budget.reserve(60, 1000);
    const small = budget.reserve(40, 1000);
    budget.adjust(50, () => 1);
    assert.equal(await large, undefined);
    first.release();
    assert.equal((await small)?.bytes, 40);
  });

  test('is opened as far as the new share says', async () => {
    const budget = createByteBudget(100);
    await reserveNow(budget, 10);
    budget.adjust(100, () => 0.5);
    assert.equal(budget.take(50), undefined);
    assert.equal(budget.take(40)?.bytes, 40);
  });
});
