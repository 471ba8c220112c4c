import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import type { ClaimOrder } from '../../test/support/claim-worker.ts';
import { TableKey } from '../component/table-key.ts';
import { allocateSharedTable, openSharedTable } from './shared-table.ts';

const claimWorker = new URL('../../test/support/claim-worker.js', import.meta.url);

const keyOf = (text: string): TableKey => new TableKey().clear().text(text);

describe('a shared table', () => {
  test('gives a key to who claims it first, and says so to the others', () => {
    const table = openSharedTable(allocateSharedTable(64));
    assert.equal(table.get(keyOf('a')), 0n);
    assert.equal(table.claim(keyOf('a'), 7n), 7n);
    assert.equal(table.claim(keyOf('a'), 9n), 7n);
    assert.equal(table.claim(keyOf('a'), 7n), 7n);
    assert.equal(table.get(keyOf('a')), 7n);
  });

  test('holds any unsigned 64-bit value but 0', () => {
    const table = openSharedTable(allocateSharedTable(64));
    for (const value of [1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      assert.equal(table.claim(keyOf(`key ${value}`), value), value);
      assert.equal(table.get(keyOf(`key ${value}`)), value);
    }
    for (const value of [0n, -1n, 2n ** 64n]) {
      assert.throws(() => table.claim(keyOf('none'), value), RangeError);
    }
  });

  test('forgets the oldest of a full neighbourhood, and nothing younger', () => {
    const table = openSharedTable(allocateSharedTable(8));
    for (let index = 1; index <= 100; index += 1) {
      assert.equal(table.claim(keyOf(`key ${index}`), BigInt(index)), BigInt(index));
      for (let age = 0; age < 8 && age < index; age += 1) {
        assert.equal(table.get(keyOf(`key ${index - age}`)), BigInt(index - age));
      }
      if (index > 8) assert.equal(table.get(keyOf(`key ${index - 8}`)), 0n);
    }
  });

  test('stays right when the rounds of a bucket wrap', () => {
    const table = openSharedTable(allocateSharedTable(8));
    for (let index = 1; index <= 8 * 600; index += 1) {
      assert.equal(table.claim(keyOf(`key ${index}`), BigInt(index)), BigInt(index));
      assert.equal(table.claim(keyOf(`key ${index}`), 1n), BigInt(index));
    }
  });

  test('behaves as a map of the last eight claims, bucket by bucket', () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 30 }), value: fc.integer({ min: 1 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = openSharedTable(allocateSharedTable(8));
        const model = new Map<number, bigint>();
        for (const { key, value } of steps) {
          const held = model.get(key);
          if (held === undefined) {
            model.set(key, BigInt(value));
            if (model.size > 8) model.delete([...model.keys()][0] ?? -1);
          }
          assert.equal(table.claim(keyOf(String(key)), BigInt(value)), held ?? BigInt(value));
        }
        for (let key = 0; key <= 30; key += 1) {
          assert.equal(table.get(keyOf(String(key))), model.get(key) ?? 0n);
        }
      }),
    );
  });

  test('never gives one key to two of many threads that claim at once', async () => {
    const threads = 4;
    const keys = 20_000;
    // Far more room than keys, so that nothing ages while the threads run.
    const memory = allocateSharedTable(keys * 16);
    const gate = new SharedArrayBuffer(4);
    const workers = Array.from({ length: threads }, (_, thread) => {
      const workerData: ClaimOrder = { memory, keys, thread, gate, threads };
      return new Worker(claimWorker, { workerData });
    });
    const answers = await Promise.all(
      workers.map(async (worker) => {
        const [winners] = (await once(worker, 'message')) as [bigint[]];
        return winners;
      }),
    );
    const table = openSharedTable(memory);
    const won = new Set<bigint>();
    for (let key = 0; key < keys; key += 1) {
      const seen = new Set(answers.map((winners) => winners[key]));
      assert.equal(seen.size, 1, `key ${key} went to ${[...seen].join(' and ')}`);
      assert.ok(seen.has(table.get(keyOf(String(key)))));
      won.add(table.get(keyOf(String(key))) & 15n);
    }
    assert.ok(won.size > 1, 'the threads did not run at once');
  });
});
