import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { delivered } from '../../pipeline/component/outcome.ts';
import { skipWithoutPrometheus, startPrometheus } from '../../test/support/prometheus-server.ts';
import type {
  PrometheusUnderTest,
  PrometheusVersion,
} from '../../test/support/prometheus-server.ts';
import { counter, delta, histogram, nano, startExporter, v2 } from './exporter-under-test.ts';
import type { ExporterUnderTest } from './exporter-under-test.ts';

const instance = 'service.instance.id';

interface Case {
  readonly server: PrometheusVersion;
  readonly protocol: '1.0' | '2.0';
}

const cases: readonly Case[] = [
  { server: 2, protocol: '1.0' },
  { server: 2, protocol: '2.0' },
  { server: 3, protocol: '1.0' },
  { server: 3, protocol: '2.0' },
];

for (const { server, protocol } of cases) {
  const yaml = protocol === '2.0' ? v2 : '';
  const skip = skipWithoutPrometheus(server);

  describe(`remote write ${protocol} to a real Prometheus ${server}`, { skip }, () => {
    let prometheus: PrometheusUnderTest;
    let exporter: ExporterUnderTest;
    const open = (more = ''): Promise<ExporterUnderTest> =>
      startExporter(`${prometheus.url}/api/v1/write`, [yaml, more].filter(Boolean).join(', '));
    const values = async (selector: string): Promise<string[]> =>
      (await prometheus.samples(selector)).flatMap((one) => one.values.map(([, value]) => value));

    before(async () => {
      prometheus = await startPrometheus({ version: server });
      exporter = await open();
    });
    after(async () => {
      await exporter.close();
      await prometheus.remove();
    });

    test('sums, sums of deltas, histograms and their exemplars are there', async () => {
      const now = Date.now();
      const resource = { 'service.name': 'shop', [instance]: 'i1', 'host.name': 'h' };
      const metrics = [
        counter('calls', 3, now - 10),
        counter('calls', 5, now),
        delta('tokens', 100, now - 10),
        delta('tokens', 10, now),
        histogram(now),
      ];
      assert.deepEqual(await exporter.send({ metrics, resource }), delivered);
      assert.deepEqual(await values('calls_total'), ['3', '5']);
      assert.deepEqual(await values('tokens_total'), ['100', '110']);
      const [wait] = await prometheus.query('histogram_quantile(0.25, wait_seconds_bucket)');
      assert.equal(wait?.value, 0.5 + 9.5 * 0.25);
      assert.deepEqual(wait.metric, { instance: 'i1', job: 'shop' });
      const [info] = await prometheus.query('target_info');
      assert.deepEqual(info?.metric['host_name'], 'h');
      const exemplars = await prometheus.exemplars('wait_seconds_bucket');
      assert.deepEqual(exemplars, [
        { labels: { trace_id: 'ab'.repeat(16) }, timestamp: now / 1000, value: '7' },
      ]);
    });

    test('a series that has ended is no longer shown', async () => {
      const now = Date.now();
      const resource = { [instance]: 'i2' };
      await exporter.send({ metrics: [counter('ends', 1, now - 10)], resource });
      assert.equal((await prometheus.query('ends_total', now - 5)).length, 1);
      const dataPoints = [{ flags: 1, timeUnixNano: nano(now) }];
      const ended = {
        name: 'ends',
        sum: { dataPoints, aggregationTemporality: 2, isMonotonic: true },
      };
      assert.deepEqual(await exporter.send({ metrics: [ended], resource }), delivered);
      assert.deepEqual(await prometheus.query('ends_total', now + 5), []);
    });

    test('a slice that is sent again after a restart is taken again', async () => {
      const slice = { metrics: [counter('again', 1, Date.now())], resource: { [instance]: 'i3' } };
      const another = await open();
      assert.deepEqual(await exporter.send(slice), delivered);
      assert.deepEqual(await another.send(slice), delivered);
      assert.deepEqual(await values('again_total'), ['1']);
      await another.close();
    });

    test('what it refuses is dropped and counted, and all else is stored', async () => {
      const now = Date.now();
      const resource = { [instance]: 'i4' };
      await exporter.send({ metrics: [counter('bad', 9, now)], resource });
      const another = await open();
      const good = Array.from({ length: 50 }, (_, i) => counter(`good${i}`, i, now - 1000));
      const outcome = await another.send({
        metrics: [counter('bad', 8, now - 1000), ...good],
        resource,
      });
      assert.equal(outcome.kind === 'partial' && outcome.rejectedItems, 1);
      assert.deepEqual(another.refused(), { out_of_order: 1 });
      assert.equal((await prometheus.query('count({__name__=~"good.+"})'))[0]?.value, 50);
      await another.close();
    });

    test('types and help come with the series', async () => {
      const another = await open('send_metadata: true');
      const metrics = [counter('told', 1, Date.now())];
      assert.deepEqual(await another.send({ metrics, resource: { [instance]: 'i5' } }), delivered);
      await another.close();
    });

    test(`speaks ${server === 2 ? '1.0' : protocol} in the end`, () => {
      const fallbacks = exporter.counted.filter(({ name }) => name.includes('fallbacks')).length;
      assert.equal(fallbacks, server === 2 && protocol === '2.0' ? 1 : 0);
    });
  });
}
