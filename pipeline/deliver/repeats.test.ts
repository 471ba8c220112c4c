import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { delivered } from '../component/outcome.ts';
import type { Outcome, RetryCause } from '../component/outcome.ts';
import { waitBeforeRetry } from './backoff.ts';
import { busy, createLoop, settingsOf } from './loop-under-test.ts';
import type { Sink } from './loop-under-test.ts';

const hourMs = 3_600_000;
const forEver = 'retry_on_failure: { max_elapsed_time: 0 }';

const failing = (cause: RetryCause, retryAfterMs?: number): Outcome => ({
  kind: 'retryable',
  cause,
  message: cause,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

/** Answers one after the other, and then takes everything. */
function answering(...answers: readonly Outcome[]): Sink {
  const rest = [...answers];
  return () => rest.shift() ?? delivered;
}

describe('the wait before a repeat', () => {
  const { retry } = settingsOf('');
  const most = (): number => 1;
  const least = (): number => 0;

  it('is random under a growing ceiling', () => {
    assert.equal(waitBeforeRetry(retry, 1, undefined, most), 5000);
    assert.equal(waitBeforeRetry(retry, 2, undefined, most), 7500);
    assert.equal(waitBeforeRetry(retry, 20, undefined, most), 30_000);
    assert.equal(waitBeforeRetry(retry, 1, undefined, least), 0);
  });

  it('is what the sink asks for, at most a second more, and at most five minutes', () => {
    assert.equal(waitBeforeRetry(retry, 1, 7000, least), 7000);
    assert.equal(waitBeforeRetry(retry, 9, 7000, most), 7700);
    assert.equal(waitBeforeRetry(retry, 1, 60_000, most), 61_000);
    assert.equal(waitBeforeRetry(retry, 1, 1e12, least), 300_000);
    assert.equal(waitBeforeRetry(retry, 1, Infinity, least), 300_000);
  });

  it('is as if the sink had asked for nothing where that makes no sense', () => {
    for (const nonsense of [-5, 0, NaN]) {
      assert.equal(waitBeforeRetry(retry, 1, nonsense, most), 5000);
    }
  });
});

describe('a sink that fails for a time', () => {
  it('gets the same slice again, with the same id, until it takes it', async () => {
    const loop = await createLoop(answering(busy, failing('network'), failing('timeout')));
    await loop.append('abc');
    await loop.drain();
    assert.deepEqual(
      loop.sent.map(({ attempt, body }) => `${attempt} ${body}`),
      ['1 abc', '2 abc', '3 abc', '4 abc'],
    );
    assert.equal(new Set(loop.sent.map(({ id }) => id)).size, 1);
    assert.deepEqual(loop.ledger, { delivered: 3, dropped: {} });
  });

  it('asked for seven seconds, is left alone for seven seconds', async () => {
    const loop = await createLoop(answering(failing('busy', 7000)));
    await loop.append('a');
    await loop.drain();
    const [first, second] = loop.sent;
    const waitedMs = (second?.atMs ?? 0) - (first?.atMs ?? 0);
    assert.ok(waitedMs >= 7000 && waitedMs <= 8000, `${waitedMs} ms`);
  });

  it('in seven of ten requests gets everything in the end', async () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const causes = ['internal', 'server', 'busy'] as const;
    const loop = await createLoop(
      () =>
        random() < 0.7
          ? failing(causes[Math.floor(random() * causes.length)] ?? 'busy')
          : delivered,
      `${forEver}\nsending_queue: { batch: { min_size: 0, max_size: 10 } }`,
      { random },
    );
    for (let index = 0; index < 300; index += 1) await loop.append('a'.repeat(10));
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 3000, dropped: {} });
  });

  it('of six hours loses nothing, and gets the oldest first', async () => {
    const loop = await createLoop(
      () => (loop.clock.monotonic() < 6 * hourMs ? failing('network') : delivered),
      `${forEver}\nsending_queue: { num_consumers: 1, batch: { min_size: 0, max_size: 1 } }`,
    );
    for (const letter of 'abcdefgh') await loop.append(letter);
    await loop.drain();
    const taken = loop.sent.filter(({ atMs }) => atMs >= 6 * hourMs).map(({ body }) => body);
    assert.equal(taken.join(''), 'abcdefgh');
    assert.deepEqual(loop.ledger, { delivered: 8, dropped: {} });
  });

  it('says so in one line in ten seconds for each cause, and how many were left out', async () => {
    const yaml =
      'retry_on_failure: { initial_interval: 1s, max_interval: 1s, max_elapsed_time: 120s }';
    const loop = await createLoop(() => busy, yaml);
    await loop.append('a');
    const tookMs = await loop.drain();
    const warnings = loop.lines.filter(({ message }) => message.startsWith('sending failed'));
    assert.ok(warnings.length <= tookMs / 10_000 + 1, `${warnings.length} lines`);
    assert.ok(warnings.length > 5);
    assert.equal(warnings[1]?.fields['left_out'], 9);
  });

  it('is not thought to have failed for an hour because the clock was set', async () => {
    for (const jumpMs of [hourMs, -hourMs]) {
      const loop = await createLoop(answering(busy, busy, busy), forEver.replace('0', '60s'));
      await loop.append('abc');
      loop.clock.jump(jumpMs);
      const tookMs = await loop.drain();
      assert.deepEqual(loop.ledger, { delivered: 3, dropped: {} });
      assert.ok(tookMs < 60_000);
    }
  });
});

