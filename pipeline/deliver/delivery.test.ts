import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { parse } from 'yaml';
import type { Delivery as Sending, DeliverySettings } from '../component/exporter.ts';
import { delivered, type Outcome } from '../component/outcome.ts';
import type { Payload, SliceBytes } from '../component/transform.ts';
import type { Logger } from '../component/context.ts';
import { createMemoryLog } from '../log/memory-log.ts';
import type { Cursor } from '../log/log.ts';
import { systemClock } from '../telemetry/clock.ts';
import { waitBeforeRetry } from './backoff.ts';
import { deliveryKeys, toDeliverySettings } from './config.ts';
import { createDelivery, type Delivery, type DeliveryOptions } from './delivery.ts';

const schema = z.strictObject(deliveryKeys({ timeout: '5s' }));

function settingsOf(yaml: string): DeliverySettings {
  return toDeliverySettings(schema.parse(parse(yaml) ?? {}), { maxBytes: 1e6 });
}

const quick = 'retry_on_failure: { initial_interval: 1ms, max_interval: 2ms }';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

interface Harness {
  readonly cursor: Cursor;
  readonly delivery: Delivery;
  readonly sent: { body: string; id: string; attempt: number }[];
  readonly ledger: { delivered: number; dropped: Record<string, number> };
  readonly append: (text: string) => Promise<void>;
}

type Sink = (payload: Payload, sending: Sending) => Outcome | Promise<Outcome>;

/** One item a byte: 'abc' is a request of three items. */
async function createHarness(
  sink: Sink,
  yaml = quick,
  extra: Partial<DeliveryOptions> = {},
): Promise<Harness> {
  const settings = settingsOf(yaml);
  const log = createMemoryLog({ signal: 'traces', idPrefix: 'traces', clock: systemClock });
  const ledger: Harness['ledger'] = { delivered: 0, dropped: {} };
  const cursor = await log.cursor({
    exporterId: 'test',
    quota: settings.queue,
    onDropped: () => undefined,
  });
  const sent: Harness['sent'] = [];
  const delivery = createDelivery({
    cursor,
    settings,
    exporter: {
      send: async (payload, sending) => {
        const body = Buffer.from(payload.body).toString();
        sent.push({ body, id: sending.id, attempt: sending.attempt });
        return sink(payload, sending);
      },
    },
    split: ({ signal, bytes }) => {
      const half = bytes.byteLength >> 1;
      const parts = [bytes.subarray(0, half), bytes.subarray(half)];
      return Promise.resolve(
        parts.map((part): SliceBytes => ({ signal, bytes: part, items: part.byteLength })),
      );
    },
    events: {
      settled: (count, dropped) => {
        ledger.delivered += count;
        for (const [cause, items] of dropped) {
          ledger.dropped[cause] = (ledger.dropped[cause] ?? 0) + items;
        }
      },
      attempted: () => undefined,
    },
    clock: systemClock,
    logger: silent,
    ...extra,
  });
  const append = async (text: string): Promise<void> => {
    await log.append({ bytes: Buffer.from(text), items: text.length, requests: 1 });
  };
  const stop = (budgetMs: number): Promise<void> => {
    log.seal();
    return delivery.stop(budgetMs);
  };
  return { cursor, delivery: { ...delivery, stop }, sent, ledger, append };
}

const failing: Outcome = { kind: 'retryable', cause: 'network', message: 'refused' };

