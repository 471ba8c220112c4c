import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { delivered } from '../component/outcome.ts';
import type { Outcome } from '../component/outcome.ts';
import { busy, createLoop } from './loop-under-test.ts';
import type { LoopUnderTest, Overrides } from './loop-under-test.ts';

/** Lets everything happen that waits for no timer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

/** A sink whose answers the test gives, in the order of the requests. */
function createPuppet(): {
  readonly sink: () => Promise<Outcome>;
  readonly answers: ((outcome: Outcome) => void)[];
} {
  const answers: ((outcome: Outcome) => void)[] = [];
  return { answers, sink: () => new Promise((resolve) => answers.push(resolve)) };
}

const hang = (): Promise<Outcome> => new Promise(() => undefined);

describe('the delivery loop', () => {
  it('delivers what was appended before and after its start', async () => {
    const loop = await createLoop(() => delivered);
    await loop.append('ab');
    loop.delivery.start();
    await settle();
    await loop.append('c');
    await loop.drain();
    assert.equal(loop.sent.map(({ body }) => body).join(''), 'abc');
    assert.deepEqual(loop.ledger, { delivered: 3, dropped: {} });
  });

  it('has as many slices in flight as there are consumers, and one slow slice holds up no other', async () => {
    const { sink, answers } = createPuppet();
    const loop = await createLoop(sink, 'timeout: 0\nsending_queue: { num_consumers: 3 }');
    loop.delivery.start();
    for (const text of ['a', 'b', 'c', 'd']) {
      await loop.append(text);
      await settle();
    }
    assert.equal(loop.sent.length, 3);
    answers[1]?.(delivered);
    await settle();
    assert.deepEqual(
      loop.sent.map(({ body }) => body),
      ['a', 'b', 'c', 'd'],
    );
  });

  it('treats an exporter that throws as a failure that is repeated', async () => {
    let isFirst = true;
    const loop = await createLoop(() => {
      if (!isFirst) return delivered;
      isFirst = false;
      throw new Error('bug');
    });
    await loop.append('a');
    await loop.drain();
    assert.deepEqual([loop.sent.length, loop.ledger.delivered], [2, 1]);
  });

  it('gives up on a sink that never answers at the timeout, and sends the same again with the same id', async () => {
    let isFirst = true;
    const loop = await createLoop(() => {
      if (!isFirst) return delivered;
      isFirst = false;
      return hang();
    }, 'timeout: 30s');
    await loop.append('abc');
    await loop.drain();
    const [first, second] = loop.sent;
    assert.deepEqual(
      [first?.id, first?.body, first?.attempt],
      [second?.id, second?.body, (second?.attempt ?? 0) - 1],
    );
    assert.ok((second?.atMs ?? 0) >= 30_000);
    assert.equal(loop.ledger.delivered, 3);
  });

  it('gives up after max_elapsed_time, and at once where retries are off', async () => {
    const patient = await createLoop(() => busy, 'retry_on_failure: { max_elapsed_time: 60s }');
    await patient.append('abc');
    const tookMs = await patient.drain();
    assert.deepEqual(patient.ledger.dropped, { retries_exhausted: 3 });
    assert.ok(tookMs > 20_000 && tookMs <= 60_000);
    const impatient = await createLoop(() => busy, 'retry_on_failure: { enabled: false }');
    await impatient.append('abc');
    await impatient.drain();
    assert.deepEqual(impatient.ledger.dropped, { retries_exhausted: 3 });
    assert.equal(impatient.sent.length, 1);
  });

  it('goes on after a failure that nobody foresaw, and loses nothing', async () => {
    let left = 2;
    const loop = await createLoop(() => delivered, '', {
      deadLetter: { add: () => Promise.reject(new Error('a bug')) },
      encode: ({ bytes, items }) => {
        const body = left > 0 ? Buffer.alloc(0) : bytes;
        left -= 1;
        // A route that no JSON can hold.
        return Promise.resolve([{ body, items, ...(left >= 0 && { route: 1n }) }]);
      },
    });
    await loop.append('abc');
    await loop.drain();
    assert.deepEqual(loop.ledger, { delivered: 3, dropped: {} });
    assert.match(String(loop.lines[0]?.fields['error']), /BigInt/);
  });

  it('stops twice and without a start', async () => {
    const { delivery } = await createLoop(() => delivered);
    await delivery.stop(10);
    await delivery.stop(10);
    await delivery.release(10);
  });
});

describe('a loop that ends', () => {
  const owing = ({ ledger, cursor }: LoopUnderTest): void => {
    assert.deepEqual(ledger, { delivered: 0, dropped: {} });
    assert.equal(cursor.backlog.items, 3);
  };

  it('leaves with the cursor what it could not deliver in its time', async () => {
    for (const sink of [() => busy, hang]) {
      const loop = await createLoop(sink, 'timeout: 0');
      await loop.append('abc');
      loop.delivery.start();
      await loop.delivery.stop(30_000);
      owing(loop);
    }
  });

  it('waits no longer for a worker that hangs on a slice', async () => {
    const hanging = new Promise<never>(() => undefined);
    const overrides: Overrides[] = [
      { encode: () => hanging },
      { encode: () => Promise.reject(new Error('cannot be encoded')), split: () => hanging },
    ];
    for (const override of overrides) {
      for (const end of ['stop', 'release'] as const) {
        const loop = await createLoop(() => delivered, 'timeout: 0', override);
        await loop.append('abc');
        loop.delivery.start();
        await settle();
        await loop.delivery[end](30_000);
        owing(loop);
      }
    }
  });

  it('drops nothing for running out of time, where retries are off too', async () => {
    const loop = await createLoop(hang, 'timeout: 0\nretry_on_failure: { enabled: false }');
    await loop.append('abc');
    loop.delivery.start();
    await loop.delivery.stop(1000);
    owing(loop);
  });

  it('by a release finishes what is being sent, takes nothing more, and leaves the rest', async () => {
    const { sink, answers } = createPuppet();
    const loop = await createLoop(sink, 'timeout: 0\nsending_queue: { num_consumers: 1 }');
    loop.delivery.start();
    await loop.append('abc');
    await settle();
    await loop.append('d');
    const released = loop.delivery.release(5000);
    answers[0]?.(delivered);
    await released;
    assert.deepEqual([loop.ledger.delivered, loop.cursor.backlog.items], [3, 1]);
  });

  it('by a release waits for no repeat, no probe of credentials, and no turn', async () => {
    const refusesKey: Outcome = { kind: 'retryable', cause: 'auth', message: 'HTTP 401' };
    for (const outcome of [busy, refusesKey]) {
      const yaml =
        'retry_on_failure: { initial_interval: 1h, max_interval: 1h, max_elapsed_time: 0 }';
      const loop = await createLoop(() => outcome, yaml);
      await loop.append('abc');
      const released = new Promise<void>((resolve) => {
        setImmediate(() => {
          void loop.delivery.release(60_000).then(resolve);
        });
      });
      loop.delivery.start();
      await released;
      owing(loop);
      assert.equal(loop.sent.length, 1);
    }
  });

  it('in the midst of a search for poison leaves the whole slice, and sets nothing aside', async () => {
    const loop = await createLoop((body) =>
      body.includes('x') && body.length > 1 ? { kind: 'rejected', message: 'no' } : busy,
    );
    await loop.append('abx');
    loop.delivery.start();
    await loop.delivery.stop(1000);
    owing(loop);
    assert.deepEqual(loop.refused, []);
  });
});
