import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { delivered } from '../../pipeline/component/outcome.ts';
import { closeOpened, protocols, startPair, storedOf, t0 } from './exporter-on-fake.ts';
import { counter, delta } from './exporter-under-test.ts';

afterEach(closeOpened);

for (const { version, yaml, options } of protocols) {
  describe(`remote write ${version}.0`, () => {
    test('repeats what is left of a slice only, and adds a delta once', async () => {
      let isBusy = true;
      const { server, exporter } = await startPair(yaml, {
        ...options,
        script: (series) =>
          isBusy && series.some(({ name }) => name.startsWith('b'))
            ? { status: 503, headers: { 'retry-after': '3' }, isStored: false }
            : undefined,
      });
      const slice = { metrics: 'abcdefgh'.split('').map((name) => delta(name, 2, t0)) };
      const first = await exporter.send(slice, 'one');
      assert.equal(first.kind === 'retryable' && first.retryAfterMs, 3000);
      isBusy = false;
      assert.deepEqual(await exporter.send(slice, 'one'), delivered);
      const times = new Map<string, number>();
      for (const { series } of server.attempts) {
        for (const { name } of series) times.set(name, (times.get(name) ?? 0) + 1);
      }
      const repeated = [...times].filter(([, count]) => count > 1).map(([name]) => name);
      assert.ok(repeated.some((name) => name.startsWith('b')) && repeated.length < 8);
      await exporter.send({ metrics: [delta('b', 5, t0 + 1000)] });
      assert.deepEqual(storedOf(server)['b_total{weir_instance="weir-1"}'], [2, 7]);
    });

    test('an answer that got lost repeats the newest point of each series, which the server takes', async () => {
      const { server, exporter } = await startPair(yaml, {
        ...options,
        script: (_series, request) => (request === 2 ? { status: 204, isReset: true } : undefined),
      });
      const metrics = [1, 2, 3].map((value) => counter('calls', value, t0 + value));
      const outcome = await exporter.send({ metrics }, 'one');
      assert.equal(outcome.kind, 'retryable');
      assert.deepEqual(await exporter.send({ metrics }, 'one'), delivered);
      assert.deepEqual(Object.values(storedOf(server)), [[1, 2, 3]]);
      assert.deepEqual(exporter.refused(), {});
    });
  });
}

test('an attempt that runs out of time leaves the series to the next one', async () => {
  const { server, exporter } = await startPair('', {
    hold: (request) => (request === 1 ? new Promise(() => undefined) : Promise.resolve()),
  });
  const controller = new AbortController();
  const slice = { metrics: [delta('d', 2, t0)] };
  const first = exporter.send(slice, 'one', controller.signal);
  while (server.peak === 0) await setImmediate();
  controller.abort(new Error('no answer within 5000 ms'));
  const outcome = await first;
  assert.equal(outcome.kind === 'retryable' && outcome.cause, 'timeout');
  assert.deepEqual(await exporter.send(slice, 'one'), delivered);
  assert.deepEqual(Object.values(storedOf(server)), [[2]]);
});

test('halves of a slice that failed for too long finish the whole, and add nothing twice', async () => {
  let isDown = true;
  const { server, exporter } = await startPair('', {
    script: () => (isDown ? { status: 503, isStored: false } : undefined),
  });
  const [a, b] = [delta('a', 2, t0), delta('b', 3, t0)];
  const before = await exporter.send({ metrics: [a, counter('c', 1, t0), b] }, 'x/0-9');
  assert.equal(before.kind, 'retryable');
  isDown = false;
  assert.deepEqual(await exporter.send({ metrics: [a] }, 'x/0-9/0'), delivered);
  assert.deepEqual(await exporter.send({ metrics: [counter('c', 1, t0)] }, 'x/0-9/1/0'), delivered);
  assert.deepEqual(await exporter.send({ metrics: [b] }, 'x/0-9/1/1'), delivered);
  assert.deepEqual(Object.values(storedOf(server)).flat().sort(), [1, 2, 3]);
});

test('a slice that waits to be repeated while another pipeline sends many is written once, and whole', async () => {
  let isDown = true;
  const { server, exporter } = await startPair('', {
    script: (series) =>
      isDown && series.some(({ name }) => /^[ac]_/.test(name))
        ? { status: 502, isStored: false }
        : undefined,
  });
  const slow = { metrics: [delta('a', 2, t0), counter('c', 1, t0)] };
  assert.equal((await exporter.send(slow, 'one/0-9')).kind, 'retryable');
  for (let i = 0; i < 40; i += 1) {
    await exporter.send({ metrics: [delta('b', 1, t0 + i)] }, `two/${i}-${i + 1}`);
  }
  isDown = false;
  assert.deepEqual(await exporter.send(slow, 'one/0-9'), delivered);
  const { 'a_total{weir_instance="weir-1"}': a, 'c_total{weir_instance="weir-1"}': c } =
    storedOf(server);
  assert.deepEqual([a, c], [[2], [1]]);
});

test('halves of a slice that was never sent are slices of their own', async () => {
  const { server, exporter } = await startPair();
  await exporter.send({ metrics: [delta('a', 2, t0)] }, 'x/0-9/0');
  await exporter.send({ metrics: [delta('b', 3, t0)] }, 'x/0-9/1');
  assert.deepEqual(Object.values(storedOf(server)).flat().sort(), [2, 3]);
});
