import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSpareBuffers } from './spare-buffers.ts';

test('a buffer that came back is used again', () => {
  const spares = createSpareBuffers(2);
  const first = spares.take(10);
  spares.give(first);
  assert.equal(spares.take(500_000), first);
  assert.notEqual(spares.take(1), first);
});

test('no more buffers are kept than were asked for, and none of another size; those are freed', () => {
  const spares = createSpareBuffers(1);
  const [first, second, large] = [spares.take(1), spares.take(1), spares.take(600_000)];
  assert.equal(large.byteLength, 600_000);
  for (const buffer of [large, first, second]) spares.give(buffer);
  assert.deepEqual([large.byteLength, second.byteLength], [0, 0]);
  assert.equal(spares.take(1), first);
  assert.notEqual(spares.take(1), second);
});
