import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCpuQuota, readMachine, sizePool } from './machine.ts';

const from = (files: Readonly<Record<string, string>>) => (path: string) => files[path];

test('reads the CPU quota of cgroup v2 and v1, and none where there is none', () => {
  assert.equal(readCpuQuota(from({ '/sys/fs/cgroup/cpu.max': '150000 100000\n' })), 1.5);
  assert.equal(readCpuQuota(from({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' })), undefined);
  const v1 = {
    quota: '/sys/fs/cgroup/cpu/cpu.cfs_quota_us',
    period: '/sys/fs/cgroup/cpu/cpu.cfs_period_us',
  };
  assert.equal(readCpuQuota(from({ [v1.quota]: '200000', [v1.period]: '100000' })), 2);
  assert.equal(readCpuQuota(from({ [v1.quota]: '-1', [v1.period]: '100000' })), undefined);
  assert.equal(readCpuQuota(from({})), undefined);
});

test('a container that may use half a CPU has one, whatever the host has', () => {
  assert.equal(readMachine(from({ '/sys/fs/cgroup/cpu.max': '50000 100000' })).cpus, 1);
});

test('one CPU is the main thread; the others run a worker each, unless the configuration says how many', () => {
  const machine = { cpus: 4, memoryBytes: 2 ** 34, isMemoryLimited: false };
  assert.deepEqual(sizePool(machine, undefined), { threads: 3 });
  assert.deepEqual(sizePool({ ...machine, cpus: 1 }, undefined), { threads: 0 });
  assert.deepEqual(sizePool(machine, 7), { threads: 7 });
});

test('workers share two fifths of a limited memory as heap, and never get less than they need', () => {
  const machine = { cpus: 3, memoryBytes: 1024 * 2 ** 20, isMemoryLimited: true };
  assert.deepEqual(sizePool(machine, undefined), { threads: 2, heapMiB: 204 });
  assert.equal(sizePool({ ...machine, memoryBytes: 2 ** 26 }, undefined).heapMiB, 64);
});