describe('a kept connection that the sink closed at that moment', () => {
  it('costs one repeat, at once', async () => {
    const loop = await createLoop(answering(failing('reset')));
    await loop.append('abc');
    assert.equal(await loop.drain(), 0);
    assert.deepEqual([loop.sent.length, loop.ledger.delivered], [2, 3]);
  });

  it('time and again is a failure like any other', async () => {
    const loop = await createLoop(answering(failing('reset'), failing('reset')));
    await loop.append('a');
    assert.equal(await loop.drain(), 5000);
  });
});

describe('a sink that refuses the credentials', () => {
  const refusesUntil =
    (healedMs: number, clock: () => number): Sink =>
    () =>
      clock() < healedMs ? failing('auth') : delivered;

  it('is asked again every 30 seconds by one request, loses nothing, and gets all once they are mended', async () => {
    const loop = await createLoop(
      refusesUntil(hourMs, () => loop.clock.monotonic()),
      'sending_queue: { batch: { min_size: 0, max_size: 1 } }',
    );
    for (const letter of 'abcdefgh') await loop.append(letter);
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 8, dropped: {} });
    const times = loop.sent.filter(({ atMs }) => atMs > 0 && atMs < hourMs).map(({ atMs }) => atMs);
    for (const [index, atMs] of times.entries()) {
      assert.ok(atMs - (times[index - 1] ?? 0) >= 30_000, `${atMs} ms`);
    }
    assert.ok(times.length > 100);
  });

  it('slowly is asked by one request at a time', async () => {
    let [asking, most] = [0, 0];
    const loop = await createLoop(async () => {
      if (loop.clock.monotonic() === 0) return failing('auth');
      asking += 1;
      most = Math.max(most, asking);
      await loop.clock.sleep(1000);
      asking -= 1;
      return loop.clock.monotonic() < 300_000 ? failing('auth') : delivered;
    }, 'timeout: 0\nsending_queue: { num_consumers: 8, batch: { min_size: 0, max_size: 1 } }');
    for (const letter of 'abcdefgh') await loop.append(letter);
    loop.delivery.start();
    await loop.clock.sleep(299_000);
    assert.equal(most, 1);
    await loop.drain();
    assert.equal(loop.ledger.delivered, 8);
  });

  it('is told of in one line when it begins and one when it ends', async () => {
    const loop = await createLoop(refusesUntil(hourMs, () => loop.clock.monotonic()));
    for (const letter of 'abcd') await loop.append(letter);
    await loop.drain();
    assert.deepEqual(
      loop.lines.map(({ level }) => level),
      ['error', 'info'],
    );
  });

  it('and asks for more time is given it', async () => {
    const loop = await createLoop(answering(failing('auth', 120_000)));
    await loop.append('a');
    assert.equal(await loop.drain(), 120_000);
  });
});

describe('a sink that breaks on one request', () => {
  const breaking: Sink = (body) => (body.includes('x') ? failing('internal') : delivered);

  it('while it takes others has found poison, which is set aside', async () => {
    const loop = await createLoop(
      breaking,
      `${forEver}\nsending_queue: { num_consumers: 2, batch: { min_size: 0, max_size: 4 } }`,
    );
    for (let index = 0; index < 40; index += 1) await loop.append(index === 3 ? 'abxd' : 'abcd');
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 159, dropped: { rejected: 1 } });
  });

  it('and on everything is down, and nothing is set aside', async () => {
    const loop = await createLoop(
      () => (loop.clock.monotonic() < hourMs ? failing('internal') : delivered),
      forEver,
    );
    for (const letter of 'abcd') await loop.append(letter);
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 4, dropped: {} });
  });
});
