import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { parse } from 'yaml';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import { createMetricsPages, metricsPagesOffer } from '../../pipeline/telemetry/metrics-page.ts';
import type { MetricsPages } from '../../pipeline/telemetry/metrics-page.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import type { RecordingContext } from '../../test/support/component-context.ts';
import { createEncoder } from '../../test/support/encode-slice.ts';
import { encodeRequest } from '../../test/support/otlp-oracle.ts';
import { checkMetrics, skipWithoutPrometheus } from '../../test/support/prometheus-server.ts';
import { prometheusExporter } from './factory.ts';
import { prometheusEncode } from './prometheus.worker.ts';

const opened: Exporter[] = [];

afterEach(async () => {
  for (const exporter of opened.splice(0)) await exporter.shutdown?.();
});

interface Scraped {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

interface UnderTest {
  readonly exporter: Exporter;
  readonly counted: RecordingContext['counted'];
  nowMs: number;
  send(metrics: readonly object[], resource?: Record<string, string>): Promise<Outcome>;
  /** Answer of the page; the lines without comments are the samples. */
  scrape(accept?: string): Promise<Scraped>;
}

const openMetrics = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5';

async function start(
  yaml = '',
  pages: MetricsPages = createMetricsPages({
    contentType: '',
    render: () => Promise.resolve('# TYPE weir_own_total counter\nweir_own_total 1\n'),
  }),
): Promise<UnderTest> {
  const config = (parse(`{ ${yaml} }`) ?? {}) as Record<string, unknown>;
  const context = createRecordingContext('prometheus', {
    offer: (name) => (name === metricsPagesOffer ? pages : undefined),
    clock: {
      now: () => underTest.nowMs,
      monotonic: () => underTest.nowMs,
      sleep: () => Promise.resolve(),
    },
  });
  const exporter = prometheusExporter.create(config, context);
  const encode = createEncoder(prometheusEncode, prometheusExporter, {
    config,
    signal: 'metrics',
  });
  const underTest: UnderTest = {
    exporter,
    counted: context.counted,
    nowMs: 1_000_000,
    send: (metrics, resource = {}) => {
      const [payload] = encode(toRequest(metrics, resource), metrics.length);
      assert.ok(payload);
      const { signal: abort } = new AbortController();
      return exporter.send(payload, { id: '1', signal: 'metrics', attempt: 1, abort });
    },
    scrape: async (accept = '') => {
      const rendered = await pages.own?.render(accept);
      assert.ok(rendered);
      return { status: 200, type: rendered.contentType, text: rendered.text };
    },
  };
  await exporter.start?.();
  opened.push(exporter);
  return underTest;
}

function toRequest(metrics: readonly object[], resource: Record<string, string>): Uint8Array {
  return encodeRequest('metrics', {
    resourceMetrics: [
      { resource: { attributes: toAttributes(resource) }, scopeMetrics: [{ metrics }] },
    ],
  });
}

function toAttributes(values: Record<string, string>): object[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

const cumulative = 2;
const delta = 1;

function counter(name: string, value: number, more: object = {}, unit = ''): object {
  const point = { asDouble: value, timeUnixNano: '1700000000000000000', ...more };
  return {
    name,
    unit,
    description: 'A counter.',
    sum: { dataPoints: [point], aggregationTemporality: cumulative, isMonotonic: true },
  };
}

function samplesOf({ text }: Scraped): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const histogram = {
  name: 'request.duration',
  unit: 'ms',
  description: 'A histogram.',
  histogram: {
    aggregationTemporality: cumulative,
    dataPoints: [
      {
        count: '6',
        sum: 60.5,
        bucketCounts: ['1', '2', '3'],
        explicitBounds: [0.5, 10],
        exemplars: [
          { asDouble: 7, timeUnixNano: '1700000000500000000', traceId: Buffer.alloc(16, 0xab) },
        ],
      },
    ],
  },
};

describe('names', () => {
  test('units and kinds become suffixes, as in the specification', async () => {
    const one = await start('namespace: app');
    await one.send([
      counter('http.server.requests', 1, {}, '{request}'),
      counter('disk.io', 2, {}, 'By'),
      counter('total.energy', 3, {}, 'J'),
      counter('speed', 4, {}, 'm/s'),
      { name: 'cpu.load', unit: '1', gauge: { dataPoints: [{ asDouble: 0.5 }] } },
      { name: 'queue.bytes', unit: 'By', gauge: { dataPoints: [{ asInt: '-9' }] } },
    ]);
    assert.deepEqual(samplesOf(await one.scrape()), [
      'weir_own_total 1',
      'app_http_server_requests_total 1',
      'app_disk_io_bytes_total 2',
      'app_energy_joules_total 3',
      'app_speed_meters_per_second_total 4',
      'app_cpu_load_ratio 0.5',
      'app_queue_bytes -9',
    ]);
  });

  test('those without an ASCII letter or digit are told apart by their code points', async () => {
    const one = await start('namespace: app');
    await one.send([
      counter('日本', 1, {}, 's'),
      counter('中国', 2),
      { name: '温_𝛼', gauge: { dataPoints: [{ asInt: '3' }] } },
    ]);
    assert.deepEqual(samplesOf(await one.scrape()).slice(1), [
      'app_U___65e5__672c__seconds_total 1',
      'app_U___4e2d__56fd__total 2',
      'app_U___6e29____1d6fc_ 3',
    ]);
  });

  test('those with letters outside ASCII are told apart by them, names of labels too', async () => {
    const one = await start('');
    const labelled = (...keys: string[]): object => ({
      attributes: keys.map((key) => ({ key, value: { stringValue: 'x' } })),
    });
    await one.send([
      counter('file.größe', 1, labelled('größe', '部门'), 'By'),
      counter('file.gräße', 2, labelled('gräße', '🔥'), 'By'),
      counter('cpu.温度', 3, labelled('cpu°C')),
      counter('cpu.湿度', 4, labelled('1º')),
      counter('cpu→temp', 5),
      counter('größe_bytes', 6, {}, 'By'),
      counter('größe.total', 7),
    ]);
    assert.deepEqual(samplesOf(await one.scrape()).slice(1), [
      'U__file_2e_gr_f6__df_e_bytes_total{U__gr_f6__df_e="x",U___90e8__95e8_="x"} 1',
      'U__file_2e_gr_e4__df_e_bytes_total{U__gr_e4__df_e="x",U___1f525_="x"} 2',
      'U__cpu_2e__6e29__5ea6__total{cpu_C="x"} 3',
      'U__cpu_2e__6e7f__5ea6__total{U___31__ba_="x"} 4',
      'cpu_temp_total 5',
      'U__gr_f6__df_e__bytes_total 6',
      'U__gr_f6__df_e_2e_total 7',
    ]);
  });

  test('they stay as they are where suffixes are turned off', async () => {
    const one = await start('translation_strategy: UnderscoreEscapingWithoutSuffixes');
    await one.send([counter('9.disk.io', 2, {}, 'By')]);
    assert.deepEqual(samplesOf(await one.scrape())[1], '_9_disk_io 2');
    const [, type] = (await one.scrape(openMetrics)).text.split('\n');
    assert.equal(type, 'weir_own_total 1');
  });
});

describe('labels', () => {
  test('are escaped, translated and joined where two keys become one', async () => {
    const one = await start('const_labels: { "tier": "a" }');
    const attributes = toAttributes({ 'a.b': '1', a_b: '2', '1x': '"\\\n', le: 'x', tier: 'mine' });
    await one.send([counter('c', 1, { attributes })]);
    assert.deepEqual(
      samplesOf(await one.scrape())[1],
      ['c_total{tier="a",key_1x="\\"\\\\\\n",a_b="1;2",exported_le="x"} 1'][0],
    );
  });

  test('lists and maps are JSON, not what OTLP writes', async () => {
    const one = await start();
    const list = { values: [{ stringValue: 'x' }, { intValue: '2' }, {}] };
    const map = { values: [{ key: 'k', value: { boolValue: true } }] };
    const attributes = [
      { key: 'list', value: { arrayValue: list } },
      { key: 'map', value: { kvlistValue: map } },
      { key: 'long', value: { intValue: '9007199254740993' } },
    ];
    await one.send([counter('c', 1, { attributes })]);
    assert.equal(
      samplesOf(await one.scrape())[1],
      'c_total{list="[\\"x\\",2,null]",long="9007199254740993",map="{\\"k\\":true}"} 1',
    );
  });

  test('an attribute does not take the place of the service that a series belongs to', async () => {
    const one = await start();
    const attributes = toAttributes({ instance: 'redis:6379', job: 'redis' });
    for (const id of ['i1', 'i2']) {
      const resource = { 'service.name': 'shop', 'service.instance.id': id };
      await one.send([counter('c', 1, { attributes })], resource);
    }
    assert.deepEqual(samplesOf(await one.scrape()).slice(1), [
      'c_total{job="shop",instance="i1",exported_instance="redis:6379",exported_job="redis"} 1',
      'c_total{job="shop",instance="i2",exported_instance="redis:6379",exported_job="redis"} 1',
    ]);
  });

  test('job and instance name the service, and target_info says the rest', async () => {
    const one = await start();
    const resource = {
      'service.name': 'shop',
      'service.namespace': 'eu',
      'service.instance.id': 'i1',
      'host.name': 'h',
    };
    await one.send([counter('c', 1)], resource);
    assert.deepEqual(samplesOf(await one.scrape()).slice(1), [
      'c_total{job="eu/shop",instance="i1"} 1',
      'target_info{host_name="h",job="eu/shop",instance="i1"} 1',
    ]);
  });

  test('resource attributes become labels where that is configured', async () => {
    const one = await start(
      'resource_to_telemetry_conversion: { enabled: true, exclude_service_attributes: true }',
    );
    await one.send([counter('c', 1)], { 'service.name': 'shop', 'host.name': 'h' });
    assert.equal(samplesOf(await one.scrape())[1], 'c_total{job="shop",host_name="h"} 1');
  });
});

describe('kinds of data', () => {
  test('a histogram has buckets that add up, a sum and a count', async () => {
    const one = await start();
    await one.send([histogram]);
    assert.deepEqual(samplesOf(await one.scrape()).slice(1), [
      'request_duration_milliseconds_bucket{le="0.5"} 1',
      'request_duration_milliseconds_bucket{le="10.0"} 3',
      'request_duration_milliseconds_bucket{le="+Inf"} 6',
      'request_duration_milliseconds_sum 60.5',
      'request_duration_milliseconds_count 6',
    ]);
  });

  test('no bucket of a histogram is there twice', async () => {
    const one = await start();
    const point = { count: '6', sum: 1, bucketCounts: ['1', '2', '3', '0'] };
    const data = (explicitBounds: readonly number[]) => ({
      aggregationTemporality: cumulative,
      dataPoints: [{ ...point, explicitBounds }],
    });
    const far = { offset: 0, bucketCounts: ['2', '3'] };
    const exponential = {
      aggregationTemporality: cumulative,
      dataPoints: [{ count: '6', scale: -10, zeroCount: '1', positive: far }],
    };
    await one.send([
      { name: 'a', histogram: data([1, 2, Infinity]) },
      { name: 'b', histogram: data([1, 1, 2]) },
      { name: 'e', exponentialHistogram: exponential },
    ]);
    const buckets = samplesOf(await one.scrape()).filter((line) => line.includes('_bucket'));
    assert.deepEqual(buckets, [
      'a_bucket{le="1.0"} 1',
      'a_bucket{le="2.0"} 3',
      'a_bucket{le="+Inf"} 6',
      'b_bucket{le="1.0"} 3',
      'b_bucket{le="2.0"} 6',
      'b_bucket{le="+Inf"} 6',
      'e_bucket{le="0.0"} 1',
      'e_bucket{le="+Inf"} 6',
    ]);
  });

  test('an exponential histogram is served with powers of two', async () => {
    const one = await start();
    const point = {
      count: '10',
      sum: 20,
      scale: 1,
      zeroCount: '1',
      // At scale 1 the indexes 1, 2, 3, 4 are (1.41, 2], (2, 2.83], (2.83, 4], (4, 5.66].
      positive: { offset: 1, bucketCounts: ['1', '2', '3', '1'] },
      negative: { offset: 0, bucketCounts: ['2'] },
    };
    const data = { aggregationTemporality: cumulative, dataPoints: [point] };
    await one.send([{ name: 'e', exponentialHistogram: data }]);
    assert.deepEqual(samplesOf(await one.scrape()).slice(1), [
      'e_bucket{le="-1.0"} 2',
      'e_bucket{le="0.0"} 3',
      'e_bucket{le="2.0"} 4',
      'e_bucket{le="4.0"} 9',
      'e_bucket{le="8.0"} 10',
      'e_bucket{le="+Inf"} 10',
      'e_sum 20',
      'e_count 10',
    ]);
  });

  test('a summary has quantiles, and numbers that JSON does not know are written as Prometheus does', async () => {
    const one = await start();
    const quantileValues = [
      { quantile: 0.5, value: 2 },
      { quantile: 0.99, value: NaN },
    ];
    await one.send([
      { name: 's', summary: { dataPoints: [{ count: '4', sum: 8, quantileValues }] } },
      { name: 'g', gauge: { dataPoints: [{ asDouble: -Infinity }] } },
    ]);
    assert.deepEqual(samplesOf(await one.scrape()).slice(1), [
      's{quantile="0.5"} 2',
      's{quantile="0.99"} NaN',
      's_sum 8',
      's_count 4',
      'g -Inf',
    ]);
  });

  test('deltas are added up, and an older point says nothing new', async () => {
    const one = await start();
    const data = { aggregationTemporality: delta, isMonotonic: true };
    const add = (asDouble: number): object => ({
      name: 'd',
      sum: { ...data, dataPoints: [{ asDouble }] },
    });
    await one.send([add(2)]);
    await one.send([add(3)]);
    await one.send([counter('c', 5, { timeUnixNano: '1700000002000000000' })]);
    await one.send([counter('c', 4, { timeUnixNano: '1700000001000000000' })]);
    assert.deepEqual(samplesOf(await one.scrape()).slice(1), ['d_total 5', 'c_total 5']);
  });

  test('deltas of histograms are added up over changing bounds', async () => {
    const one = await start();
    const send = (explicitBounds: number[], bucketCounts: string[]): Promise<Outcome> => {
      const point = { count: '3', sum: 2, explicitBounds, bucketCounts };
      const data = { aggregationTemporality: delta, dataPoints: [point] };
      return one.send([{ name: 'h', histogram: data }]);
    };
    await send([1, 4], ['1', '1', '1']);
    await send([1, 2], ['1', '2', '0']);
    assert.deepEqual(samplesOf(await one.scrape()).slice(1), [
      'h_bucket{le="1.0"} 2',
      'h_bucket{le="2.0"} 4',
      'h_bucket{le="4.0"} 5',
      'h_bucket{le="+Inf"} 6',
      'h_sum 4',
      'h_count 6',
    ]);
  });
});

describe('what is served', () => {
  test('ends with a series: by expiry, and by the word of its sender', async () => {
    const one = await start('metric_expiration: 1m');
    await one.send([counter('a', 1), counter('b', 1)]);
    one.nowMs += 50_000;
    await one.send([counter('b', 2)]);
    one.nowMs += 20_000;
    assert.deepEqual(samplesOf(await one.scrape()), ['weir_own_total 1', 'b_total 2']);
    await one.send([counter('b', 0, { flags: 1 })]);
    assert.deepEqual(samplesOf(await one.scrape()), ['weir_own_total 1']);
  });

  test('of a clock that was ahead ends too, and the series goes on', async () => {
    const one = await start('metric_expiration: 1m');
    await one.send([counter('a', 1, { timeUnixNano: '1900000000000000000' })]);
    for (let count = 0; count < 4; count++) {
      one.nowMs += 20_000;
      await one.send([counter('a', 2)]);
    }
    await one.scrape();
    await one.send([counter('a', 3)]);
    assert.deepEqual(samplesOf(await one.scrape()), ['weir_own_total 1', 'a_total 3']);
  });

  test('is bounded, and what is refused is counted and told', async () => {
    const one = await start('max_series: 1');
    assert.deepEqual(await one.send([counter('a', 1)]), { kind: 'delivered' });
    const outcome = await one.send([counter('a', 2), counter('b', 1)]);
    assert.equal(outcome.kind === 'partial' && outcome.rejectedItems, 1);
    const conflict = await one.send([
      { name: 'a.total', gauge: { dataPoints: [{ asDouble: 7 }] } },
    ]);
    assert.equal(conflict.kind, 'partial');
    assert.deepEqual(
      one.counted.map(({ labels }) => labels['reason']),
      ['series_limit', 'type_conflict'],
    );
    assert.deepEqual(samplesOf(await one.scrape()), ['weir_own_total 1', 'a_total 2']);
  });

  test('never has a name twice on a page', async () => {
    const pages = createMetricsPages({
      contentType: '',
      render: () => Promise.resolve('# TYPE weir_own_total counter\nweir_own_total 1\n'),
    });
    const [first, second] = [await start('', pages), await start('', pages)];
    await first.send([counter('weir.own', 9), counter('a', 1)]);
    await second.send([counter('a', 2), counter('b', 2)]);
    assert.deepEqual(samplesOf(await first.scrape()), [
      'weir_own_total 1',
      'a_total 1',
      'b_total 2',
    ]);
  });

  test('is OpenMetrics with exemplars for those that ask, where it is enabled', async () => {
    const plain = await start();
    assert.match((await plain.scrape(openMetrics)).type ?? '', /^text\/plain/);
    const one = await start('enable_open_metrics: true, send_timestamps: true');
    await one.send([histogram, counter('c', 1)]);
    const { type, text } = await one.scrape(openMetrics);
    assert.match(type ?? '', /^application\/openmetrics-text; version=1\.0\.0/);
    assert.equal(
      text,
      [
        '# TYPE weir_own counter',
        'weir_own_total 1',
        '# HELP request_duration_milliseconds A histogram.',
        '# TYPE request_duration_milliseconds histogram',
        'request_duration_milliseconds_bucket{le="0.5"} 1 0.000',
        `request_duration_milliseconds_bucket{le="10.0"} 3 0.000 # {trace_id="${'ab'.repeat(16)}"} 7 1700000000.500`,
        'request_duration_milliseconds_bucket{le="+Inf"} 6 0.000',
        'request_duration_milliseconds_sum 60.5 0.000',
        'request_duration_milliseconds_count 6 0.000',
        '# HELP c A counter.',
        '# TYPE c counter',
        'c_total 1 1700000000.000',
        '# EOF',
        '',
      ].join('\n'),
    );
  });

  test('stands on a page of its own at an endpoint, which a reload takes over', async () => {
    const pages = createMetricsPages();
    const before = await start('endpoint: "127.0.0.1:0"', pages);
    const url = `http://127.0.0.1:${pages.portOf('127.0.0.1:0')}/metrics`;
    await before.send([counter('a', 1)]);
    assert.match(await (await fetch(url)).text(), /^a_total 1$/m);
    const after = await start('endpoint: "127.0.0.1:0", namespace: next', pages);
    await before.exporter.shutdown?.();
    await after.send([counter('a', 2)]);
    assert.match(await (await fetch(url)).text(), /^next_a_total 2$/m);
    await after.exporter.shutdown?.();
    await assert.rejects(fetch(url));
  });

  test('needs an endpoint where Weir serves no metrics', async () => {
    await assert.rejects(start('', createMetricsPages()), /set endpoint, or turn/);
  });

  test('is what promtool finds no fault with', { skip: skipWithoutPrometheus() }, async () => {
    const one = await start('');
    const seconds = { ...histogram, unit: 's' };
    await one.send([seconds, counter('c', 1)], { 'service.name': 'shop', 'host.name': 'h' });
    const { text } = await one.scrape();
    assert.equal(checkMetrics(text.replace(/^.*weir_own.*\n/gm, '')), '');
  });
});
