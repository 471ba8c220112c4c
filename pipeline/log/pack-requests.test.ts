import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoreRequest } from './disk/messages.ts';
import { packRequests } from './pack-requests.ts';

function appendOf(bytes: Uint8Array, isExclusive: boolean): StoreRequest {
  return {
    kind: 'append',
    log: 0,
    append: { number: 1, bytes, items: 1, requests: 1 },
    isExclusive,
  };
}

function bytesOf(request: StoreRequest | undefined): Uint8Array {
  assert.ok(request?.kind === 'append');
  return request.append.bytes;
}

test('a large body that may be taken goes as it is, whatever else is sent', () => {
  const large = new Uint8Array(100_000);
  const { requests, transfers } = packRequests([
    appendOf(Buffer.from('small'), true),
    appendOf(large, true),
  ]);
  assert.equal(bytesOf(requests[1]), large);
  assert.ok(transfers.includes(large.buffer));
});

test('small bodies, shared ones and views of a larger buffer travel as copies in one buffer', () => {
  const shared = new Uint8Array(100_000).fill(1);
  const view = new Uint8Array(200_000).fill(2).subarray(7, 100_000);
  const sent = [Buffer.from('a'), shared, view, Buffer.alloc(0)];
  const { requests, transfers } = packRequests([
    appendOf(Buffer.from('a'), true),
    appendOf(shared, false),
    appendOf(view, true),
    appendOf(Buffer.alloc(0), true),
    { kind: 'seal', log: 0 },
  ]);
  assert.equal(transfers.length, 1);
  for (const [index, original] of sent.entries()) {
    const copy = bytesOf(requests[index]);
    assert.ok(Buffer.from(copy).equals(Buffer.from(original)));
    assert.equal(copy.buffer, transfers[0]);
  }
  assert.equal(requests[4]?.kind, 'seal');
});
