import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCollector, createOpenShare } from './resident-memory.ts';
import type { ProcessMemory } from './resident-memory.ts';

interface FakeMemory extends ProcessMemory {
  bytes: number;
  nowMs: number;
  collections: number;
}

/** A process of 10 collectable bytes, whose collections take 10 ms. */
function createMemory(bytes: number, garbage = 0): FakeMemory {
  return {
    bytes,
    nowMs: 0,
    collections: 0,
    resident() {
      return this.bytes;
    },
    collect() {
      this.collections += 1;
      this.bytes -= garbage;
      this.nowMs += 10;
    },
    now() {
      return this.nowMs;
    },
  };
}

const limits = { softBytes: 100, hardBytes: 200 };

describe('the open share', () => {
  test('is all of it up to the soft limit, and nothing is collected', () => {
    const memory = createMemory(100);
    assert.equal(createOpenShare(limits, memory)(), 1);
    assert.equal(memory.collections, 0);
  });

  test('becomes less and less between the limits, and never nothing', () => {
    const shares = [125, 150, 200, 1e9].map((bytes) =>
      createOpenShare(limits, createMemory(bytes))(),
    );
    assert.deepEqual(shares, [0.75, 0.5, 1 / 16, 1 / 16]);
  });

  test('is what the garbage leaves of it', () => {
    assert.equal(createOpenShare(limits, createMemory(150, 40))(), 0.9);
  });
});

describe('the collector', () => {
  test('takes no more than an eighth of the time', () => {
    const memory = createMemory(150);
    const collect = createCollector(100, memory);
    for (const nowMs of [0, 50, 89, 90, 150]) {
      memory.nowMs = Math.max(memory.nowMs, nowMs);
      assert.equal(collect(), 150);
    }
    assert.equal(memory.collections, 2);
  });

  test('collects the garbage of the thread that calls it', async () => {
    const garbage = makeGarbage();
    const collect = createCollector(0);
    // What a turn of the event loop has looked at lives until its end.
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(collect() > 0);
    assert.equal(garbage.deref(), undefined);
  });
});

function makeGarbage(): WeakRef<object> {
  return new WeakRef({});
}
