import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { delivered } from '../../pipeline/component/outcome.ts';
import { closeOpened, protocols, startPair, storedOf, t0 } from './exporter-on-fake.ts';
import { counter, histogram, nano, v2 } from './exporter-under-test.ts';

afterEach(closeOpened);

for (const { version, yaml, options } of protocols) {
  describe(`remote write ${version}.0`, () => {
    test('has the headers of its version, and labels in the order of their names', async () => {
      const { server, exporter } = await startPair(
        `${yaml}${yaml && ','} headers: { X-Scope-OrgID: a }`,
        options,
      );
      const labels = { Zone: 'eu', model: 'm', le: 'x' };
      assert.deepEqual(
        await exporter.send({ metrics: [counter('calls', 3, t0, labels)] }),
        delivered,
      );
      const [attempt] = server.attempts;
      assert.equal(attempt?.version, version);
      assert.equal(attempt.headers['content-encoding'], 'snappy');
      assert.equal(attempt.headers['x-scope-orgid'], 'a');
      assert.equal(
        attempt.headers['x-prometheus-remote-write-version'],
        version === 2 ? '2.0.0' : '0.1.0',
      );
      assert.deepEqual(storedOf(server), {
        'calls_total{Zone="eu",exported_le="x",model="m",weir_instance="weir-1"}': [3],
      });
    });

    test('writes a histogram as buckets, sum and count, with the exemplar at its bucket', async () => {
      const { server, exporter } = await startPair(yaml, options);
      const resource = { 'service.name': 'shop', 'service.instance.id': 'i1' };
      await exporter.send({ metrics: [histogram(t0)], resource });
      const at = 'instance="i1",job="shop"';
      assert.deepEqual(storedOf(server), {
        [`wait_seconds_bucket{${at},le="0.5"}`]: [1],
        [`wait_seconds_bucket{${at},le="10.0"}`]: [3],
        [`wait_seconds_bucket{${at},le="+Inf"}`]: [6],
        [`wait_seconds_sum{${at}}`]: [60.5],
        [`wait_seconds_count{${at}}`]: [6],
      });
      const exemplars = server.attempts.flatMap(({ series }) =>
        series.flatMap((one) => one.exemplars.map((exemplar) => [one.name, exemplar])),
      );
      assert.deepEqual(exemplars, [
        [
          `wait_seconds_bucket{${at},le="10.0"}`,
          { labels: `trace_id="${'ab'.repeat(16)}"`, value: 7 },
        ],
      ]);
    });

    test('writes summaries, and numbers that are none', async () => {
      const { server, exporter } = await startPair(yaml, options);
      const quantileValues = [{ quantile: 0.99, value: NaN }];
      const summary = { count: '4', sum: 8, quantileValues, timeUnixNano: nano(t0) };
      const gauge = { asDouble: -Infinity, timeUnixNano: nano(t0) };
      const up = { asInt: '9007199254740993', timeUnixNano: nano(t0) };
      await exporter.send({
        metrics: [
          { name: 's', summary: { dataPoints: [summary] } },
          { name: 'g', unit: '1', gauge: { dataPoints: [gauge] } },
          { name: 'u', sum: { dataPoints: [up], aggregationTemporality: 2 } },
        ],
        resource: { 'service.instance.id': 'i1' },
      });
      assert.deepEqual(storedOf(server), {
        's{instance="i1",quantile="0.99"}': [NaN],
        's_sum{instance="i1"}': [8],
        's_count{instance="i1"}': [4],
        'g_ratio{instance="i1"}': [-Infinity],
        'u{instance="i1"}': [9007199254740992],
      });
    });

    test('marks a series as ended where its sender says so, with all that belongs to it', async () => {
      const { server, exporter } = await startPair(yaml, options);
      const resource = { 'service.instance.id': 'i1' };
      await exporter.send({ metrics: [histogram(t0)], resource });
      const ended = {
        name: 'wait',
        unit: 's',
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [{ flags: 1, timeUnixNano: nano(t0 + 1000) }],
        },
      };
      assert.deepEqual(await exporter.send({ metrics: [ended], resource }), delivered);
      assert.deepEqual(
        Object.values(storedOf(server)).map((values) => values.at(-1)),
        Array(5).fill('STALE'),
      );
      await exporter.send({ metrics: [histogram(t0 + 2000)], resource });
      assert.deepEqual(storedOf(server)['wait_seconds_count{instance="i1"}'], [6, 'STALE', 6]);
    });

    test('marks the buckets as ended that a histogram has no more', async () => {
      const { server, exporter } = await startPair(yaml, options);
      const resource = { 'service.instance.id': 'i1' };
      await exporter.send({ metrics: [histogram(t0)], resource });
      const other = histogram(t0 + 1000, { explicitBounds: [0.5, 20] });
      await exporter.send({ metrics: [other], resource });
      const values = storedOf(server);
      assert.deepEqual(values['wait_seconds_bucket{instance="i1",le="10.0"}'], [3, 'STALE']);
      assert.deepEqual(values['wait_seconds_bucket{instance="i1",le="20.0"}'], [3]);
      assert.deepEqual(values['wait_seconds_bucket{instance="i1",le="0.5"}'], [1, 1]);
    });
  });
}

