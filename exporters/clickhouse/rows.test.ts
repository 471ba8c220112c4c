import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import { delivered } from '../../pipeline/component/outcome.ts';
import { isSignal } from '../../pipeline/component/signal.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { skipWithoutStore } from '../../test/support/embedded-store.ts';
import { projectRoot } from '../../test/support/project-root.ts';
import { send, shareStore, testdata } from './exporter-under-test.ts';

/** Recorded requests; the signal is the last word of the file's name, or else traces. */
function readRequests(directory: string): { signal: Signal; bytes: Uint8Array }[] {
  const path = join(projectRoot, directory);
  const files = readdirSync(path).filter((file) => file.endsWith('.pb'));
  return files.map((file) => {
    const word = /-(logs|metrics)\.pb$/.exec(file)?.[1] ?? 'traces';
    const bytes = new Uint8Array(readFileSync(join(path, file)));
    return { signal: isSignal(word) ? word : 'traces', bytes };
  });
}

describe('the rows of the clickhouse exporter', { skip: skipWithoutStore }, () => {
  const store = shareStore();

  it("stores spans in the Collector's columns, with typed columns beside them", async () => {
    await store.withExporter('spans', async (exporter) => {
      const bytes = testdata('traces');
      assert.deepEqual(await send(exporter, { signal: 'traces', bytes, id: 'a' }), [
        delivered,
        delivered,
      ]);
    });
    const TraceId = '0af7651916cd43dd8448eb211c80319c';
    const [row = {}, later = {}] = await store.select(
      'SELECT * FROM spans.otel_traces ORDER BY Timestamp',
    );
    assert.deepEqual(row, {
      Timestamp: '2026-11-21 00:13:20.123456789',
      TraceId,
      SpanId: 'b7ad6b7169203331',
      ParentSpanId: '00f067aa0ba902b7',
      TraceState: 'ot=th:8',
      SpanName: 'chat gpt-4o',
      SpanKind: 'Client',
      ServiceName: 'checkout',
      ResourceAttributes: { 'host.name': 'n1', 'service.name': 'checkout' },
      ScopeName: 'openai',
      ScopeVersion: '1.2',
      SpanAttributes: {
        'gen_ai.usage.reasoning.output_tokens': 'many',
        'gen_ai.usage.cache_read.input_tokens': '-1',
        temperature: '0.7',
        stream: 'true',
        raw: 'AQI=',
        nothing: '',
        stop: '["a\\"b",9007199254740993,{"k":false}]',
      },
      Duration: 1_000_000_001,
      StatusCode: 'Error',
      StatusMessage: 'rate limit',
      'Events.Timestamp': ['2026-11-21 00:13:20.500000000', '2026-11-21 00:13:20.600000001'],
      'Events.Name': ['retry', 'done'],
      'Events.Attributes': [{ n: '2' }, {}],
      'Links.TraceId': ['4bf92f3577b34da6a3ce929d0e0e4736'],
      'Links.SpanId': ['00f067aa0ba902b7'],
      'Links.TraceState': ['a=b'],
      'Links.Attributes': [{ why: 'batch' }],
      GenAiOperation: 'chat',
      GenAiProvider: 'openai',
      GenAiRequestModel: 'gpt-4o',
      GenAiResponseModel: 'gpt-4o-2024-08-06',
      InputTokens: 1200,
      OutputTokens: 0,
      CacheReadTokens: null,
      CacheWriteTokens: null,
      ReasoningTokens: null,
      CostUsd: 0.0030123,
      CostStatus: 'priced',
      SessionId: '',
      UserId: 'ann',
      TenantId: '',
      AgentName: '',
      ToolName: '',
      ErrorType: '',
      TimeToFirstToken: 0.25,
      InputMessages: '[{"role":"user"}]',
      OutputMessages: '',
    });
    assert.equal(later['SpanKind'], 'Unspecified');
    assert.equal(later['StatusCode'], 'Unset');
    assert.equal(later['Duration'], 0, 'a clock that went back gives no duration');
    assert.deepEqual(
      await store.select('SELECT * FROM spans.otel_traces_trace_id_ts ORDER BY Start'),
      [
        { TraceId, Start: '2026-11-21 00:13:20', End: '2026-11-21 00:13:20' },
        { TraceId, Start: '2026-11-22 00:13:20', End: '2026-11-22 00:13:20' },
      ],
    );
  });

  it('stores log records with their trace, body and event name', async () => {
    await store.withExporter('logs', async (exporter) => {
      const bytes = testdata('logs');
      assert.deepEqual(await send(exporter, { signal: 'logs', bytes, id: 'a' }), [delivered]);
    });
    const [first, second = {}] = await store.select(
      'SELECT * FROM logs.otel_logs ORDER BY Timestamp',
    );
    assert.deepEqual(first, {
      Timestamp: '2026-11-21 00:13:20.123456789',
      TraceId: '0af7651916cd43dd8448eb211c80319c',
      SpanId: 'b7ad6b7169203331',
      TraceFlags: 1,
      SeverityText: 'INFO',
      SeverityNumber: 9,
      ServiceName: 'checkout',
      Body: '{"content":"hi"}',
      ResourceSchemaUrl: 'https://opentelemetry.io/schemas/1.37.0',
      ResourceAttributes: { 'service.name': 'checkout' },
      ScopeSchemaUrl: 'https://opentelemetry.io/schemas/1.36.0',
      ScopeName: 'openai',
      ScopeVersion: '2',
      ScopeAttributes: { lib: 'x' },
      LogAttributes: { 'gen_ai.system': 'openai' },
      EventName: 'gen_ai.user.message',
      TimestampTime: '2026-11-21 00:13:20',
    });
    assert.equal(second['Timestamp'], '2026-11-21 00:13:21.000000000', 'the observed time');
    assert.equal(second['Body'], 'plain');
  });

  it('stores every kind of metric in its table, one row a data point', async () => {
    await store.withExporter('metrics', async (exporter) => {
      const bytes = testdata('metrics');
      const outcomes = await send(exporter, { signal: 'metrics', bytes, id: 'a' });
      assert.deepEqual(outcomes, [delivered, delivered, delivered, delivered, delivered]);
    });
    const from = (columns: string, table: string): Promise<unknown> =>
      store.select(`SELECT ${columns} FROM metrics.otel_metrics_${table} ORDER BY TimeUnix`);
    assert.deepEqual(
      await from(
        'MetricName, MetricDescription, MetricUnit, ServiceName, ScopeDroppedAttrCount, Attributes, StartTimeUnix, Flags, Value',
        'gauge',
      ),
      [
        {
          MetricName: 'queue',
          MetricDescription: 'waiting',
          MetricUnit: '1',
          ServiceName: 'checkout',
          ScopeDroppedAttrCount: 3,
          Attributes: { q: 'a' },
          StartTimeUnix: '2026-11-21 00:13:20.000000000',
          Flags: 1,
          Value: -7,
        },
        {
          MetricName: 'queue',
          MetricDescription: 'waiting',
          MetricUnit: '1',
          ServiceName: 'checkout',
          ScopeDroppedAttrCount: 3,
          Attributes: {},
          StartTimeUnix: '1970-01-01 00:00:00.000000000',
          Flags: 0,
          Value: 0.5,
        },
      ],
    );
    assert.deepEqual(await from('Value, AggregationTemporality, IsMonotonic, Exemplars.*', 'sum'), [
      {
        Value: 12,
        AggregationTemporality: 2,
        IsMonotonic: true,
        'Exemplars.FilteredAttributes': [{ f: '1' }],
        'Exemplars.TimeUnix': ['2026-11-21 00:13:20.900000000'],
        'Exemplars.Value': [1.5],
        'Exemplars.SpanId': ['b7ad6b7169203331'],
        'Exemplars.TraceId': ['0af7651916cd43dd8448eb211c80319c'],
      },
    ]);
    assert.deepEqual(
      await from(
        'Count, Sum, Min, Max, BucketCounts, ExplicitBounds, AggregationTemporality',
        'histogram',
      ),
      [
        {
          Count: 3,
          Sum: 1.25,
          Min: 0.25,
          Max: 0.5,
          BucketCounts: [1, 2, 0],
          ExplicitBounds: [0.3, 0.6],
          AggregationTemporality: 1,
        },
      ],
    );
    assert.deepEqual(
      await from(
        'Count, Sum, Scale, ZeroCount, PositiveOffset, PositiveBucketCounts, NegativeOffset, NegativeBucketCounts, AggregationTemporality',
        'exponential_histogram',
      ),
      [
        {
          Count: 5,
          Sum: 10,
          Scale: -2,
          ZeroCount: 1,
          PositiveOffset: -3,
          PositiveBucketCounts: [1, 300],
          NegativeOffset: 4,
          NegativeBucketCounts: [],
          AggregationTemporality: 2,
        },
      ],
    );
    assert.deepEqual(await from('Count, Sum, ValueAtQuantiles.*', 'summary'), [
      {
        Count: 4,
        Sum: 8,
        'ValueAtQuantiles.Quantile': [0.5, 0.9],
        'ValueAtQuantiles.Value': [2, 3.5],
      },
    ]);
  });

  it('stores every item of the recorded requests of real SDKs', async () => {
    const reader = createBatchReader(createKeys());
    const requests = [
      ...readRequests('pipeline/batch/testdata'),
      ...readRequests('processors/genai/testdata'),
    ];
    let items = 0;
    await store.withExporter('captures', async (exporter) => {
      for (const [index, { signal, bytes }] of requests.entries()) {
        items += reader.open(signal, bytes).items;
        const outcomes = await send(exporter, { signal, bytes, id: `capture ${index}` });
        assert.ok(
          outcomes.every(({ kind }) => kind === 'delivered'),
          JSON.stringify(outcomes),
        );
      }
    });
    const [stored] = await store.select(
      "SELECT sum(total_rows) AS rows FROM system.tables WHERE database = 'captures' AND match(name, '^otel_(traces|logs|metrics_.*)$')",
    );
    assert.ok(items > 0);
    assert.deepEqual(stored, { rows: items });
  });
});
