import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sortByKey } from './merge-sort.ts';

test('any order is sorted by key, equals in the order they came', () => {
  const near = fc.array(fc.nat({ max: 3 })).map((steps) => steps.map((step, i) => i + step));
  const far = fc.array(fc.nat({ max: 50 }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.oneof(near, far), (drawn) => {
      const order = Int32Array.from(drawn.keys());
      const sorted = sortByKey(
        order,
        new Int32Array(drawn.length),
        Float64Array.from(drawn),
        drawn.length,
      );
      const expected = [...drawn.keys()].sort((a, b) => (drawn[a] ?? 0) - (drawn[b] ?? 0));
      assert.deepEqual([...sorted], expected);
    }),
  );
  const reversed = Array.from({ length: 1000 }, (_, i) => 1000 - i);
  const sorted = sortByKey(
    Int32Array.from(reversed.keys()),
    new Int32Array(1000),
    Float64Array.from(reversed),
    1000,
  );
  assert.deepEqual([...sorted], [...reversed.keys()].reverse());
});
