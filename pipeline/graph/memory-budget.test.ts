import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DeliverySettings } from '../component/exporter.ts';
import { memoryBudgetOf, shareMemory } from './memory-budget.ts';
import type { MemoryBudget } from './memory-budget.ts';

const mib = 1024 ** 2;
const large = { memoryBytes: 64 * 1024 * mib };

function budgetOf(limitsMib: readonly number[], memoryBytes = large.memoryBytes): MemoryBudget {
  const settings = limitsMib.map((limit) => ({ memoryLimitBytes: limit * mib }));
  return memoryBudgetOf({ ingressBytes: undefined }, [{ settings }], { memoryBytes });
}

describe('the memory budget', () => {
  test('is what memory_limiter says, the least of several', () => {
    const { ingressBytes, logBytes, sliceBytes } = budgetOf([512, 128]);
    assert.deepEqual([ingressBytes, logBytes, sliceBytes], [32 * mib, 32 * mib, 32 * mib]);
  });

  test('keeps the process within its cgroup: 1.5 × the budget + 120 MiB', () => {
    for (const limits of [[], [4096]]) {
      const { ingressBytes } = budgetOf(limits, 480 * mib);
      assert.equal(1.5 * 4 * ingressBytes + 120 * mib, 480 * mib);
    }
  });

  test('is 1 GiB where nothing limits it, and never too little for a request', () => {
    assert.equal(budgetOf([]).ingressBytes, 256 * mib);
    assert.equal(budgetOf([1]).ingressBytes, 8 * mib);
    assert.equal(budgetOf([], 64 * mib).ingressBytes, 8 * mib);
  });

  test('leaves budgets.ingress its word', () => {
    const { ingressBytes, logBytes, sliceBytes } = memoryBudgetOf({ ingressBytes: 5 }, [], large);
    assert.deepEqual([ingressBytes, logBytes, sliceBytes], [5, 256 * mib, 256 * mib]);
  });

  test('lets less in from three quarters of the budget below the bound on, or from where spike_limit_mib says', () => {
    assert.deepEqual(budgetOf([128]).resident, { softBytes: 216 * mib, hardBytes: 312 * mib });
    const settings = [{ memoryLimitBytes: 128 * mib, memorySpikeBytes: 20 * mib }];
    const { resident } = memoryBudgetOf({ ingressBytes: undefined }, [{ settings }], large);
    assert.deepEqual(resident, { softBytes: 292 * mib, hardBytes: 312 * mib });
  });
});

describe('the shares of exporters', () => {
  const settings: DeliverySettings = {
    timeoutMs: 0,
    retry: { enabled: true, initialMs: 1, maxMs: 1, multiplier: 1, maxElapsedMs: 0 },
    queue: { consumers: 4, size: 256 * mib, sizer: 'bytes', onFull: 'refuse' },
    batch: { minBytes: 0, minItems: 0, maxBytes: Infinity, maxItems: Infinity, flushMs: 0 },
    notes: [],
  };
  const pipelines = [
    { exporters: ['a', 'b'], storage: undefined },
    { exporters: ['a'], storage: undefined },
    { exporters: ['a'], storage: 'file_storage' },
    { exporters: [], storage: undefined },
  ];
  const resident = { softBytes: Infinity, hardBytes: Infinity };
  const budget = { ingressBytes: 32 * mib, logBytes: 64 * mib, sliceBytes: 32 * mib, resident };
  const share = shareMemory(pipelines, budget, () => settings);

  test('bound every log in memory, whatever its unit, and none on disk', () => {
    const requests = { ...settings, queue: { ...settings.queue, sizer: 'requests' as const } };
    assert.equal(share(settings, true).queue.size, 32 * mib);
    assert.equal(share(requests, true).queue.maxBytes, 32 * mib);
    assert.deepEqual(share(requests, false).queue, requests.queue);
  });

  test('bound what all exporters have in flight together', () => {
    assert.equal(share(settings, false).batch.maxBytes, (32 * mib) / 16);
    const small = {
      ...settings,
      batch: { ...settings.batch, minBytes: 4 * mib, maxBytes: 6 * mib },
    };
    assert.deepEqual(share(small, true).batch, {
      ...small.batch,
      minBytes: 2 * mib,
      maxBytes: 2 * mib,
    });
  });
});
