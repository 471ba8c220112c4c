import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendBytes } from './append-bytes.ts';

test('ranges of any length and place are added, and nothing beyond them is touched', () => {
  const source = Uint8Array.from({ length: 400 }, (_, i) => i * 7 + 1);
  const request = new DataView(source.buffer, 3);
  for (let length = 0; length < 300; length++) {
    const bytes = new Uint8Array(320).fill(0xee);
    const target = { bytes, view: new DataView(bytes.buffer), used: 5 };
    appendBytes(target, request, 9, 9 + length);
    assert.equal(target.used, 5 + length);
    const expected = new Uint8Array(320).fill(0xee);
    expected.set(source.subarray(12, 12 + length), 5);
    assert.deepEqual(bytes, expected);
  }
});
