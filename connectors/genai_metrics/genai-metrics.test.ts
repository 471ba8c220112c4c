import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import type { Reducer } from '../../pipeline/component/connector.ts';
import { createGenaiRun } from '../../processors/genai/run-genai.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import type { RecordingContext } from '../../test/support/component-context.ts';
import { tracesRequest } from '../../test/support/encode-slice.ts';
import type { SpanText } from '../../test/support/encode-slice.ts';
import { decodeRequest } from '../../test/support/otlp-oracle.ts';
import { projectRoot } from '../../test/support/project-root.ts';
import { genaiMetricsConnector } from './factory.ts';
import { genaiMetricsMap } from './genai-metrics.worker.ts';

interface Connector {
  readonly reducer: Reducer;
  readonly emitted: Uint8Array[];
  readonly counted: RecordingContext['counted'];
  /** Maps a traces request and adds what it came to. */
  take(request: Uint8Array): void;
}

function createConnector(
  yaml = '{}',
  { inherited, refuses }: { inherited?: unknown; refuses?: () => boolean } = {},
): Connector {
  const raw: unknown = parse(yaml);
  const keys = createKeys();
  const reader = createBatchReader(keys);
  const map = genaiMetricsMap.create(genaiMetricsConnector.schema.parse(raw), undefined, {
    id: 'genai_metrics',
    signal: 'traces',
    keys,
    count: () => undefined,
    sharedTable: () => {
      throw new Error('no table');
    },
  });
  const emitted: Uint8Array[] = [];
  const context = createRecordingContext('genai_metrics');
  const output = {
    emit: (_signal: string, bytes: Uint8Array) => {
      if (refuses?.() === true) return Promise.reject(new Error('the queue is full'));
      emitted.push(bytes);
      return Promise.resolve();
    },
  };
  const reducer = genaiMetricsConnector.create(raw, context, output, inherited);
  const take = (request: Uint8Array): void => {
    const summary = map(reader.open('traces', request));
    if (summary !== undefined) reducer.add(structuredClone(summary));
  };
  return { reducer, emitted, counted: context.counted, take };
}

interface Point {
  readonly metric: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: number;
  readonly count: number;
  readonly buckets: readonly number[];
  readonly start: string;
  readonly exemplar: string | undefined;
}

interface RawPoint {
  readonly attributes: { key: string; value: { stringValue: string } }[];
  readonly startTimeUnixNano: string;
  readonly asDouble?: number;
  readonly sum?: number;
  readonly count?: string;
  readonly bucketCounts?: string[];
  readonly explicitBounds?: number[];
  readonly exemplars: { traceId: Buffer; asDouble: number }[];
}

interface RawMetric {
  readonly name: string;
  readonly sum?: { dataPoints: RawPoint[]; aggregationTemporality: number; isMonotonic: boolean };
  readonly histogram?: { dataPoints: RawPoint[]; aggregationTemporality: number };
}

function pointsOf(bytes: Uint8Array | undefined): Point[] {
  const request = decodeRequest('metrics', bytes ?? new Uint8Array()) as {
    resourceMetrics: { scopeMetrics: { metrics: RawMetric[] }[] }[];
  };
  const metrics = request.resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap((scope) => scope.metrics),
  );
  return metrics.flatMap((metric) => {
    const data = metric.sum ?? metric.histogram;
    assert.equal(data?.aggregationTemporality, 2);
    if (metric.sum !== undefined) assert.equal(metric.sum.isMonotonic, true);
    return data.dataPoints.map((point) => toPoint(metric.name, point));
  });
}

function toPoint(metric: string, point: RawPoint): Point {
  const { bucketCounts = [], explicitBounds = [] } = point;
  if (bucketCounts.length > 0) assert.equal(bucketCounts.length, explicitBounds.length + 1);
  return {
    metric,
    attributes: Object.fromEntries(
      point.attributes.map(({ key, value }) => [key, value.stringValue]),
    ),
    value: point.asDouble ?? point.sum ?? 0,
    count: Number(point.count ?? 0),
    buckets: bucketCounts.map(Number),
    start: point.startTimeUnixNano,
    exemplar: point.exemplars[0]?.traceId.toString('hex'),
  };
}

function call(more: SpanText['attributes'] = {}, span: SpanText = {}): SpanText {
  return {
    ...span,
    attributes: {
      'genai.cost.status': 'priced',
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.response.model': 'gpt-5-2025-08-07',
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 10,
      'gen_ai.usage.cost': 0.25,
      ...more,
    },
  };
}

async function emittedBy(connector: Connector): Promise<Point[]> {
  await connector.reducer.shutdown?.();
  return pointsOf(connector.emitted.at(-1));
}

const attributes = {
  'service.name': 'shop',
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5',
  'gen_ai.response.model': 'gpt-5-2025-08-07',
};

