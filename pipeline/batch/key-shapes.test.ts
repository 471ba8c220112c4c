import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashKeys, KeyShapes, noKeysHash, noShape } from './key-shapes.ts';

function shapeOf(shapes: KeyShapes, ids: readonly number[]): number {
  // What follows the keys is of an earlier list.
  const seen = Int32Array.from([...ids, 7, 7]);
  return shapes.find(seen, ids.length, ids.reduce(hashKeys, noKeysHash));
}

test('a shape never means two lists of keys, however alike they are, and however many there were', () => {
  const shapes = new KeyShapes();
  const means = new Map<number, string>();
  const alike = fc.array(fc.nat({ max: 3 }), { maxLength: 6 });
  fc.assert(
    fc.property(alike, (ids) => {
      const shape = shapeOf(shapes, ids);
      assert.notEqual(shape, noShape);
      assert.equal(means.get(shape) ?? ids.join(), ids.join());
      means.set(shape, ids.join());
      assert.equal(shapeOf(shapes, ids), shape);
    }),
    { numRuns: 5000 },
  );
});

test('lists whose hashes are the same are told apart by their keys', () => {
  const shapes = new KeyShapes();
  const find = (ids: number[]): number => shapes.find(Int32Array.from(ids), ids.length, 1);
  const first = find([1, 2, 3]);
  assert.equal(find([1, 2, 3]), first);
  const others = [[1, 2, 4], [1, 2], [1, 2, 3, 4], []].map(find);
  assert.equal(new Set([first, ...others, find([1, 2, 3])]).size, 6);
});

test('a list of very many keys has no shape', () => {
  const shapes = new KeyShapes();
  const ids = Array.from({ length: 65 }, (_, i) => i);
  assert.equal(shapeOf(shapes, ids), noShape);
  assert.notEqual(shapeOf(shapes, ids.slice(1)), noShape);
});