describe('remote write 2.0', () => {
  test('says type, unit, help and start with every series', async () => {
    const { server, exporter } = await startPair(v2, { knowsV2: true });
    await exporter.send({ metrics: [counter('calls', 3, t0), histogram(t0)] });
    const [calls, bucket] = server.attempts
      .flatMap(({ series }) => series)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    assert.deepEqual(calls?.metadata, { type: 1, help: 'A counter.', unit: '' });
    assert.equal(calls.samples[0]?.startMs, t0 - 60_000);
    assert.deepEqual(bucket?.metadata, { type: 3, help: 'Waits.', unit: 'seconds' });
  });

  test('a server that does not say what it wrote gets the same in 1.0, and 1.0 from then on', async () => {
    const { server, exporter } = await startPair(v2, { knowsV2: false });
    assert.deepEqual(await exporter.send({ metrics: [counter('a', 1, t0)] }), delivered);
    assert.deepEqual(await exporter.send({ metrics: [counter('a', 2, t0 + 1)] }), delivered);
    assert.deepEqual(
      server.attempts.map(({ version }) => version),
      [2, 1, 1],
    );
    assert.deepEqual(Object.values(storedOf(server)), [[1, 2]]);
    const fallbacks = exporter.counted.filter(({ name }) => name.includes('fallbacks'));
    assert.equal(fallbacks.length, 1);
    assert.equal(exporter.lines.filter(({ level }) => level === 'warn').length, 1);
  });

  for (const status of [400, 415]) {
    test(`a server that answers ${status} to 2.0 gets 1.0`, async () => {
      const { server, exporter } = await startPair(v2, {
        script: (_series, request) => (request === 1 ? { status, isStored: false } : undefined),
      });
      assert.deepEqual(await exporter.send({ metrics: [counter('a', 1, t0)] }), delivered);
      assert.deepEqual(
        server.attempts.map(({ version }) => version),
        [2, 1],
      );
    });
  }

  test('samples that the server drops without a word are counted', async () => {
    const { exporter } = await startPair(v2, {
      script: () => ({
        status: 204,
        headers: { 'x-prometheus-remote-write-samples-written': '1' },
      }),
    });
    const yaml = { metrics: [counter('a', 1, t0), counter('a', 2, t0 + 1)] };
    assert.deepEqual(await exporter.send(yaml), delivered);
    const outcome = await exporter.send({ metrics: [histogram(t0)] });
    assert.equal(outcome.kind === 'partial' && outcome.rejectedItems, 1);
    assert.deepEqual(exporter.refused(), { unwritten: 1 });
  });
});
