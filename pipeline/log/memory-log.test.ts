import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Clock } from '../component/context.ts';
import type { DeliverySettings } from '../component/exporter.ts';
import { LogFullError, type Cursor, type Log, type Slice, type SliceLimits } from './log.ts';
import { createMemoryLog } from './memory-log.ts';

type Quota = DeliverySettings['queue'];
const unlimited: Quota = { consumers: 1, size: 1e9, sizer: 'bytes', onFull: 'refuse' };
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

function createLog(clock: Clock = createTestClock()): Log {
  return createMemoryLog({ signal: 'traces', idPrefix: 'traces', clock });
}

let cursors = 0;

function open(
  log: Log,
  quota: Partial<Quota> = {},
  onDropped: (items: number) => void = () => undefined,
): Promise<Cursor> {
  cursors += 1;
  return log.cursor({
    exporterId: `otlp/${cursors}`,
    quota: { ...unlimited, ...quota },
    onDropped,
  });
}

function append(log: Log, bytes: Uint8Array, items: number): Promise<number> {
  return log.append({ bytes, items, requests: 1 });
}

async function take(cursor: Cursor, limits = atOnce): Promise<Slice> {
  const slice = await cursor.next(limits, never);
  assert.ok(slice);
  return slice;
}

/** The next slice where one is ready now, undefined where the cursor would wait. */
async function takeNow(cursor: Cursor, limits = atOnce): Promise<Slice | undefined> {
  const abort = new AbortController();
  const slice = cursor.next(limits, abort.signal);
  setImmediate(() => {
    abort.abort(new Error('nothing is ready'));
  });
  return slice;
}

