import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { delivered } from '../component/outcome.ts';
import type { Outcome } from '../component/outcome.ts';
import type { SliceBytes } from '../component/transform.ts';
import { createLoop, refusing } from './loop-under-test.ts';
import type { Sink } from './loop-under-test.ts';

const good = 'a'.repeat(512);
const withPoisonAt = (...places: readonly number[]): string =>
  Array.from(good, (letter, place) => (places.includes(place) ? 'x' : letter)).join('');

describe('a refusal', () => {
  for (const place of [0, 1, 255, 256, 300, 511]) {
    it(`of one poison item at ${place} of 512 is found within 19 requests, and the others are delivered`, async () => {
      const loop = await createLoop(refusing('x'));
      await loop.append(withPoisonAt(place));
      await loop.drain();
      assert.deepEqual(loop.ledger, { delivered: 511, dropped: { rejected: 1 } });
      assert.ok(loop.sent.length <= 19, `${loop.sent.length} requests`);
      const [entry, ...others] = loop.refused;
      assert.equal(others.length, 0);
      assert.equal(Buffer.from(entry?.slice.bytes ?? []).toString(), 'x');
      assert.deepEqual(
        [entry?.items, entry?.reason, entry?.error],
        [1, 'rejected', 'HTTP 400: bad'],
      );
    });
  }

  it('of several poison items finds each', async () => {
    const loop = await createLoop(refusing('x'));
    await loop.append(withPoisonAt(3, 4, 77, 200, 201, 202, 511));
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 505, dropped: { rejected: 7 } });
    assert.ok(loop.sent.length < 120, `${loop.sent.length} requests`);
  });

  it('of up to 16 poison items, wherever they are, costs no good item', async () => {
    const places = fc.uniqueArray(fc.nat(511), { minLength: 1, maxLength: 16 });
    const sixteenths = Array.from({ length: 16 }, (_, index) => index * 32);
    const property = fc.asyncProperty(places, async (poison) => {
      const loop = await createLoop(refusing('x'));
      await loop.append(withPoisonAt(...poison));
      await loop.drain();
      const rejected = poison.length;
      assert.deepEqual(loop.ledger, { delivered: 512 - rejected, dropped: { rejected } });
    });
    await fc.assert(property, { numRuns: 50, examples: [[sixteenths]] });
  });

  it('gives halves ids that say the way to them, the same after a restart', async () => {
    const run = async (): Promise<readonly string[]> => {
      const loop = await createLoop(refusing('x'));
      await loop.append('abxd');
      await loop.drain();
      return loop.sent.map(({ id, body }) => `${id.replace(/^.*?0-1/, '')} ${body}`);
    };
    const first = await run();
    assert.deepEqual(first, [' abxd', '/0 ab', '/1 xd', '/1/0 x', '/1/1 d']);
    assert.deepEqual(await run(), first);
  });

  it('of everything costs 40 requests for the first slice and 4 for the next, until something is taken', async () => {
    let refuses = true;
    const sink: Sink = () => (refuses ? { kind: 'rejected', message: 'HTTP 400' } : delivered);
    const yaml = 'sending_queue: { num_consumers: 1, batch: { max_size: 512, min_size: 0 } }';
    const loop = await createLoop((body, ...rest) => {
      refuses = !body.includes('z');
      return sink(body, ...rest);
    }, yaml);
    const requests = (letter: string): number =>
      loop.sent.filter(({ body }) => body.includes(letter)).length;
    for (const letter of ['a', 'b', 'z', 'd']) await loop.append(letter.repeat(512));
    await loop.drain();
    assert.deepEqual(['a', 'b', 'z', 'd'].map(requests), [40, 4, 1, 40]);
    assert.deepEqual(loop.ledger, { delivered: 512, dropped: { rejected: 3 * 512 } });
    const setAside = loop.refused.map(({ slice }) => Buffer.from(slice.bytes).toString()).join('');
    assert.equal(setAside.length, 3 * 512);
  });

  it('that blames the request is not searched for poison', async () => {
    const loop = await createLoop(() => ({
      kind: 'rejected',
      message: 'HTTP 404',
      blames: 'request',
    }));
    await loop.append('abcd');
    await loop.drain();
    assert.equal(loop.sent.length, 1);
    assert.deepEqual(loop.ledger, { delivered: 0, dropped: { rejected: 4 } });
    assert.equal(loop.refused[0]?.items, 4);
  });

  it('of a part is counted as the sink says, and never as more than was sent', async () => {
    const loop = await createLoop((body) => ({
      kind: 'partial',
      rejectedItems: body.includes('b') ? 2 : 1e9,
      message: 'bad',
    }));
    await loop.append('abcde');
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 3, dropped: { partial: 2 } });
    const liar = await createLoop(() => ({ kind: 'partial', rejectedItems: 1e9, message: 'bad' }));
    await liar.append('abc');
    await liar.drain();
    assert.deepEqual(liar.ledger, { delivered: 0, dropped: { partial: 3 } });
  });

  it('is set aside before the cursor forgets the slice', async () => {
    const order: string[] = [];
    const loop = await createLoop(refusing('x'), '', {
      deadLetter: {
        add: async () => {
          await new Promise(setImmediate);
          order.push(`aside, owing ${loop.cursor.backlog.items}`);
        },
      },
      events: { settled: () => order.push('settled'), attempted: () => undefined },
    });
    await loop.append('ax');
    await loop.drain();
    assert.deepEqual(order, ['aside, owing 2', 'settled']);
  });
});

