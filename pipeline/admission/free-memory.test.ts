import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeMemory } from './free-memory.ts';

test('a view that fills its buffer is freed, with the head of a gRPC message or without', () => {
  for (const head of [0, 5]) {
    const bytes = new Uint8Array(20_000);
    freeMemory(bytes.subarray(head));
    assert.equal(bytes.buffer.byteLength, 0);
  }
});

test('nothing happens to a part of a buffer, to a small one, and to one that is freed', () => {
  const large = new Uint8Array(40_000).fill(7);
  freeMemory(large.subarray(0, 20_000));
  freeMemory(large.subarray(6));
  const small = Buffer.from('a body of a few bytes');
  freeMemory(small);
  const freed = new Uint8Array(20_000);
  freeMemory(freed);
  freeMemory(freed);
  assert.equal(large[39_999], 7);
  assert.equal(small.toString(), 'a body of a few bytes');
});
