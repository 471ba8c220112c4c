import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { closeOpened, startPair, t0 } from './exporter-on-fake.ts';
import { counter, delta, histogram, startExporter, v2 } from './exporter-under-test.ts';

afterEach(closeOpened);

test('external ones are added where a series has none of its own', async () => {
  const { server, exporter } = await startPair(
    'external_labels: { cluster: c1, "a.b": d }, disable_scope_info: true',
  );
  const resource = { 'service.name': 'shop', 'service.namespace': 'eu', 'host.name': 'h' };
  const metrics = [counter('a', 1, t0, { cluster: 'own' }), counter('b', 1, t0)];
  await exporter.send({ metrics, resource });
  assert.deepEqual([...server.stored.keys()].sort(), [
    'a_total{a_b="d",cluster="own",job="eu/shop",weir_instance="weir-1"}',
    'b_total{a_b="d",cluster="c1",job="eu/shop",weir_instance="weir-1"}',
    'target_info{a_b="d",cluster="c1",host_name="h",job="eu/shop",weir_instance="weir-1"}',
  ]);
});

test('this Weir is named on sums of deltas, and where the resource names no instance', async () => {
  const { server, exporter } = await startPair(
    'instance_label: replica, target_info: { enabled: false }',
  );
  const resource = { 'service.instance.id': 'i1', 'host.name': 'h' };
  await exporter.send({ metrics: [counter('a', 1, t0), delta('d', 1, t0)], resource });
  assert.deepEqual([...server.stored.keys()].sort(), [
    'a_total{instance="i1"}',
    'd_total{instance="i1",replica="weir-1"}',
  ]);
});

test('it is not where instance_label is empty', async () => {
  const { server, exporter } = await startPair('instance_label: ""');
  await exporter.send({ metrics: [counter('a', 1, t0)] });
  assert.deepEqual([...server.stored.keys()], ['a_total{}']);
});

test('names are UTF-8 where that is configured', async () => {
  const { server, exporter } = await startPair(
    `${v2}, translation_strategy: NoUTF8EscapingWithSuffixes, namespace: app`,
    { knowsV2: true },
  );
  await exporter.send({
    metrics: [histogram(t0), counter('http.calls', 1, t0, { 'http.route': '/' })],
    resource: { 'service.instance.id': 'i1' },
  });
  const names = [...server.stored.keys()].filter((name) => !name.includes('bucket')).sort();
  assert.deepEqual(names, [
    'app_http.calls_total{http.route="/",instance="i1"}',
    'app_wait_seconds_count{instance="i1"}',
    'app_wait_seconds_sum{instance="i1"}',
  ]);
  const plain = await startPair(`${v2}, translation_strategy: NoTranslation`, { knowsV2: true });
  await plain.exporter.send({
    metrics: [counter('http.calls', 1, t0)],
    resource: { 'service.instance.id': 'i1' },
  });
  assert.deepEqual([...plain.server.stored.keys()], ['http.calls{instance="i1"}']);
  await assert.rejects(
    startExporter('http://127.0.0.1:1', 'translation_strategy: NoTranslation'),
    /needs protobuf_message: io\.prometheus/,
  );
});

test('metadata goes before the first points of a family where that is configured', async () => {
  const { server, exporter } = await startPair('send_metadata: true');
  await exporter.send({ metrics: [counter('a', 1, t0), histogram(t0)] });
  await exporter.send({ metrics: [counter('a', 2, t0 + 1)] });
  const told = server.attempts.map(({ metadata }) =>
    metadata.map(({ metricFamilyName, type }) => [metricFamilyName, type]),
  );
  assert.deepEqual(told[0], [
    ['a_total', 1],
    ['wait_seconds', 3],
  ]);
  assert.deepEqual(told.slice(1).flat(), []);
});
