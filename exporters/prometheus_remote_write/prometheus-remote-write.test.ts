import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { startFakePrometheus } from '../../test/support/prometheus-fake.ts';
import type {
  FakeOptions,
  FakePrometheus,
  WrittenSample,
} from '../../test/support/prometheus-fake.ts';
import { counter, delta, histogram, nano, startExporter } from './exporter-under-test.ts';
import type { ExporterUnderTest } from './exporter-under-test.ts';

const closing: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

interface Pair {
  readonly server: FakePrometheus;
  readonly exporter: ExporterUnderTest;
}

async function start(yaml = '', options: FakeOptions = {}): Promise<Pair> {
  const server = await startFakePrometheus(options);
  const exporter = await startExporter(server.url, yaml);
  closing.push(server, exporter);
  return { server, exporter };
}

const v2 = 'protobuf_message: io.prometheus.write.v2.Request';
const never = new Promise<void>(() => undefined);
const t0 = 1_795_225_200_000;
const delivered = { kind: 'delivered' };

function storedOf({ stored }: FakePrometheus): Record<string, readonly WrittenSample['value'][]> {
  const entries = [...stored].map(([name, samples]) => [name, samples.map(({ value }) => value)]);
  return Object.fromEntries(entries) as Record<string, WrittenSample['value'][]>;
}

