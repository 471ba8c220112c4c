import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { isStorageSettings, storageOffer } from '../../pipeline/log/storage.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { fileStorageExtension } from './factory.ts';

function settingsOf(yaml: string): unknown {
  const context = createRecordingContext('file_storage');
  return fileStorageExtension.create(parse(yaml), context).offers?.[storageOffer];
}

test('keeps logs in the data directory, durably, where nothing else is said', () => {
  const context = createRecordingContext('file_storage');
  const settings = settingsOf('{}');
  assert.deepEqual(settings, { directory: context.dataDir, mode: 'fsync' });
  assert.ok(isStorageSettings(settings));
});

test('takes a directory and gives up power loss for speed where it is told to', () => {
  assert.deepEqual(settingsOf('{ directory: here/queue, fsync: false }'), {
    directory: resolve('here/queue'),
    mode: 'write',
  });
});

test("loads a Collector's file with all its keys", () => {
  const settings = settingsOf(`
directory: /var/lib/otelcol/file_storage
timeout: 1s
create_directory: true
directory_permissions: "0750"
max_size: 0
recreate: true
compaction:
  on_start: true
  on_rebound: true
  directory: /tmp
  max_transaction_size: 65536
  rebound_needed_threshold_mib: 100
  rebound_trigger_threshold_mib: 10
  check_interval: 5s
  cleanup_on_start: true
`);
  assert.deepEqual(settings, { directory: '/var/lib/otelcol/file_storage', mode: 'fsync' });
});

test('rejects a key that it does not have', () => {
  assert.throws(() => settingsOf('{ dirctory: x }'), /dirctory/);
});
