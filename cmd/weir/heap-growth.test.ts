import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapSpaceStatistics } from 'node:v8';
import { keepHeapSmall } from './heap-growth.ts';

function newSpaceMib(): number {
  const space = getHeapSpaceStatistics().find((one) => one.space_name === 'new_space');
  return (space?.space_size ?? NaN) / 2 ** 20;
}

/** Makes objects of which some outlive a collection or two, which is what makes V8 give them more room. */
function makeObjects(mebibytes: number): void {
  const recent: object[] = [];
  for (let count = 0; count < mebibytes * 10_000; count += 1) {
    recent[count % 4000] = { count, list: [count, count, count, count] };
  }
}

test('new objects get no more room until the start is over, and then as much as they need', () => {
  const letGrow = keepHeapSmall();
  makeObjects(10);
  const kept = newSpaceMib();
  try {
    makeObjects(100);
    assert.equal(newSpaceMib(), kept);
  } finally {
    letGrow(0);
  }
  makeObjects(100);
  assert.ok(newSpaceMib() > kept, `${newSpaceMib()} MiB, kept at ${kept}`);
});
