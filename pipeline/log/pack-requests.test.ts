import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Append } from './disk/append-queue.ts';
import type { StoreRequest } from './disk/messages.ts';
import { packRequests, unpackAppends } from './pack-requests.ts';

let appends = 0;

function appendOf(bytes: Uint8Array, isExclusive: boolean, log = 0): StoreRequest {
  appends += 1;
  const append = { number: appends, bytes, items: appends + 1, requests: appends + 2 };
  return { kind: 'append', log, append, isExclusive };
}

/** What arrives on the other side, one after the other. */
function arrivals(requests: readonly StoreRequest[]): readonly (Append | string)[] {
  return requests.flatMap((request): readonly (Append | string)[] => {
    if (request.kind === 'append') return [request.append];
    return request.kind === 'appends' ? unpackAppends(request) : [request.kind];
  });
}

test('a large body that may be taken goes as it is, whatever else is sent', () => {
  const large = new Uint8Array(100_000);
  const sent = [appendOf(Buffer.from('small'), true), appendOf(large, true)];
  const { requests, transfers } = packRequests(sent);
  assert.deepEqual(
    requests.map(({ kind }) => kind),
    ['appends', 'append'],
  );
  assert.equal(requests[1], sent[1]);
  assert.ok(transfers.includes(large.buffer));
});

test('small bodies, shared ones and views of a larger buffer travel as copies in one buffer, in order', () => {
  const shared = new Uint8Array(100_000).fill(1);
  const view = new Uint8Array(200_000).fill(2).subarray(7, 100_000);
  const sent: readonly StoreRequest[] = [
    appendOf(Buffer.from('a'), true),
    appendOf(shared, false),
    appendOf(Buffer.from('other log'), false, 1),
    appendOf(view, true),
    { kind: 'seal', log: 0 },
    appendOf(Buffer.alloc(0), true),
    appendOf(Buffer.from('b'), true),
  ];
  const { requests, transfers } = packRequests(sent);
  assert.equal(transfers.length, 1);
  assert.deepEqual(
    requests.map((request) => [request.kind, 'log' in request && request.log]),
    [
      ['appends', 0],
      ['appends', 1],
      ['appends', 0],
      ['seal', 0],
      ['appends', 0],
    ],
  );
  const got = arrivals(requests);
  for (const [index, wanted] of arrivals(sent).entries()) {
    const arrived = got[index];
    if (typeof wanted === 'string' || typeof arrived !== 'object') {
      assert.equal(arrived, wanted);
      continue;
    }
    assert.deepEqual({ ...arrived, bytes: [] }, { ...wanted, bytes: [] });
    assert.ok(Buffer.from(arrived.bytes).equals(Buffer.from(wanted.bytes)));
    assert.equal(arrived.bytes.buffer, transfers[0]);
  }
});