for (const version of [1, 2] as const) {
  const yaml = version === 2 ? v2 : '';
  const options = { knowsV2: version === 2 };

  describe(`remote write ${version}.0`, () => {
    test('has the headers of its version, and labels in the order of their names', async () => {
      const { server, exporter } = await start(
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
      const { server, exporter } = await start(yaml, options);
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
      const { server, exporter } = await start(yaml, options);
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
      const { server, exporter } = await start(yaml, options);
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
      const { server, exporter } = await start(yaml, options);
      const resource = { 'service.instance.id': 'i1' };
      await exporter.send({ metrics: [histogram(t0)], resource });
      const other = histogram(t0 + 1000, { explicitBounds: [0.5, 20] });
      await exporter.send({ metrics: [other], resource });
      const values = storedOf(server);
      assert.deepEqual(values['wait_seconds_bucket{instance="i1",le="10.0"}'], [3, 'STALE']);
      assert.deepEqual(values['wait_seconds_bucket{instance="i1",le="20.0"}'], [3]);
      assert.deepEqual(values['wait_seconds_bucket{instance="i1",le="0.5"}'], [1, 1]);
    });

    test('repeats what is left of a slice only, and adds a delta once', async () => {
      let isBusy = true;
      const { server, exporter } = await start(yaml, {
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
      const { server, exporter } = await start(yaml, {
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

    test('finds what a server refuses among the rest, and counts it by the reason', async () => {
      const { server, exporter } = await start(
        `${yaml}${yaml && ','} remote_write_queue: { num_consumers: 2 }`,
        options,
      );
      const before = Array.from({ length: 3 }, (_, i) => counter(`bad${i}`, 9, t0 + 60_000));
      const other = await startExporter(server.url, yaml);
      closing.push(other);
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

describe('remote write 2.0', () => {
  test('says type, unit, help and start with every series', async () => {
    const { server, exporter } = await start(v2, { knowsV2: true });
    await exporter.send({ metrics: [counter('calls', 3, t0), histogram(t0)] });
    const [calls, bucket] = server.attempts
      .flatMap(({ series }) => series)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    assert.deepEqual(calls?.metadata, { type: 1, help: 'A counter.', unit: '' });
    assert.equal(calls.samples[0]?.startMs, t0 - 60_000);
    assert.deepEqual(bucket?.metadata, { type: 3, help: 'Waits.', unit: 'seconds' });
  });

  test('a server that does not say what it wrote gets the same in 1.0, and 1.0 from then on', async () => {
    const { server, exporter } = await start(v2, { knowsV2: false });
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
      const { server, exporter } = await start(v2, {
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
    const { exporter } = await start(v2, {
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

describe('what is sent', () => {
  test('deltas become sums, whatever the order and the number of slices', async () => {
    const { server, exporter } = await start();
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
    const { server, exporter } = await start();
    await exporter.send({ metrics: [counter('a', 5, t0)] });
    assert.deepEqual(await exporter.send({ metrics: [counter('a', 5, t0)] }), delivered);
    const metrics = [counter('a', 4, t0 - 1), counter('a', 6, t0), counter('a', 7, t0 + 1)];
    const outcome = await exporter.send({ metrics });
    assert.equal(outcome.kind === 'partial' && outcome.rejectedItems, 2);
    assert.deepEqual(exporter.refused(), { out_of_order: 1, duplicate: 1 });
    assert.deepEqual(Object.values(storedOf(server)), [[5, 7]]);
    assert.equal(server.attempts.length, 2);
  });

  test('goes out in shards at once, and never two requests of one series', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const { server, exporter } = await start('remote_write_queue: { num_consumers: 3 }', {
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
    const { server, exporter } = await start(
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
    const { exporter } = await start('', {
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
    const { server, exporter } = await start('remote_write_queue: { num_consumers: 1 }', {
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

  for (const [status, outcome] of [
    [500, { kind: 'retryable', cause: 'internal' }],
    [501, { kind: 'retryable', cause: 'server' }],
    [429, { kind: 'retryable', cause: 'busy' }],
    [401, { kind: 'retryable', cause: 'auth' }],
    [404, { kind: 'rejected', blames: 'request' }],
    [302, { kind: 'rejected', blames: 'request' }],
  ] as const) {
    test(`${status} is ${outcome.kind}`, async () => {
      const { exporter } = await start('', {
        script: () => ({ status, body: 'why', isStored: false }),
      });
      const { message, ...rest } = (await exporter.send({ metrics: [counter('a', 1, t0)] })) as {
        message: string;
      };
      assert.deepEqual(rest, outcome);
      assert.match(message, new RegExp(`HTTP ${status}`));
    });
  }

  test('an attempt that runs out of time leaves the series to the next one', async () => {
    const { server, exporter } = await start('', {
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
});

test('halves of a slice that failed for too long finish the whole, and add nothing twice', async () => {
  let isDown = true;
  const { server, exporter } = await start('', {
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
  const { server, exporter } = await start('', {
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
  const { server, exporter } = await start();
  await exporter.send({ metrics: [delta('a', 2, t0)] }, 'x/0-9/0');
  await exporter.send({ metrics: [delta('b', 3, t0)] }, 'x/0-9/1');
  assert.deepEqual(Object.values(storedOf(server)).flat().sort(), [2, 3]);
});

test('a server that is too slow for large requests gets smaller ones', async () => {
  let controller = new AbortController();
  const { server, exporter } = await start('remote_write_queue: { num_consumers: 1 }', {
    hold: async (_request, series) => {
      if (series.length <= 10) return;
      controller.abort(new Error('no answer within 5000 ms'));
      await never;
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

describe('labels', () => {
  test('external ones are added where a series has none of its own', async () => {
    const { server, exporter } = await start(
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
    const { server, exporter } = await start(
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
    const { server, exporter } = await start('instance_label: ""');
    await exporter.send({ metrics: [counter('a', 1, t0)] });
    assert.deepEqual([...server.stored.keys()], ['a_total{}']);
  });

  test('names are UTF-8 where that is configured', async () => {
    const { server, exporter } = await start(
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
    const plain = await start(`${v2}, translation_strategy: NoTranslation`, { knowsV2: true });
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
    const { server, exporter } = await start('send_metadata: true');
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
});

test('series that had no point for longest are forgotten first, counted', async () => {
  const { server, exporter } = await start('max_series: 2');
  for (const name of ['a', 'b', 'a', 'c']) await exporter.send({ metrics: [delta(name, 2, t0)] });
  await exporter.send({ metrics: [delta('a', 2, t0 + 10), delta('b', 2, t0 + 10)] });
  const values = storedOf(server);
  assert.deepEqual(values['a_total{weir_instance="weir-1"}'], [2, 4, 6]);
  assert.deepEqual(values['b_total{weir_instance="weir-1"}'], [2, 2]);
  assert.equal(exporter.counted.filter(({ name }) => name.includes('forgotten')).length, 2);
});
