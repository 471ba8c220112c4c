import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parseUtcTime } from './utc-time.ts';

test('times without an offset are UTC, on a machine in any zone', async () => {
  const times = ['2026-08-21', '2026-08-21T00:00', '2026-08-21 00:00:00.000000000'];
  const script = `
    const { parseUtcTime } = await import(${JSON.stringify(new URL('utc-time.js', import.meta.url).href)});
    console.log(${JSON.stringify(times)}.map((time) => new Date(parseUtcTime(time)).toISOString()).join());
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { env: { ...process.env, TZ: 'America/New_York' } },
  );
  assert.equal(stdout.trim(), times.map(() => '2026-08-21T00:00:00.000Z').join());
});

test('an offset counts, and what is no ISO time is none', () => {
  assert.equal(parseUtcTime('2026-08-20T20:00:00-04:00'), Date.UTC(2026, 7, 21));
  assert.equal(parseUtcTime('2026-08-21T02:00+0200'), Date.UTC(2026, 7, 21));
  for (const text of [
    '',
    'noon',
    '2026',
    '2026-8-21',
    'Aug 21, 2026',
    '2026-13-01',
    '2026-08-21T25:00Z',
  ]) {
    assert.ok(Number.isNaN(parseUtcTime(text)), text);
  }
});
