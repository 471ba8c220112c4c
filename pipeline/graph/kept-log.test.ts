import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from '../component/context.ts';
import { createMemoryLog } from '../log/memory-log.ts';
import type { Cursor, Log } from '../log/log.ts';
import { createOwnMetrics } from '../telemetry/own-metrics.ts';
import type { OwnMetrics } from '../telemetry/own-metrics.ts';
import { keepLog } from './kept-log.ts';
import type { KeptLog } from './kept-log.ts';
import { createStatus } from './status.ts';

interface Harness {
  readonly log: KeptLog;
  readonly metrics: OwnMetrics;
  readonly clock: { nowMs: number };
  readonly open: (exporterId: string) => Promise<Cursor>;
  readonly append: (items: number) => Promise<unknown>;
  readonly skipped: (exporter: string) => Promise<number>;
}

function createHarness(wrap = (log: Log): Log => log): Harness {
  const clock: Clock & { nowMs: number } = {
    nowMs: 0,
    now: () => clock.nowMs,
    monotonic: () => clock.nowMs,
    sleep: () => Promise.resolve(),
  };
  const metrics = createOwnMetrics({ ofProcess: false });
  const memory = wrap(createMemoryLog({ signal: 'traces', idPrefix: 'traces', clock }));
  const log = keepLog(memory, { pipeline: 'traces', metrics, clock });
  const quota = { consumers: 1, size: 10, sizer: 'items', onFull: 'refuse' } as const;
  return {
    log,
    metrics,
    clock,
    open: (exporterId) => log.cursor({ exporterId, quota, onDropped: () => undefined }),
    append: (items) => log.append({ bytes: new Uint8Array(items), items, requests: 1 }),
    skipped: (exporter) =>
      metrics.value('weir_skipped_items_total', { pipeline: 'traces', exporter }),
  };
}

const atOnce = {
  minBytes: 0,
  minItems: 0,
  maxBytes: Infinity,
  maxItems: Infinity,
  flushMs: 0,
};

async function settle(cursor: Cursor): Promise<void> {
  const slice = await cursor.next(atOnce, new AbortController().signal);
  assert.ok(slice);
  cursor.done(slice);
}

describe('a log that goes from graph to graph', () => {
  test('counts what an exporter that joins late, or comes back, has missed', async () => {
    const { open, append, skipped } = createHarness();
    await open('first');
    await append(3);
    const late = await open('late');
    await append(2);
    assert.deepEqual([await skipped('first'), await skipped('late')], [0, 3]);
    await settle(late);
    late.close();
    await append(4);
    await open('late');
    assert.equal(await skipped('late'), 3 + 4);
  });

  test('counts nothing where one cursor follows another', async () => {
    const { open, append, skipped } = createHarness();
    const before = await open('one');
    await append(3);
    const after = await open('one');
    before.close();
    await append(2);
    assert.deepEqual([after.backlog.items, await skipped('one')], [5, 0]);
  });

  test('says whose quota is full until that exporter has settled something', async () => {
    const { log, open, append } = createHarness();
    const cursor = await open('slow');
    await append(10);
    assert.equal(log.refusal, undefined);
    await assert.rejects(append(1));
    assert.equal(log.refusal, 'pipeline "traces": the queue of "slow" is full');
    await settle(cursor);
    assert.equal(log.refusal, undefined);
  });

  test('is a stall where an append has waited for more than a minute', async () => {
    let release = (): void => undefined;
    const { log, append, clock } = createHarness((inner) => ({
      ...inner,
      cursor: (options) => inner.cursor(options),
      append: async (record) => {
        await new Promise<void>((resolve) => (release = resolve));
        return inner.append(record);
      },
    }));
    const status = createStatus({
      refusals: [],
      failures: [],
      get waitingMs() {
        return log.waitingMs;
      },
    }).shown;
    const appended = append(1);
    clock.nowMs = 59_000;
    assert.deepEqual(status.stalls, []);
    clock.nowMs = 61_000;
    assert.deepEqual(status.stalls, ['a log has not answered for 61 s']);
    release();
    await appended;
    assert.deepEqual(status.stalls, []);
  });
});