test('a call is one observation of duration, two of tokens and one of cost', async () => {
  const connector = createConnector();
  connector.take(tracesRequest([call({}, { durationMs: 500 })], 'shop'));
  connector.take(tracesRequest([call({}, { durationMs: 1500 })], 'shop'));
  const points = await emittedBy(connector);
  assert.deepEqual(
    points.map(({ metric, value, count, attributes: labels }) => ({
      metric,
      value,
      count,
      labels,
    })),
    [
      {
        metric: 'gen_ai.client.operation.duration',
        value: 2,
        count: 2,
        labels: attributes,
      },
      {
        metric: 'gen_ai.client.token.usage',
        value: 200,
        count: 2,
        labels: { ...attributes, 'gen_ai.token.type': 'input' },
      },
      {
        metric: 'gen_ai.client.token.usage',
        value: 20,
        count: 2,
        labels: { ...attributes, 'gen_ai.token.type': 'output' },
      },
      { metric: 'gen_ai.client.cost', value: 0.5, count: 0, labels: attributes },
    ],
  );
  const [duration] = points;
  assert.deepEqual(duration?.buckets, [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
  assert.equal(duration.exemplar, '5b8aa5a2d2c872e8321cf37308d69df2');
});

test('spans that show a call once more, and spans that are no calls, are not counted', async () => {
  const connector = createConnector();
  const others = ['duplicate', 'aggregate'].map((status) => call({ 'genai.cost.status': status }));
  connector.take(tracesRequest([...others, { attributes: { 'http.method': 'GET' } }]));
  await connector.reducer.shutdown?.();
  assert.deepEqual(connector.emitted, []);
});

test('a failed call has its error type, and a call without usage or price counts nothing it does not know', async () => {
  const connector = createConnector();
  const unpriced = { 'genai.cost.status': 'unpriced', 'gen_ai.operation.name': 'chat' };
  connector.take(
    tracesRequest([
      { error: 'rate limited', attributes: { ...unpriced, 'error.type': '429' } },
      { error: 'gone', attributes: unpriced },
    ]),
  );
  const points = await emittedBy(connector);
  assert.deepEqual(
    points.map(({ metric, attributes: { 'error.type': error } }) => [metric, error]),
    [
      ['gen_ai.client.operation.duration', '429'],
      ['gen_ai.client.operation.duration', '_OTHER'],
    ],
  );
});

test('series beyond the limit are counted under the overflow, and nothing is lost', async () => {
  const connector = createConnector('aggregation_cardinality_limit: 3');
  const models = ['a', 'b', 'c', 'd', 'a'];
  connector.take(tracesRequest(models.map((model) => call({ 'gen_ai.request.model': model }))));
  const costs = (await emittedBy(connector)).filter(
    ({ metric }) => metric === 'gen_ai.client.cost',
  );
  assert.deepEqual(
    costs.map(({ attributes: labels, value }) => [
      labels['gen_ai.request.model'] ?? labels['otel.metric.overflow'],
      value,
    ]),
    [
      ['a', 0.5],
      ['b', 0.25],
      ['true', 0.5],
    ],
  );
  const folded = connector.counted.filter(({ labels }) => labels['metric'] === 'cost');
  assert.deepEqual(
    folded.map(({ name, value }) => [name, value]),
    [
      ['weir_connector_folded_observations_total', 1],
      ['weir_connector_folded_observations_total', 1],
    ],
  );
});

test('what a pipeline refuses is made good by the next request', async () => {
  let isFull = true;
  const connector = createConnector('metrics_flush_interval: 5ms', { refuses: () => isFull });
  connector.take(tracesRequest([call()]));
  await connector.reducer.start?.();
  const failed = (): boolean =>
    connector.counted.some(({ name }) => name === 'weir_connector_failed_emits_total');
  while (!failed()) await new Promise(setImmediate);
  isFull = false;
  while (connector.emitted.length === 0) await new Promise(setImmediate);
  const sum = pointsOf(connector.emitted[0]).find(({ metric }) => metric === 'gen_ai.client.cost');
  assert.equal(sum?.value, 0.25);
  await connector.reducer.shutdown?.();
  const { length } = connector.emitted;
  await connector.reducer.shutdown?.();
  assert.equal(connector.emitted.length, length);
});

test('the connector after a reload goes on counting where the one before stands', async () => {
  const before = createConnector();
  before.take(tracesRequest([call()]));
  const after = createConnector('{}', { inherited: before.reducer.state });
  after.take(tracesRequest([call()]));
  before.take(tracesRequest([call()]));
  const [first, second] = [await emittedBy(before), await emittedBy(after)];
  assert.deepEqual(second, first);
  assert.equal(second.at(-1)?.value, 0.75);
});

test('no exemplar is kept where they are turned off', async () => {
  const connector = createConnector('exemplars: { enabled: false }');
  connector.take(tracesRequest([call()]));
  assert.equal((await emittedBy(connector))[0]?.exemplar, undefined);
});

test('over the captures of every SDK, cost and calls are those of the spans that genai bills', async () => {
  const testdata = join(projectRoot, 'processors/genai/testdata');
  const run = await createGenaiRun();
  const connector = createConnector();
  let calls = 0;
  let cost = 0;
  for (const file of readdirSync(testdata).filter((name) => name.endsWith('.pb'))) {
    const request = run.run(readFileSync(join(testdata, file)));
    connector.take(request);
    const decoded = decodeRequest('traces', request) as {
      resourceSpans: {
        scopeSpans: {
          spans: { attributes: { key: string; value: Record<string, unknown> }[] }[];
        }[];
      }[];
    };
    for (const { attributes: list } of decoded.resourceSpans
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap(({ spans }) => spans)) {
      const valueOf = (name: string) => list.find(({ key }) => key === name)?.value;
      const status = valueOf('genai.cost.status')?.['stringValue'];
      if (!['priced', 'provided', 'unpriced'].includes(String(status))) continue;
      calls += 1;
      cost += Number(valueOf('gen_ai.usage.cost')?.['doubleValue'] ?? 0);
    }
  }
  const points = await emittedBy(connector);
  const sumOf = (metric: string, read: (point: Point) => number): number =>
    points.filter((point) => point.metric === metric).reduce((sum, one) => sum + read(one), 0);
  assert.ok(calls > 0);
  assert.equal(
    sumOf('gen_ai.client.operation.duration', ({ count }) => count),
    calls,
  );
  assert.ok(Math.abs(sumOf('gen_ai.client.cost', ({ value }) => value) - cost) < 1e-9);
});
