import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { delivered } from '../../pipeline/component/outcome.ts';
import { closeOpened, protocols, startOn, startPair, storedOf, t0 } from './exporter-on-fake.ts';
import { counter } from './exporter-under-test.ts';

afterEach(closeOpened);

describe('what is sent', () => {
  test('goes out in shards at once, and never two requests of one series', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const { server, exporter } = await startPair('remote_write_queue: { num_consumers: 3 }', {
      hold: () => gate,
    });
    const metrics = Array.from({ length: 40 }, (_, i) => [
      counter(`m${i}`, 1, t0),
      counter(`m${i}`, 2, t0 + 1),
    ]);
    const sending = exporter.send({ metrics: metrics.flat() });
    const next = exporter.send({ metrics: [counter('m0', 3, t0 + 2)] });
    while (server.peak < 3) await setImmediate();
    open();
    assert.deepEqual(await Promise.all([sending, next]), [delivered, delivered]);
    assert.equal(server.peak, 3);
    assert.equal(server.attempts.length, 7);
    assert.deepEqual(storedOf(server)['m0_total{weir_instance="weir-1"}'], [1, 2, 3]);
    for (const values of Object.values(storedOf(server)))
      assert.deepEqual(values.slice(0, 2), [1, 2]);
  });

  test('is parted where it is over max_batch_size_bytes, and halved where the server finds it too large', async () => {
    const { server, exporter } = await startPair(
      'max_batch_size_bytes: 2000, remote_write_queue: { num_consumers: 1 }',
      {
        script: (series) => (series.length > 5 ? { status: 413, isStored: false } : undefined),
      },
    );
    const metrics = Array.from({ length: 40 }, (_, i) =>
      counter(`m${i}`, 1, t0, { at: 'x'.repeat(50) }),
    );
    assert.deepEqual(await exporter.send({ metrics }), delivered);
    assert.equal(server.stored.size, 40);
    assert.ok(server.attempts.length > 8);
  });

  test('a single point that is too large is given up on, counted', async () => {
    const { exporter } = await startPair('', {
      script: (series) =>
        series.some(({ name }) => name.startsWith('big'))
          ? { status: 413, isStored: false }
          : undefined,
    });
    const outcome = await exporter.send({ metrics: [counter('big', 1, t0), counter('a', 1, t0)] });
    assert.equal(outcome.kind === 'partial' && outcome.rejectedItems, 1);
    assert.deepEqual(exporter.refused(), { too_large: 1 });
  });

  test('costs a server that refuses everything forty requests a slice, then four', async () => {
    const { server, exporter } = await startPair('remote_write_queue: { num_consumers: 1 }', {
      script: () => ({ status: 400, body: 'no', isStored: false }),
    });
    const slice = (at: number) => ({
      metrics: Array.from({ length: 100 }, (_, i) => counter(`m${i}`, 1, t0 + at)),
    });
    const outcome = await exporter.send(slice(0));
    assert.equal(outcome.kind === 'partial' && outcome.rejectedItems, 100);
    assert.equal(server.attempts.length, 40);
    await exporter.send(slice(1));
    assert.equal(server.attempts.length, 44);
    assert.deepEqual(exporter.refused(), { rejected: 200 });
  });
});

for (const { version, yaml, options } of protocols) {
  describe(`remote write ${version}.0`, () => {
    test('finds what a server refuses among the rest, and counts it by the reason', async () => {
      const { server, exporter } = await startPair(
        `${yaml}${yaml && ','} remote_write_queue: { num_consumers: 2 }`,
        options,
      );
      const before = Array.from({ length: 3 }, (_, i) => counter(`bad${i}`, 9, t0 + 60_000));
      const other = await startOn(server, yaml);
      await other.send({ metrics: before });
      const metrics = [
        ...Array.from({ length: 60 }, (_, i) => counter(`good${i}`, 1, t0)),
        ...Array.from({ length: 3 }, (_, i) => counter(`bad${i}`, 8, t0)),
      ];
      const outcome = await exporter.send({ metrics });
      assert.equal(outcome.kind === 'partial' && outcome.rejectedItems, 3);
      assert.deepEqual(exporter.refused(), { out_of_order: 3 });
      assert.equal([...server.stored.keys()].filter((name) => name.startsWith('good')).length, 60);
    });
  });
}

for (const [status, outcome] of [
  [500, { kind: 'retryable', cause: 'internal' }],
  [501, { kind: 'retryable', cause: 'server' }],
  [429, { kind: 'retryable', cause: 'busy' }],
  [401, { kind: 'retryable', cause: 'auth' }],
  [404, { kind: 'rejected', blames: 'request' }],
  [302, { kind: 'rejected', blames: 'request' }],
] as const) {
  test(`${status} is ${outcome.kind}`, async () => {
    const { exporter } = await startPair('', {
      script: () => ({ status, body: 'why', isStored: false }),
    });
    const { message, ...rest } = (await exporter.send({ metrics: [counter('a', 1, t0)] })) as {
      message: string;
    };
    assert.deepEqual(rest, outcome);
    assert.match(message, new RegExp(`HTTP ${status}`));
  });
}

test('a server that is too slow for large requests gets smaller ones', async () => {
  let controller = new AbortController();
  const { server, exporter } = await startPair('remote_write_queue: { num_consumers: 1 }', {
    hold: async (_request, series) => {
      if (series.length <= 10) return;
      controller.abort(new Error('no answer within 5000 ms'));
      await new Promise(() => undefined);
    },
  });
  const slice = { metrics: Array.from({ length: 40 }, (_, i) => counter(`m${i}`, 1, t0)) };
  const kinds: string[] = [];
  while (kinds.at(-1) !== 'delivered' && kinds.length < 9) {
    controller = new AbortController();
    kinds.push((await exporter.send(slice, 'one', controller.signal)).kind);
  }
  assert.deepEqual(kinds, ['retryable', 'retryable', 'retryable', 'delivered']);
  assert.equal(server.stored.size, 40);
});
