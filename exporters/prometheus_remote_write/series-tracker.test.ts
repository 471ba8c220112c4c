import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { delivered } from '../../pipeline/component/outcome.ts';
import { closeOpened, startPair, storedOf, t0 } from './exporter-on-fake.ts';
import { counter, delta, histogram } from './exporter-under-test.ts';

afterEach(closeOpened);

test('deltas become sums, whatever the order and the number of slices', async () => {
  const { server, exporter } = await startPair();
  await exporter.send({ metrics: [delta('d', 2, t0 + 50), delta('d', 3, t0)] });
  await exporter.send({ metrics: [delta('d', 4, t0 + 20)] });
  await exporter.send({ metrics: [histogram(t0, {}, 1)] });
  const more = { explicitBounds: [1], bucketCounts: ['1', '0'], count: '1', sum: 0.5 };
  await exporter.send({ metrics: [histogram(t0 + 1, more, 1)] });
  const values = storedOf(server);
  assert.deepEqual(values['d_total{weir_instance="weir-1"}'], [3, 5, 9]);
  assert.deepEqual(values['wait_seconds_bucket{le="1.0",weir_instance="weir-1"}'], [2]);
  assert.deepEqual(values['wait_seconds_bucket{le="10.0",weir_instance="weir-1"}'], [3, 4]);
  assert.deepEqual(values['wait_seconds_count{weir_instance="weir-1"}'], [6, 7]);
});

test('the same point again is no news; an older one, and another value at the same time, are refused and counted', async () => {
  const { server, exporter } = await startPair();
  await exporter.send({ metrics: [counter('a', 5, t0)] });
  assert.deepEqual(await exporter.send({ metrics: [counter('a', 5, t0)] }), delivered);
  const metrics = [counter('a', 4, t0 - 1), counter('a', 6, t0), counter('a', 7, t0 + 1)];
  const outcome = await exporter.send({ metrics });
  assert.equal(outcome.kind === 'partial' && outcome.rejectedItems, 2);
  assert.deepEqual(exporter.refused(), { out_of_order: 1, duplicate: 1 });
  assert.deepEqual(Object.values(storedOf(server)), [[5, 7]]);
  assert.equal(server.attempts.length, 2);
});

test('series that had no point for longest are forgotten first, counted', async () => {
  const { server, exporter } = await startPair('max_series: 2');
  for (const name of ['a', 'b', 'a', 'c']) await exporter.send({ metrics: [delta(name, 2, t0)] });
  await exporter.send({ metrics: [delta('a', 2, t0 + 10), delta('b', 2, t0 + 10)] });
  const values = storedOf(server);
  assert.deepEqual(values['a_total{weir_instance="weir-1"}'], [2, 4, 6]);
  assert.deepEqual(values['b_total{weir_instance="weir-1"}'], [2, 2]);
  assert.equal(exporter.counted.filter(({ name }) => name.includes('forgotten')).length, 2);
});
