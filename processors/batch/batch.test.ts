import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { batchProcessor } from './factory.ts';

function settingsOf(yaml: string): unknown {
  return batchProcessor.settings(parse(yaml) ?? {}).exportBatch;
}

test("a batch processor gathers as the Collector's does by default", () => {
  assert.deepEqual(settingsOf(''), { minItems: 8192, maxItems: Infinity, flushMs: 200 });
});

test('a batch processor takes sizes and timeout from its YAML', () => {
  const yaml = '{ send_batch_size: 10, send_batch_max_size: 20, timeout: 1s }';
  assert.deepEqual(settingsOf(yaml), { minItems: 10, maxItems: 20, flushMs: 1000 });
});

test('a timeout of 0 sends at once', () => {
  assert.deepEqual(settingsOf('{ timeout: 0 }'), { minItems: 0, maxItems: Infinity, flushMs: 0 });
});

test('a batch processor refuses what it cannot honour', () => {
  for (const yaml of [
    '{ send_batch_size: 10, send_batch_max_size: 5 }',
    '{ metadata_keys: [tenant] }',
  ]) {
    assert.equal(batchProcessor.schema.safeParse(parse(yaml)).success, false, yaml);
  }
});
