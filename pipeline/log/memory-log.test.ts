import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Clock } from '../component/context.ts';
import {
  LogFullError,
  type Cursor,
  type Log,
  type Quota,
  type Slice,
  type SliceLimits,
} from './log.ts';
import { createMemoryLog } from './memory-log.ts';

const unlimited: Quota = { size: 1e9, sizer: 'bytes', onFull: 'refuse' };
const atOnce: SliceLimits = {
  minBytes: 0,
  minItems: 0,
  maxBytes: Infinity,
  maxItems: Infinity,
  flushMs: 0,
};
const never = new AbortController().signal;

function createTestClock(): Clock & { nowMs: number } {
  const clock = {
    nowMs: 1000,
    now: (): number => clock.nowMs,
    monotonic: (): number => clock.nowMs,
    sleep: (): Promise<void> => Promise.resolve(),
  };
  return clock;
}

function open(log: Log, quota = unlimited, onDropped: (items: number) => void = () => undefined) {
  return log.openCursor({ exporter: 'otlp', quota, onDropped });
}

/** The next slice where one is ready now, undefined where the cursor would wait. */
async function takeNow(cursor: Cursor, limits = atOnce): Promise<Slice | undefined> {
  const abort = new AbortController();
  const slice = cursor.next(limits, abort.signal);
  setImmediate(() => {
    abort.abort(new Error('nothing is ready'));
  });
  return slice.catch(() => undefined);
}

describe('the memory log', () => {
  test('gives every cursor every record once, joined in order', async () => {
    const log = createMemoryLog(createTestClock());
    const [first, second] = [await open(log), await open(log)];
    await log.append(Buffer.from('ab'), 2);
    await log.append(Buffer.from('c'), 1);
    for (const cursor of [first, second]) {
      const slice = await cursor.next(atOnce, never);
      assert.equal(Buffer.from(slice.bytes).toString(), 'abc');
      assert.equal(slice.items, 3);
      cursor.done(slice);
      assert.equal(cursor.backlog.items, 0);
    }
  });

  test('holds bytes until the slowest cursor has settled them', async () => {
    const log = createMemoryLog(createTestClock());
    const [fast, slow] = [await open(log), await open(log)];
    await log.append(Buffer.alloc(10), 1);
    fast.done(await fast.next(atOnce, never));
    assert.equal(log.bytes, 10);
    slow.done(await slow.next(atOnce, never));
    assert.equal(log.bytes, 0);
  });

  test('holds nothing where nobody reads', async () => {
    const log = createMemoryLog(createTestClock());
    await log.append(Buffer.alloc(10), 1);
    assert.equal(log.bytes, 0);
  });

  test('refuses where a quota is full, and changes nothing', async () => {
    const log = createMemoryLog(createTestClock());
    const cursor = await open(log, { size: 10, sizer: 'bytes', onFull: 'refuse' });
    await log.append(Buffer.alloc(8), 1);
    await assert.rejects(log.append(Buffer.alloc(3), 1), LogFullError);
    assert.deepEqual([log.bytes, cursor.backlog.items], [8, 1]);
    cursor.done(await cursor.next(atOnce, never));
    await log.append(Buffer.alloc(3), 1);
  });

  test('takes a record that is over the whole quota once nothing else is owed', async () => {
    const log = createMemoryLog(createTestClock());
    const cursor = await open(log, { size: 10, sizer: 'bytes', onFull: 'refuse' });
    await log.append(Buffer.alloc(100), 1);
    assert.equal(cursor.backlog.bytes, 100);
  });

  test('drops the oldest waiting records where the quota says so, and says how many items', async () => {
    const log = createMemoryLog(createTestClock());
    let dropped = 0;
    const cursor = await open(
      log,
      { size: 2, sizer: 'requests', onFull: 'drop_oldest' },
      (items) => {
        dropped += items;
      },
    );
    for (const text of ['a', 'b', 'c']) await log.append(Buffer.from(text), 5);
    assert.equal(dropped, 5);
    const slice = await cursor.next(atOnce, never);
    assert.equal(Buffer.from(slice.bytes).toString(), 'bc');
  });

  test('waits for the minimum or for the flush time, whichever comes first', async () => {
    const clock = createTestClock();
    const log = createMemoryLog(clock);
    const cursor = await open(log);
    const limits = { ...atOnce, minItems: 3, flushMs: 200 };
    await log.append(Buffer.from('a'), 1);
    assert.equal(await takeNow(cursor, limits), undefined);
    await log.append(Buffer.from('b'), 2);
    assert.equal((await takeNow(cursor, limits))?.items, 3);
    await log.append(Buffer.from('c'), 1);
    clock.nowMs += 200;
    assert.equal((await takeNow(cursor, limits))?.items, 1);
  });

  test('never goes over a maximum, and gives a record that is larger alone', async () => {
    const log = createMemoryLog(createTestClock());
    const cursor = await open(log);
    for (const size of [4, 4, 20, 4]) await log.append(Buffer.alloc(size), 1);
    const sizes: number[] = [];
    for (let index = 0; index < 3; index++) {
      const slice = await cursor.next({ ...atOnce, maxBytes: 10 }, never);
      sizes.push(slice.bytes.byteLength);
    }
    assert.deepEqual(sizes, [8, 20, 4]);
  });

  test('gives an abandoned slice again, before later ones', async () => {
    const log = createMemoryLog(createTestClock());
    const cursor = await open(log);
    await log.append(Buffer.from('a'), 1);
    const slice = await cursor.next(atOnce, never);
    await log.append(Buffer.from('b'), 1);
    cursor.abandon(slice);
    assert.equal(Buffer.from((await cursor.next(atOnce, never)).bytes).toString(), 'a');
    assert.equal(cursor.backlog.items, 2);
  });

  test('wakes a waiting cursor at an append, and rejects it at close', async () => {
    const log = createMemoryLog(createTestClock());
    const cursor = await open(log);
    const waiting = cursor.next(atOnce, never);
    await log.append(Buffer.from('a'), 1);
    assert.equal((await waiting).items, 1);
    const again = cursor.next(atOnce, never);
    await log.close();
    await assert.rejects(again, /closed/);
  });

  test('loses and repeats nothing, whatever the order of taking, settling and abandoning', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('append' as const), items: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constantFrom('take' as const, 'done' as const, 'abandon' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const log = createMemoryLog(createTestClock());
        const cursor = await open(log);
        let appended = '';
        const settled: [number, string][] = [];
        const flying: Slice[] = [];
        const settle = (slice: Slice): void => {
          settled.push([slice.from, Buffer.from(slice.bytes).toString('latin1')]);
          cursor.done(slice);
        };
        for (const action of steps) {
          if (action.do === 'append') {
            const text = String.fromCharCode(33 + (appended.length % 90));
            appended += text;
            await log.append(Buffer.from(text, 'latin1'), action.items);
          } else if (action.do === 'take') {
            const slice = await takeNow(cursor, { ...atOnce, maxItems: 6 });
            if (slice !== undefined) flying.push(slice);
          } else {
            const slice = flying.pop();
            if (slice !== undefined)
              (action.do === 'done' ? settle : cursor.abandon.bind(cursor))(slice);
          }
        }
        flying.forEach(settle);
        for (
          let slice = await takeNow(cursor);
          slice !== undefined;
          slice = await takeNow(cursor)
        ) {
          settle(slice);
        }
        settled.sort(([left], [right]) => left - right);
        assert.equal(settled.map(([, text]) => text).join(''), appended);
        assert.deepEqual([cursor.backlog.items, cursor.backlog.bytes, log.bytes], [0, 0, 0]);
      }),
    );
  });
});