describe('what is too large', () => {
  const limitedTo =
    (most: number): Sink =>
    (body) =>
      body.length > most ? { kind: 'too_large', message: 'HTTP 413' } : delivered;

  it('is halved until it fits', async () => {
    const loop = await createLoop(limitedTo(3));
    await loop.append('abcdefgh');
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 8, dropped: {} });
  });

  it('in a single item is set aside and counted, and its neighbours are delivered', async () => {
    const sink: Sink = (body) =>
      body.includes('x') ? { kind: 'too_large', message: 'HTTP 413' } : delivered;
    const loop = await createLoop(sink);
    await loop.append('abxd');
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 3, dropped: { too_large: 1 } });
    assert.equal(loop.refused[0]?.reason, 'too_large');
  });

  it('is found out once: later slices are formed within the limit', async () => {
    const loop = await createLoop(limitedTo(64), 'sending_queue: { num_consumers: 1 }');
    for (let index = 0; index < 20; index += 1) await loop.append('a'.repeat(64));
    await loop.drain();
    const refused = loop.sent.filter(({ body }) => body.length > 64).length;
    assert.ok(refused <= 6, `${refused} requests too large`);
    assert.equal(loop.ledger.delivered, 20 * 64);
  });

  it('down to single items costs no more than a bounded number of requests', async () => {
    const loop = await createLoop(() => ({ kind: 'too_large', message: 'HTTP 413' }));
    await loop.append(good);
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 0, dropped: { too_large: 512 } });
    assert.ok(loop.sent.length < 64, `${loop.sent.length} requests`);
  });
});

describe('what cannot be encoded', () => {
  it('is searched for the item to blame, and the others are delivered', async () => {
    const loop = await createLoop(() => delivered, '', {
      encode: ({ bytes, items }) =>
        bytes.includes('x'.charCodeAt(0))
          ? Promise.reject(new Error('secret content'))
          : Promise.resolve([{ body: bytes, items }]),
    });
    await loop.append('abxdefgh');
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 7, dropped: { unprocessable: 1 } });
    assert.equal(loop.refused[0]?.reason, 'unprocessable');
    assert.ok(!JSON.stringify([loop.lines, loop.refused]).includes('secret'));
  });
});

