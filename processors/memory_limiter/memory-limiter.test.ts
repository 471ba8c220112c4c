import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { parse } from 'yaml';
import { memoryLimiterProcessor } from './factory.ts';

function limitOf(yaml: string): number | undefined {
  return memoryLimiterProcessor.settings(parse(yaml)).memoryLimitBytes;
}

test('a memory limit is given in MiB, or as a share of what the process may use', () => {
  assert.equal(
    limitOf('{ check_interval: 1s, limit_mib: 100, spike_limit_mib: 20 }'),
    100 * 2 ** 20,
  );
  const share = limitOf('{ limit_percentage: 50 }');
  assert.ok(share !== undefined && share > 0 && share <= totalmem() / 2);
  assert.equal(limitOf('{ limit_mib: 1, limit_percentage: 50 }'), 2 ** 20);
});

test('a spike limit is given like the limit, and none is none', () => {
  const spikeOf = (yaml: string): number | undefined =>
    memoryLimiterProcessor.settings(parse(yaml)).memorySpikeBytes;
  assert.equal(spikeOf('{ limit_mib: 100, spike_limit_mib: 20 }'), 20 * 2 ** 20);
  assert.ok((spikeOf('{ limit_mib: 1, spike_limit_percentage: 1 }') ?? 0) > 0);
  assert.equal(spikeOf('{ limit_mib: 100 }'), undefined);
});

test('a memory limiter without a limit is a mistake', () => {
  const { error } = memoryLimiterProcessor.schema.safeParse({});
  assert.match(error?.message ?? '', /limit_mib or limit_percentage/);
});
