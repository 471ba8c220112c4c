import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryDisk } from '../../../test/support/memory-disk.ts';
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
