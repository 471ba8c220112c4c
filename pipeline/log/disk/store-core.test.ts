import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryDisk } from '../../../test/support/memory-disk.ts';
import { StorageError } from '../storage-error.ts';
import type { StoreReply } from './messages.ts';
import { openStoreCore } from './store-core.ts';
import type { StoreCore } from './store-core.ts';

/** Later than logs that nobody has opened are taken up. */
const afterAdoption = 120_000;

test('a store that cannot list its directory goes on, and looks for forgotten logs again', () => {
  const disk = createMemoryDisk();
  const replies: StoreReply[] = [];
  let nowMs = 0;
  const open = (): StoreCore =>
    openStoreCore({
      spec: { directory: '/data', mode: 'fsync', segmentBytes: 1000, orphanTtlMs: 1e9 },
      fs: disk.fs,
      now: () => nowMs,
      monotonic: () => nowMs,
      reply: (reply) => replies.push(reply),
      self: { pid: 1, started: '1', host: 'here' },
      probe: () => 'dead',
      wait: () => undefined,
    });
  const before = open();
  before.receive({ kind: 'open', request: 1, pipeline: 'traces' });
  const quota = { consumers: 1, size: 1e9, sizer: 'bytes', onFull: 'refuse' } as const;
  before.receive({ kind: 'place', request: 2, log: 0, exporterId: 'sink', quota });
  const append = { number: 1, bytes: Buffer.from('owed'), items: 1, requests: 1 };
  before.receive({ kind: 'append', log: 0, append, isExclusive: false });
  before.flush();
  before.close();

  const store = open();
  nowMs = afterAdoption;
  disk.intercept = ({ operation }) =>
    operation === 'list' ? { kind: 'error', code: 'EMFILE' } : undefined;
  store.tick();
  disk.intercept = undefined;
  replies.length = 0;
  store.tick();
  const orphans = replies.flatMap((reply) =>
    reply.kind === 'event' && reply.event.kind === 'orphans' ? reply.event.orphans : [],
  );
  assert.deepEqual(
    orphans.map(({ exporterId, bytes }) => ({ exporterId, bytes })),
    [{ exporterId: 'sink', bytes: 4 }],
  );
});

test('a store on a full disk says where there is no room, at its start and at that of a log', () => {
  const disk = createMemoryDisk();
  const replies: StoreReply[] = [];
  const open = (): StoreCore =>
    openStoreCore({
      spec: { directory: '/data', mode: 'fsync', segmentBytes: 1000, orphanTtlMs: 1e9 },
      fs: disk.fs,
      now: () => 0,
      monotonic: () => 0,
      reply: (reply) => replies.push(reply),
      self: { pid: 1, started: '1', host: 'here' },
      probe: () => 'dead',
      wait: () => undefined,
    });
  disk.intercept = ({ operation }) =>
    operation === 'write' ? { kind: 'error', code: 'ENOSPC' } : undefined;
  assert.throws(open, (error) => {
    assert.ok(error instanceof StorageError && error.problem === 'not_writable');
    return error.message.startsWith('no space left on the disk of /data: free some, or set');
  });
  disk.intercept = undefined;
  const store = open();
  disk.intercept = ({ operation }) =>
    operation === 'write' ? { kind: 'error', code: 'EDQUOT' } : undefined;
  store.receive({ kind: 'open', request: 1, pipeline: 'traces' });
  const quota = { consumers: 1, size: 1e9, sizer: 'bytes', onFull: 'refuse' } as const;
  store.receive({ kind: 'place', request: 2, log: 0, exporterId: 'sink', quota });
  const refused = replies.find((reply) => reply.kind === 'refused');
  assert.equal(refused?.problem, 'not_writable');
  assert.match(refused.message, /^no space left on the disk of \/data/);
});