/** One payload for vowels and one for the other letters, as a table each. */
async function encodeByRoute({
  bytes,
}: SliceBytes): Promise<{ body: Buffer; items: number; route: string }[]> {
  const letters = Array.from(Buffer.from(bytes).toString());
  const routes = { vowels: 'aeiou', others: 'bcdfghxyz' };
  return Promise.resolve(
    Object.entries(routes)
      .map(([route, members]) => {
        const body = Buffer.from(letters.filter((letter) => members.includes(letter)).join(''));
        return { body, items: body.byteLength, route };
      })
      .filter(({ items }) => items > 0),
  );
}

describe('a slice of several payloads', () => {
  it('searches the refused one, and sends nothing of the others again', async () => {
    const loop = await createLoop(refusing('x'), '', { encode: encodeByRoute });
    await loop.append('aebcxide');
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 7, dropped: { rejected: 1 } });
    assert.deepEqual(
      loop.sent.map(({ body }) => body),
      ['aeie', 'bcxd', 'bc', 'xd', 'x', 'd'],
    );
    assert.equal(loop.refused[0]?.route, '"others"');
  });
});

const outcomes: readonly Outcome[] = [
  delivered,
  delivered,
  { kind: 'rejected', message: 'no' },
  { kind: 'rejected', message: 'no', blames: 'request' },
  { kind: 'too_large', message: 'large' },
  { kind: 'partial', rejectedItems: 1, message: 'one' },
  { kind: 'partial', rejectedItems: 99, message: 'liar' },
  { kind: 'retryable', cause: 'internal', message: 'HTTP 500' },
  { kind: 'retryable', cause: 'reset', message: 'ECONNRESET' },
  { kind: 'retryable', cause: 'auth', message: 'HTTP 401' },
  { kind: 'retryable', cause: 'busy', message: 'HTTP 429', retryAfterMs: 7000 },
];

describe('the ledger', () => {
  it('balances where an encoder says that its payloads hold more or less than the slice', async () => {
    for (const items of [1, 99]) {
      const loop = await createLoop(
        () => ({ kind: 'rejected', message: 'no', blames: 'request' }),
        '',
        {
          encode: ({ bytes }) => Promise.resolve([{ body: bytes, items }]),
        },
      );
      await loop.append('abc');
      await loop.drain();
      const { delivered: taken, dropped } = loop.ledger;
      assert.deepEqual([taken, dropped['rejected']], [3 - Math.min(3, items), Math.min(3, items)]);
    }
  });

  it('balances whatever sinks answer: settled = delivered + dropped, and an id is always the same bytes', async () => {
    const request = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', 'e'),
      minLength: 1,
      maxLength: 40,
    });
    const script = fc.array(fc.constantFrom(...outcomes, 'throw' as const), { maxLength: 60 });
    const encoders = fc.constantFrom(undefined, encodeByRoute);
    const property = fc.asyncProperty(
      fc.array(request, { maxLength: 8 }),
      script,
      encoders,
      async (requests, answers, encode) => {
        const rest = [...answers];
        const yaml = 'sending_queue: { num_consumers: 2, batch: { max_size: 40, min_size: 0 } }';
        const loop = await createLoop(
          () => {
            const answer = rest.shift() ?? delivered;
            if (answer === 'throw') throw new Error('bug');
            return answer;
          },
          yaml,
          encode === undefined ? {} : { encode },
        );
        for (const text of requests) await loop.append(text);
        await loop.drain();
        const items = requests.join('').length;
        const dropped = Object.values(loop.ledger.dropped).reduce((sum, count) => sum + count, 0);
        assert.equal(loop.ledger.delivered + dropped, items);
        assert.equal(loop.cursor.backlog.items, 0);
        const bodies = new Map<string, string>();
        for (const { id, body } of loop.sent) {
          assert.equal(bodies.get(id) ?? body, body);
          bodies.set(id, body);
        }
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });
});