describe('the delivery loop', () => {
  test('delivers what was appended before and after its start', async () => {
    const { delivery, append, sent, ledger } = await createHarness(() => delivered);
    await append('ab');
    delivery.start();
    await delay(5);
    await append('c');
    await delivery.stop(1000);
    assert.equal(sent.map(({ body }) => body).join(''), 'abc');
    assert.deepEqual(ledger, { delivered: 3, dropped: {} });
  });

  test('repeats a retryable failure with the same id until the sink takes it', async () => {
    let left = 3;
    const harness = await createHarness(() => (left-- > 0 ? failing : delivered));
    await harness.append('abc');
    harness.delivery.start();
    await harness.delivery.stop(5000);
    assert.deepEqual(
      harness.sent.map(({ attempt }) => attempt),
      [1, 2, 3, 4],
    );
    assert.equal(new Set(harness.sent.map(({ id }) => id)).size, 1);
    assert.equal(harness.ledger.delivered, 3);
  });

  test('treats a throwing exporter as a failure that is repeated', async () => {
    let isFirst = true;
    const harness = await createHarness(() => {
      if (!isFirst) return delivered;
      isFirst = false;
      throw new Error('bug');
    });
    await harness.append('a');
    harness.delivery.start();
    await harness.delivery.stop(5000);
    assert.equal(harness.ledger.delivered, 1);
  });

  test('gives up on a hanging attempt at the timeout and tries again', async () => {
    let isFirst = true;
    const harness = await createHarness(() => {
      if (!isFirst) return delivered;
      isFirst = false;
      return new Promise(() => undefined);
    }, `${quick}\ntimeout: 10ms`);
    await harness.append('a');
    harness.delivery.start();
    await harness.delivery.stop(5000);
    assert.equal(harness.sent.length, 2);
    assert.equal(harness.ledger.delivered, 1);
  });

  test('splits what is too large down to single items, which are dropped and counted', async () => {
    const sink: Sink = ({ body }) =>
      body.includes(120) || body.byteLength > 2
        ? { kind: 'too_large', message: 'too large' }
        : delivered;
    const harness = await createHarness(sink);
    await harness.append('aaxaaaa');
    harness.delivery.start();
    await harness.delivery.stop(5000);
    assert.deepEqual(harness.ledger, { delivered: 6, dropped: { too_large: 1 } });
    assert.equal(harness.cursor.backlog.items, 0);
  });

  test('drops and counts what the sink rejects, wholly or in part', async () => {
    const answers: Outcome[] = [
      { kind: 'rejected', message: 'no' },
      { kind: 'partial', rejectedItems: 2, message: 'two are bad' },
    ];
    const harness = await createHarness(() => answers.shift() ?? delivered);
    harness.delivery.start();
    await harness.append('abc');
    await delay(5);
    await harness.append('abcde');
    await harness.delivery.stop(5000);
    assert.deepEqual(harness.ledger, { delivered: 3, dropped: { rejected: 3, partial: 2 } });
  });

  test('gives up after max_elapsed_time, and at once where retries are off', async () => {
    for (const yaml of [
      'retry_on_failure: { initial_interval: 5ms, max_elapsed_time: 20ms }',
      'retry_on_failure: { enabled: false }',
    ]) {
      const harness = await createHarness(() => failing, yaml);
      await harness.append('abc');
      harness.delivery.start();
      await harness.delivery.stop(5000);
      assert.deepEqual(harness.ledger.dropped, { retries_exhausted: 3 });
    }
  });

  test('leaves with the cursor what it could not deliver before shutdown ran out of time', async () => {
    for (const sink of [() => failing, () => new Promise<Outcome>(() => undefined)]) {
      const harness = await createHarness(sink);
      await harness.append('abc');
      harness.delivery.start();
      await harness.delivery.stop(30);
      assert.deepEqual(harness.ledger, { delivered: 0, dropped: {} });
      assert.equal(harness.cursor.backlog.items, 3);
    }
  });

  test('drops a slice whose encoding fails and goes on', async () => {
    const harness = await createHarness(() => delivered, quick, {
      encode: ({ bytes, items }) =>
        bytes.includes(120)
          ? Promise.reject(new Error('bad'))
          : Promise.resolve([{ body: bytes, items }]),
    });
    harness.delivery.start();
    await harness.append('x');
    await delay(5);
    await harness.append('ab');
    await harness.delivery.stop(5000);
    assert.deepEqual(harness.ledger, { delivered: 2, dropped: { unprocessable: 1 } });
  });

  test('has as many slices in flight as there are consumers, and one slow slice holds up no other', async () => {
    const release: (() => void)[] = [];
    const harness = await createHarness(
      () =>
        new Promise((resolve) =>
          release.push(() => {
            resolve(delivered);
          }),
        ),
      `${quick}\nsending_queue: { num_consumers: 3 }`,
    );
    harness.delivery.start();
    for (const text of ['a', 'b', 'c', 'd']) {
      await harness.append(text);
      await delay(2);
    }
    assert.equal(harness.sent.length, 3);
    release[1]?.();
    await delay(5);
    assert.equal(harness.sent.length, 4);
    for (const settle of release) settle();
    await harness.delivery.stop(1000);
    assert.equal(harness.ledger.delivered, 4);
  });

  test('released, it finishes what is being sent, takes nothing more, and leaves the rest with the cursor', async () => {
    let answer: ((outcome: Outcome) => void) | undefined;
    const harness = await createHarness(
      () => new Promise((resolve) => (answer = resolve)),
      `${quick}\nsending_queue: { num_consumers: 1 }`,
    );
    harness.delivery.start();
    await harness.append('abc');
    await delay(5);
    await harness.append('d');
    const released = harness.delivery.release(5000);
    answer?.(delivered);
    await released;
    assert.equal(harness.ledger.delivered, 3);
    assert.equal(harness.cursor.backlog.items, 1);
  });

  test('released, it waits for no repeat', async () => {
    const slow =
      'retry_on_failure: { initial_interval: 1h, max_interval: 1h, max_elapsed_time: 0 }';
    const harness = await createHarness(() => failing, slow, { random: () => 1 });
    harness.delivery.start();
    await harness.append('abc');
    await delay(5);
    await harness.delivery.release(60_000);
    assert.deepEqual([harness.sent.length, harness.cursor.backlog.items], [1, 3]);
  });

  test('stops twice and without a start', async () => {
    const { delivery } = await createHarness(() => delivered);
    await delivery.stop(10);
    await delivery.stop(10);
  });
});

test('waits at random under a growing ceiling, and at least as long as the sink asks', () => {
  const { retry } = settingsOf('');
  const most = (): number => 1;
  assert.equal(waitBeforeRetry(retry, 1, undefined, most), 5000);
  assert.equal(waitBeforeRetry(retry, 2, undefined, most), 7500);
  assert.equal(waitBeforeRetry(retry, 20, undefined, most), 30_000);
  assert.equal(
    waitBeforeRetry(retry, 1, undefined, () => 0),
    0,
  );
  assert.equal(waitBeforeRetry(retry, 1, 9000, most), 9000);
  assert.equal(waitBeforeRetry(retry, 1, 3_600_000, most), 300_000);
});
