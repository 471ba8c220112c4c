import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMemoryDisk } from '../../../test/support/memory-disk.ts';
import type { StoreHealth } from '../store.ts';
import { createDiskHealth } from './disk-health.ts';
import type { DiskHealth } from './disk-health.ts';

interface Patient {
  readonly health: DiskHealth;
  readonly told: StoreHealth[];
  /** Share of the disk that is free. */
  free: number;
  nowMs: number;
}

function createPatient(): Patient {
  const { fs } = createMemoryDisk();
  const told: StoreHealth[] = [];
  const patient = { told, free: 1, nowMs: 0 };
  const health = createDiskHealth({
    fs: { ...fs, room: () => ({ free: patient.free * 1000, total: 1000 }) },
    directory: '/data',
    monotonic: () => patient.nowMs,
    onChange: (changed) => {
      told.push(changed);
    },
  });
  return Object.assign(patient, { health });
}

function codedError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code });
}

describe('the health of a disk', () => {
  test('refuses below the low-water mark, names the directory, and is well again above it', () => {
    const patient = createPatient();
    patient.free = 0.04;
    patient.health.check();
    assert.match(patient.health.refusal ?? '', /no space left.*\/data/);
    patient.free = 0.06;
    patient.health.check();
    assert.equal(patient.health.refusal, undefined);
    assert.deepEqual(
      patient.told.map(({ state }) => state),
      ['refusing', 'ok'],
    );
  });

  test('that a write found full is tried again at the next look, where there seems to be room', () => {
    const patient = createPatient();
    patient.health.failed(codedError('ENOSPC'));
    assert.ok(patient.health.refusal !== undefined);
    patient.health.check();
    assert.equal(patient.health.refusal, undefined);
  });

  test('that failed otherwise is tried again after ten seconds, and says how it failed', () => {
    const patient = createPatient();
    patient.health.failed(codedError('EIO'));
    assert.match(patient.health.refusal ?? '', /\/data fails: EIO/);
    patient.nowMs = 9_999;
    patient.health.check();
    assert.ok(patient.health.refusal !== undefined);
    patient.nowMs = 10_000;
    patient.health.check();
    assert.equal(patient.health.refusal, undefined);
  });

  test('tells a change once', () => {
    const patient = createPatient();
    patient.free = 0;
    patient.health.check();
    patient.health.check();
    patient.health.failed(codedError('EDQUOT'));
    assert.equal(patient.told.length, 1);
  });
});
