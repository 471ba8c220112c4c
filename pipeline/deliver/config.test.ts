import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingsOf } from './loop-under-test.ts';

describe('the delivery keys of an exporter', () => {
  it('repeat for five minutes in memory, and for ever with storage, which is said', () => {
    const inMemory = settingsOf('');
    assert.deepEqual([inMemory.retry.maxElapsedMs, inMemory.notes], [300_000, []]);
    const stored = settingsOf('sending_queue: { storage: file_storage }');
    assert.equal(stored.retry.maxElapsedMs, 0);
    assert.match(stored.notes.join(), /max_elapsed_time is 0 with storage/);
  });

  it('obey a max_elapsed_time that is written, with storage too', () => {
    const settings = settingsOf(
      '{ retry_on_failure: { max_elapsed_time: 1m }, sending_queue: { storage: file_storage } }',
    );
    assert.deepEqual([settings.retry.maxElapsedMs, settings.notes], [60_000, []]);
  });

  it('cap the slices in flight of a stored queue, which is said, and of no other', () => {
    const stored = settingsOf('sending_queue: { storage: file_storage, num_consumers: 40 }');
    assert.equal(stored.queue.consumers, 16);
    assert.match(stored.notes.join(), /num_consumers: 40 is taken as 16/);
    const inMemory = settingsOf('sending_queue: { num_consumers: 40 }');
    assert.deepEqual([inMemory.queue.consumers, inMemory.notes], [40, []]);
  });

  it('count requests where a size comes without a sizer, and bytes where neither is given', () => {
    assert.deepEqual(
      [settingsOf('sending_queue: { queue_size: 500 }'), settingsOf('')].map(({ queue }) => [
        queue.sizer,
        queue.size,
      ]),
      [
        ['requests', 500],
        ['bytes', 256 * 1024 * 1024],
      ],
    );
  });

  it('turn a disabled queue into one in memory that gathers nothing, which is said', () => {
    const { queue, batch, notes } = settingsOf(
      'sending_queue: { enabled: false, storage: file_storage, batch: { min_size: 10 } }',
    );
    assert.deepEqual([queue.storage, batch.minItems], [undefined, 0]);
    assert.match(notes.join(), /enabled: false means a queue in memory/);
  });

  it('take a size with a unit as bytes, and refuse it where something else is counted', () => {
    const { size, sizer } = settingsOf('sending_queue: { queue_size: 64MiB }').queue;
    assert.deepEqual([size, sizer], [64 * 1024 * 1024, 'bytes']);
    assert.throws(
      () => settingsOf('sending_queue: { queue_size: 64MiB, sizer: items }'),
      /a size in bytes does not count items; write a number, or sizer: bytes/,
    );
    assert.throws(() => settingsOf('sending_queue: { queue_size: 1.5 }'), /queue_size/);
  });

  it('measure a batch as the queue is measured, where nothing else is written', () => {
    const sized = 'sending_queue: { sizer: bytes, batch: { min_size: 5000, max_size: 9000 } }';
    const { batch } = settingsOf(sized);
    assert.deepEqual([batch.minBytes, batch.minItems, batch.maxBytes], [5000, 0, 9000]);
    const counted = settingsOf('sending_queue: { sizer: requests, batch: { min_size: 50 } }').batch;
    assert.deepEqual([counted.minBytes, counted.minItems], [0, 50]);
  });

  it('take the keys of what the log does anyway, and say of others why they are not there', () => {
    settingsOf('sending_queue: { wait_for_result: false, batch: { partition: {} } }');
    assert.throws(
      () => settingsOf('sending_queue: { wait_for_result: true }'),
      /requests are answered here once the log has them/,
    );
    assert.throws(
      () => settingsOf('sending_queue: { batch: { partition: { metadata_keys: [x-tenant] } } }'),
      /the log keeps no client metadata to part batches by/,
    );
  });
});