describe('the memory log', () => {
  test('holds bytes of its own where others may have those that it is given', async () => {
    const log = createLog();
    const cursor = await open(log);
    const body = Buffer.from('a request');
    await log.append({ bytes: body, items: 1, requests: 1 });
    body.fill(0);
    const slice = await cursor.next(atOnce, never);
    assert.equal(Buffer.from(slice?.bytes ?? []).toString(), 'a request');
  });

  test('wakes one of several waiting loops for a record, and all that are needed for more', async () => {
    const log = createLog();
    const cursor = await open(log);
    const oneByOne = { ...atOnce, maxItems: 1 };
    const taken: string[] = [];
    const loops = Array.from({ length: 4 }, async () => {
      const slice = await cursor.next(oneByOne, never);
      if (slice === undefined) return;
      taken.push(Buffer.from(slice.bytes).toString());
      cursor.done(slice);
    });
    for (const text of ['a', 'b', 'c']) await append(log, Buffer.from(text), 1);
    await new Promise(setImmediate);
    assert.deepEqual(taken, ['a', 'b', 'c']);
    log.seal();
    await Promise.all(loops);
  });

  test('gives what arrives in one turn of the event loop to a waiting loop as one slice', async () => {
    const log = createLog();
    const cursor = await open(log);
    const waiting = take(cursor);
    await new Promise(setImmediate);
    for (const text of ['a', 'b', 'c']) await append(log, Buffer.from(text), 1);
    const { bytes, items } = await waiting;
    assert.equal(Buffer.from(bytes).toString(), 'abc');
    assert.equal(items, 3);
  });

  test('a loop that is called off passes on what it was woken for', async () => {
    const log = createLog();
    const cursor = await open(log);
    const abort = new AbortController();
    const calledOff = cursor.next(atOnce, abort.signal);
    const other = cursor.next(atOnce, never);
    await new Promise(setImmediate);
    const appending = append(log, Buffer.from('a'), 1);
    abort.abort();
    await appending;
    assert.equal(await calledOff, undefined);
    assert.equal((await other)?.items, 1);
  });

  test('gives every cursor every record once, joined in order', async () => {
    const log = createLog();
    const [first, second] = [await open(log), await open(log)];
    await append(log, Buffer.from('ab'), 2);
    await append(log, Buffer.from('c'), 1);
    for (const cursor of [first, second]) {
      const slice = await take(cursor, atOnce);
      assert.equal(Buffer.from(slice.bytes).toString(), 'abc');
      assert.equal(slice.items, 3);
      cursor.done(slice);
      assert.equal(cursor.backlog.items, 0);
    }
  });

  test('holds bytes until the slowest cursor has settled them', async () => {
    const log = createLog();
    const [fast, slow] = [await open(log), await open(log)];
    await append(log, Buffer.alloc(10), 1);
    fast.done(await take(fast, atOnce));
    assert.equal(log.bytes, 10);
    slow.done(await take(slow, atOnce));
    assert.equal(log.bytes, 0);
  });

  test('holds no more than the slice itself while one slice hangs and later ones are settled', async () => {
    const log = createLog();
    const cursor = await open(log);
    await append(log, Buffer.alloc(7), 1);
    const hanging = await take(cursor, atOnce);
    for (let count = 0; count < 5; count += 1) {
      await append(log, Buffer.alloc(100), 1);
      cursor.done(await take(cursor, atOnce));
    }
    assert.equal(log.bytes, 7);
    cursor.abandon(hanging);
    assert.equal((await take(cursor, atOnce)).bytes.byteLength, 7);
    assert.notEqual(cursor.backlog.oldestMs, undefined);
  });

  test('is settled once every exporter has settled what was appended before the question', async () => {
    const log = createLog();
    const cursors = [await open(log), await open(log)];
    await log.settled();
    await append(log, new Uint8Array(1), 1);
    const states: string[] = [];
    const first = log.settled().then(() => states.push('first'));
    const slices = await Promise.all(cursors.map((cursor) => take(cursor)));
    await append(log, new Uint8Array(1), 1);
    const second = log.settled().then(() => states.push('second'));
    const settle = (index: number, slice = slices[index]): void => {
      assert.ok(slice);
      cursors[index]?.done(slice);
    };
    settle(0);
    await Promise.resolve();
    assert.deepEqual(states, []);
    settle(1);
    await first;
    assert.deepEqual(states, ['first']);
    for (const [index, cursor] of cursors.entries()) settle(index, await take(cursor));
    await second;
  });

  test('holds nothing where nobody reads', async () => {
    const log = createLog();
    await append(log, Buffer.alloc(10), 1);
    assert.equal(log.bytes, 0);
  });

  test('refuses where a quota is full, and changes nothing', async () => {
    const log = createLog();
    const cursor = await open(log, { size: 10, sizer: 'bytes', onFull: 'refuse' });
    await append(log, Buffer.alloc(8), 1);
    await assert.rejects(append(log, Buffer.alloc(3), 1), LogFullError);
    assert.deepEqual([log.bytes, cursor.backlog.items], [8, 1]);
    cursor.done(await take(cursor, atOnce));
    await append(log, Buffer.alloc(3), 1);
  });

  test('refuses what is over the share of memory, in whatever unit the quota is', async () => {
    const log = createLog();
    const cursor = await open(log, { size: 100, sizer: 'requests', maxBytes: 10 });
    await append(log, Buffer.alloc(8), 1);
    await assert.rejects(append(log, Buffer.alloc(3), 1), LogFullError);
    assert.deepEqual([log.bytes, cursor.backlog.items], [8, 1]);
  });

  test('makes room in memory by dropping the oldest where the quota says so', async () => {
    const log = createLog();
    const quota = { size: 100, sizer: 'requests', maxBytes: 10, onFull: 'drop_oldest' } as const;
    const cursor = await open(log, quota);
    await append(log, Buffer.alloc(8), 1);
    await append(log, Buffer.alloc(3), 1);
    assert.deepEqual([log.bytes, cursor.backlog.items], [3, 1]);
  });

  test('takes a record that is over the whole quota once nothing else is owed', async () => {
    const log = createLog();
    const cursor = await open(log, { size: 10, sizer: 'bytes', onFull: 'refuse' });
    await append(log, Buffer.alloc(100), 1);
    assert.equal(cursor.backlog.bytes, 100);
  });

  test('drops the oldest waiting records where the quota says so, and says how many items', async () => {
    const log = createLog();
    let dropped = 0;
    const cursor = await open(
      log,
      { size: 2, sizer: 'requests', onFull: 'drop_oldest' },
      (items) => {
        dropped += items;
      },
    );
    for (const text of ['a', 'b', 'c']) await append(log, Buffer.from(text), 5);
    assert.equal(dropped, 5);
    const slice = await take(cursor, atOnce);
    assert.equal(Buffer.from(slice.bytes).toString(), 'bc');
  });

  test('waits for the minimum or for the flush time, whichever comes first', async () => {
    const clock = createTestClock();
    const log = createLog(clock);
    const cursor = await open(log);
    const limits = { ...atOnce, minItems: 3, flushMs: 200 };
    await append(log, Buffer.from('a'), 1);
    assert.equal(await takeNow(cursor, limits), undefined);
    await append(log, Buffer.from('b'), 2);
    assert.equal((await takeNow(cursor, limits))?.items, 3);
    await append(log, Buffer.from('c'), 1);
    clock.nowMs += 200;
    assert.equal((await takeNow(cursor, limits))?.items, 1);
  });

  test('waits no longer for it where the time of day jumps back', async () => {
    const clock = createTestClock();
    const log = createLog({ ...clock, now: () => -3_600_000, monotonic: () => clock.nowMs });
    const cursor = await open(log);
    const limits = { ...atOnce, minItems: 3, flushMs: 200 };
    await append(log, Buffer.from('a'), 1);
    assert.equal(await takeNow(cursor, limits), undefined);
    clock.nowMs += 200;
    assert.equal((await takeNow(cursor, limits))?.items, 1);
  });

  test('leaves records apart that are dear to copy, unless the exporter wants more at once', async () => {
    const log = createLog();
    const cursor = await open(log);
    const sizes = [100_000, 100_000, 200_000, 200_000, 100_000, 100_000];
    for (const size of sizes) await append(log, Buffer.alloc(size), 1);
    const taken: number[] = [];
    const takeOne = async (limits: SliceLimits): Promise<void> => {
      taken.push((await take(cursor, limits)).items);
    };
    await takeOne(atOnce);
    await takeOne(atOnce);
    await takeOne({ ...atOnce, minItems: 3 });
    assert.deepEqual(taken, [2, 1, 3]);
  });

  test('never goes over a maximum, and gives a record that is larger alone', async () => {
    const log = createLog();
    const cursor = await open(log);
    for (const size of [4, 4, 20, 4]) await append(log, Buffer.alloc(size), 1);
    const sizes: number[] = [];
    for (let index = 0; index < 3; index++) {
      const slice = await take(cursor, { ...atOnce, maxBytes: 10 });
      sizes.push(slice.bytes.byteLength);
    }
    assert.deepEqual(sizes, [8, 20, 4]);
  });

  test('wakes a waiting cursor at an append, and ends it once sealed and empty', async () => {
    const log = createLog();
    const cursor = await open(log);
    const waiting = cursor.next(atOnce, never);
    await append(log, Buffer.from('a'), 1);
    assert.equal((await waiting)?.items, 1);
    const again = cursor.next(atOnce, never);
    log.seal();
    assert.equal(await again, undefined);
    await assert.rejects(append(log, Buffer.from('b'), 1), /sealed/);
  });

  test('hands out what there is without waiting for more once it is sealed', async () => {
    const log = createLog();
    const cursor = await open(log);
    await append(log, Buffer.from('a'), 1);
    const waiting = cursor.next({ ...atOnce, minItems: 100, flushMs: 60_000 }, never);
    log.seal();
    assert.equal((await waiting)?.items, 1);
  });

  test('gives an abandoned slice again, before later ones and with its id', async () => {
    const log = createLog();
    const cursor = await open(log);
    await append(log, Buffer.from('a'), 1);
    const slice = await take(cursor);
    await append(log, Buffer.from('b'), 1);
    cursor.abandon(slice);
    assert.equal((await take(cursor)).id, slice.id);
    assert.equal(cursor.backlog.items, 2);
  });

  test('gives a slice no more once it is settled, and once for each time that it is given back', async () => {
    const log = createLog();
    const cursor = await open(log);
    await append(log, Buffer.from('a'), 1);
    const first = await take(cursor);
    await append(log, Buffer.from('b'), 1);
    const second = await take(cursor);
    cursor.done(first);
    cursor.abandon(first);
    cursor.abandon(second);
    cursor.abandon(second);
    assert.equal((await take(cursor)).id, second.id);
    assert.equal(await takeNow(cursor), undefined);
  });

  test('gives slices ids that tell their place', async () => {
    const log = createLog();
    const cursor = await open(log);
    await append(log, Buffer.from('a'), 1);
    await append(log, Buffer.from('b'), 1);
    assert.equal((await take(cursor)).id, 'traces/0-2');
  });

  test('lets the cursor of the next graph follow the one that is open, with what is unsettled first', async () => {
    const log = createLog();
    const old = await log.cursor({ exporterId: 'a', quota: unlimited, onDropped: () => undefined });
    await append(log, Buffer.from('a'), 1);
    const slice = await take(old);
    const next = await log.cursor({
      exporterId: 'a',
      quota: unlimited,
      onDropped: () => undefined,
    });
    await append(log, Buffer.from('b'), 1);
    const following = take(next);
    assert.equal(await takeNow(next), undefined);
    assert.equal(old.close(), 0);
    assert.deepEqual(await following, slice);
    assert.equal(Buffer.from((await take(next)).bytes).toString(), 'b');
    old.done(slice);
    assert.equal(next.backlog.items, 2);
    next.done(slice);
    assert.equal(next.backlog.items, 1);
  });

  test('ends the waits of a cursor that is closed', async () => {
    const log = createLog();
    const options = { exporterId: 'a', quota: unlimited, onDropped: () => undefined };
    const old = await log.cursor(options);
    const waiting = old.next(atOnce, never);
    const next = await log.cursor(options);
    const queued = next.next(atOnce, never);
    next.close();
    old.close();
    assert.deepEqual([await waiting, await queued], [undefined, undefined]);
  });

  test('counts the quota of the cursor whose turn it is', async () => {
    const log = createLog();
    const options = { exporterId: 'a', quota: unlimited, onDropped: () => undefined };
    const old = await log.cursor(options);
    await log.cursor({ ...options, quota: { ...unlimited, size: 1, sizer: 'requests' } });
    await append(log, Buffer.from('a'), 1);
    await append(log, Buffer.from('b'), 1);
    old.close();
    await assert.rejects(append(log, Buffer.from('c'), 1), LogFullError);
  });

  test('says what is lost with the last cursor of an exporter, and frees it', async () => {
    const log = createLog();
    const unused = await open(log);
    await append(log, Buffer.from('a'), 3);
    assert.equal(unused.close(), 0);
    assert.equal(log.bytes, 0);
    const used = await open(log);
    await append(log, Buffer.from('b'), 2);
    await take(used);
    assert.equal(used.close(), 2);
    assert.equal(log.bytes, 0);
  });

  test('loses and repeats nothing, whatever the order of taking, settling and abandoning', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('append' as const), items: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constantFrom('take' as const, 'done' as const, 'abandon' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const log = createLog();
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
            await append(log, Buffer.from(text, 'latin1'), action.items);
          } else if (action.do === 'take') {
            const slice = await takeNow(cursor, { ...atOnce, maxItems: 6 });
            if (slice !== undefined) flying.push(slice);
          } else {
            const slice = flying.pop();
            if (slice !== undefined && action.do === 'done') settle(slice);
            else if (slice !== undefined) cursor.abandon(slice);
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
