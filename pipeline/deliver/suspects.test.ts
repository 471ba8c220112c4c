import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { delivered } from '../component/outcome.ts';
import type { Outcome } from '../component/outcome.ts';
import { busy, createLoop } from './loop-under-test.ts';
import type { LoopUnderTest } from './loop-under-test.ts';

const forEver = 'retry_on_failure: { max_elapsed_time: 0 }';
const smallSlices = 'batch: { min_size: 0, max_size: 8 }';
const unreachable: Outcome = { kind: 'retryable', cause: 'server', message: 'HTTP 502' };

/** A proxy before the sink that crashes on `x`. */
const crashing = (body: string): Outcome => (body.includes('x') ? unreachable : delivered);

/** Sends a request of eight letters a second beside the first, for an hour. */
async function sendBeside(loop: LoopUnderTest, first: string): Promise<void> {
  await loop.append(first);
  loop.delivery.start();
  for (let second = 0; second < 3600; second += 1) {
    await loop.append('abcdefgh');
    await loop.clock.sleep(1000);
  }
}

describe('a slice that is always answered 502', () => {
  it('while others are taken is halved until the item to blame is alone and set aside', async () => {
    const loop = await createLoop(crashing, `${forEver}\nsending_queue: { ${smallSlices} }`);
    await sendBeside(loop, 'abcxefgh');
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 3601 * 8 - 1, dropped: { undeliverable: 1 } });
    assert.deepEqual(
      loop.refused.map(({ id, error, slice }) => [id, error, Buffer.from(slice.bytes).toString()]),
      [[loop.refused[0]?.id, 'HTTP 502', 'x']],
    );
    const line = loop.lines.find(({ message }) => message === 'items were given up on');
    assert.deepEqual(line?.fields, {
      cause: 'dropped: undeliverable',
      reason: 'undeliverable',
      error: 'HTTP 502',
      items: 1,
    });
  });

  it('is kept where its halves cannot be told apart from a sink that is down', async () => {
    const loop = await createLoop(
      (body) => (loop.clock.monotonic() < 3_500_000 ? unreachable : crashing(body)),
      `${forEver}\nsending_queue: { ${smallSlices} }`,
    );
    await sendBeside(loop, 'abcdefgh');
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 3601 * 8, dropped: {} });
  });

  it('after ten minutes of an exporter that sends nothing beside it is halved, and its good items are delivered', async () => {
    const loop = await createLoop(
      (body) => (loop.clock.monotonic() < 7_000_000 ? crashing(body) : delivered),
      `${forEver}\nsending_queue: { num_consumers: 1, ${smallSlices} }`,
    );
    await loop.append('abcdefgx');
    loop.delivery.start();
    await loop.clock.sleep(6_000_000);
    const taken = loop.sent.filter(({ body }) => !body.includes('x')).map(({ body }) => body);
    assert.deepEqual(taken, ['abcd', 'ef', 'g']);
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 8, dropped: {} });
  });

  for (const share of [0.3, 0.7, 0.9]) {
    it(`by chance, because the sink answers ${share * 100} % of all requests so, is never given up on`, async () => {
      let seed = 1;
      const random = (): number => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed / 2_147_483_647;
      };
      const loop = await createLoop(
        () => (random() < share ? busy : delivered),
        `${forEver}\nsending_queue: { ${smallSlices} }`,
      );
      await sendBeside(loop, 'abcdefgh');
      await loop.drain();
      assert.deepEqual(loop.ledger, { delivered: 3601 * 8, dropped: {} });
    });
  }

  it('alone is kept while the sink is down, however much it took before', async () => {
    let isDown = false;
    const loop = await createLoop(
      (body) => (isDown && body === 'z' ? busy : delivered),
      `${forEver}\nsending_queue: { ${smallSlices} }`,
    );
    for (let index = 0; index < 100; index += 1) await loop.append('abcdefgh');
    loop.delivery.start();
    await loop.clock.sleep(60_000);
    isDown = true;
    await loop.append('z');
    await loop.clock.sleep(36_000_000);
    isDown = false;
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 801, dropped: {} });
  });

  it('is kept while the sink is down, however much is settled beside it that goes nowhere', async () => {
    const loop = await createLoop(
      (body) => (loop.clock.monotonic() < 3_500_000 && body.includes('x') ? busy : delivered),
      `${forEver}\nsending_queue: { ${smallSlices} }`,
      {
        encode: ({ bytes, items }) => {
          const body = Buffer.from(bytes);
          const isSent = body.includes('x');
          return Promise.resolve([{ body, items, ...(isSent && { route: { to: 'x' } }) }]);
        },
      },
    );
    await sendBeside(loop, 'abcxefgh');
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 3601 * 8, dropped: {} });
  });
});
