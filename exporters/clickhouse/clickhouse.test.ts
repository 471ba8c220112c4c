import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { connectionOffer } from '../../extensions/chdb/connection.ts';
import type { ChdbConnection } from '../../extensions/chdb/connection.ts';
import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import { delivered } from '../../pipeline/component/outcome.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import { isSignal } from '../../pipeline/component/signal.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import type { Payload } from '../../pipeline/component/transform.ts';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { tracesRequest } from '../../test/support/encode-slice.ts';
import {
  selectRows,
  sendSql,
  skipWithoutStore,
  startStoreUnderTest,
} from '../../test/support/embedded-store.ts';
import type { StoreUnderTest } from '../../test/support/embedded-store.ts';
import { projectRoot } from '../../test/support/project-root.ts';
import { createEncode } from './clickhouse.worker.ts';
import { clickhouseSchema } from './config.ts';
import { clickhouseExporter } from './factory.ts';
import { createStatements } from './schema-ddl.ts';
import { toSchemaOptions } from './schema-options.ts';

const reader = createBatchReader(createKeys());

function testdata(signal: Signal): Uint8Array {
  const file = join(projectRoot, `exporters/clickhouse/testdata/${signal}.json`);
  return decodeJson(signal, readFileSync(file));
}

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

function createExporter(yaml: string, connection?: ChdbConnection): Exporter {
  const config: unknown = parse(yaml) ?? {};
  const context = createRecordingContext('clickhouse', {
    offer: (name) => (name === connectionOffer ? connection : undefined),
  });
  return clickhouseExporter.create(config, context);
}

function encode(signal: Signal, bytes: Uint8Array): Payload[] {
  const { items } = reader.open(signal, bytes);
  return createEncode(signal)({ signal, bytes, items }, reader);
}

async function send(
  exporter: Exporter,
  { signal, bytes, id }: { signal: Signal; bytes: Uint8Array; id: string },
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [index, payload] of encode(signal, bytes).entries()) {
    const delivery = {
      id: `${id}.${index}`,
      signal,
      attempt: 1,
      abort: AbortSignal.timeout(30_000),
    };
    outcomes.push(await exporter.send(payload, delivery));
  }
  return outcomes;
}

describe('the clickhouse exporter on the embedded store', { skip: skipWithoutStore }, () => {
  let store: StoreUnderTest;

  before(async () => {
    store = await startStoreUnderTest();
  });

  after(() => store.remove());

  const select = (sql: string): Promise<Record<string, unknown>[]> =>
    selectRows(store.connection(), sql);

  /** An exporter on a database of its own, so that tests do not see each other's rows. */
  const withExporter = async (
    database: string,
    use: (exporter: Exporter) => Promise<void>,
  ): Promise<void> => {
    const exporter = createExporter(`database: ${database}`, store.connection());
    await exporter.start?.();
    try {
      await use(exporter);
    } finally {
      await exporter.shutdown?.();
    }
  };

  it("stores spans in the Collector's columns, with typed columns beside them", async () => {
    await withExporter('spans', async (exporter) => {
      const bytes = testdata('traces');
      assert.deepEqual(await send(exporter, { signal: 'traces', bytes, id: 'a' }), [
        delivered,
        delivered,
      ]);
    });
    const TraceId = '0af7651916cd43dd8448eb211c80319c';
    const [row = {}, later = {}] = await select(
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
    assert.deepEqual(await select('SELECT * FROM spans.otel_traces_trace_id_ts ORDER BY Start'), [
      { TraceId, Start: '2026-11-21 00:13:20', End: '2026-11-21 00:13:20' },
      { TraceId, Start: '2026-11-22 00:13:20', End: '2026-11-22 00:13:20' },
    ]);
  });

  it('stores log records with their trace, body and event name', async () => {
    await withExporter('logs', async (exporter) => {
      const bytes = testdata('logs');
      assert.deepEqual(await send(exporter, { signal: 'logs', bytes, id: 'a' }), [delivered]);
    });
    const [first, second = {}] = await select('SELECT * FROM logs.otel_logs ORDER BY Timestamp');
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
    await withExporter('metrics', async (exporter) => {
      const bytes = testdata('metrics');
      const outcomes = await send(exporter, { signal: 'metrics', bytes, id: 'a' });
      assert.deepEqual(outcomes, [delivered, delivered, delivered, delivered, delivered]);
    });
    const from = (columns: string, table: string): Promise<unknown> =>
      select(`SELECT ${columns} FROM metrics.otel_metrics_${table} ORDER BY TimeUnix`);
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
    const requests = [
      ...readRequests('pipeline/batch/testdata'),
      ...readRequests('processors/genai/testdata'),
    ];
    let items = 0;
    await withExporter('captures', async (exporter) => {
      for (const [index, { signal, bytes }] of requests.entries()) {
        items += reader.open(signal, bytes).items;
        const outcomes = await send(exporter, { signal, bytes, id: `capture ${index}` });
        assert.ok(
          outcomes.every(({ kind }) => kind === 'delivered'),
          JSON.stringify(outcomes),
        );
      }
    });
    const [stored] = await select(
      "SELECT sum(total_rows) AS rows FROM system.tables WHERE database = 'captures' AND match(name, '^otel_(traces|logs|metrics_.*)$')",
    );
    assert.ok(items > 0);
    assert.deepEqual(stored, { rows: items });
  });

  it('adds no rows where an insert is repeated with its id, nor to what is derived from them', async () => {
    const bytes = testdata('traces');
    const counts =
      'SELECT (SELECT count() FROM again.otel_traces) AS spans, (SELECT count() FROM again.otel_traces_trace_id_ts) AS traces, (SELECT sum(Calls) FROM again.otel_traces_genai_daily) AS calls';
    await withExporter('again', async (exporter) => {
      await send(exporter, { signal: 'traces', bytes, id: 'slice 1' });
      await send(exporter, { signal: 'traces', bytes, id: 'slice 1' });
      assert.deepEqual(await select(counts), [{ spans: 2, traces: 2, calls: 1 }]);
      await send(exporter, { signal: 'traces', bytes, id: 'slice 2' });
      assert.deepEqual(await select(counts), [{ spans: 4, traces: 4, calls: 2 }]);
    });
  });

  it('adds up calls, tokens and cost by day, each call once', async () => {
    const call = {
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 100,
    };
    const priced = { ...call, 'gen_ai.usage.cost': 0.0035, 'genai.cost.status': 'priced' };
    const bytes = tracesRequest([
      { attributes: priced },
      { attributes: priced, error: 'cut off' },
      { attributes: { ...call, 'genai.cost.status': 'duplicate' } },
      { attributes: { 'http.route': '/' } },
    ]);
    await withExporter('daily', async (exporter) => {
      await send(exporter, { signal: 'traces', bytes, id: 'a' });
      await send(exporter, { signal: 'traces', bytes, id: 'b' });
    });
    const sql =
      'SELECT toString(Day) AS day, GenAiModel AS model, sum(Calls) AS calls, sum(Errors) AS errors, sum(InputTokens) AS input, sum(CostUsd) AS usd FROM daily.otel_traces_genai_daily GROUP BY day, model';
    assert.deepEqual(await select(sql), [
      { day: '2026-11-21', model: 'gpt-4o', calls: 4, errors: 2, input: 4000, usd: 0.014 },
    ]);
  });

  it('prints statements for a cluster that ClickHouse can read', async () => {
    const config = clickhouseSchema.parse({ cluster_name: 'main', ttl: '720h' });
    const options = { ...toSchemaOptions(config), isDistributed: true };
    for (const statement of createStatements(options)) {
      const text = statement.replace(/[\\']/g, '\\$&');
      assert.equal((await select(`SELECT formatQuery('${text}')`)).length, 1, statement);
    }
  });

  it('shows log records of a call with its span', async () => {
    const log = {
      traceId: '5b8aa5a2d2c872e8321cf37308d69df2',
      spanId: '0000000000000001',
      timeUnixNano: '1795225200000000000',
      eventName: 'gen_ai.user.message',
      body: { stringValue: 'hi' },
    };
    const logs = {
      resourceLogs: [{ scopeLogs: [{ logRecords: [log, { ...log, eventName: 'x' }] }] }],
    };
    await withExporter('joined', async (exporter) => {
      const spans = tracesRequest([{ name: 'chat', attributes: { 'gen_ai.request.model': 'm' } }]);
      await send(exporter, { signal: 'traces', bytes: spans, id: 'a' });
      const bytes = decodeJson('logs', Buffer.from(JSON.stringify(logs)));
      await send(exporter, { signal: 'logs', bytes, id: 'b' });
    });
    const sql =
      'SELECT SpanName, GenAiRequestModel, EventName, Body FROM joined.otel_traces_genai_messages';
    assert.deepEqual(await select(sql), [
      { SpanName: 'chat', GenAiRequestModel: 'm', EventName: 'gen_ai.user.message', Body: 'hi' },
    ]);
  });

  it('creates a table again that went missing, and adds its columns to one of a Collector', async () => {
    const bytes = testdata('traces');
    await sendSql(store.connection(), 'CREATE DATABASE taken');
    await sendSql(
      store.connection(),
      'CREATE TABLE taken.otel_traces (Timestamp DateTime64(9), TraceId String, SpanName String, own String) ENGINE = MergeTree ORDER BY TraceId PARTITION BY toDate(Timestamp)',
    );
    await withExporter('taken', async (exporter) => {
      await send(exporter, { signal: 'traces', bytes, id: 'a' });
      assert.deepEqual(
        await select('SELECT count() AS n, max(InputTokens) AS t FROM taken.otel_traces'),
        [{ n: 2, t: 1200 }],
      );
      await sendSql(store.connection(), 'DROP TABLE taken.otel_traces SYNC');
      assert.deepEqual(await send(exporter, { signal: 'traces', bytes, id: 'b' }), [
        delivered,
        delivered,
      ]);
    });
    assert.deepEqual(await select('SELECT count() AS n FROM taken.otel_traces'), [{ n: 2 }]);
  });

  it('waits for tables that it may not create, and says which one is missing', async () => {
    const yaml = 'database: nowhere\ncreate_schema: false';
    const exporter = createExporter(yaml, store.connection());
    await exporter.start?.();
    const [outcome] = await send(exporter, {
      signal: 'traces',
      bytes: testdata('traces'),
      id: 'a',
    });
    assert.equal(outcome?.kind, 'retryable');
    assert.match(outcome.message, /nowhere/);
    await exporter.shutdown?.();
  });

  it('refuses to write to tables of a newer schema', async () => {
    await withExporter('newer', () => Promise.resolve());
    await sendSql(store.connection(), 'INSERT INTO newer.schema_version (version) VALUES (99)');
    const exporter = createExporter('database: newer', store.connection());
    await assert.rejects(
      async () => exporter.start?.(),
      /exporters\.clickhouse: database newer has schema version 99/,
    );
    await exporter.shutdown?.();
  });

  it('starts without its server, and tells a wrong password from a server that is not there', async () => {
    const { url } = store.connection();
    const outcome = async (endpoint: string, password: string): Promise<Outcome | undefined> => {
      const exporter = createExporter(
        `endpoint: ${endpoint}\nusername: weir\npassword: ${password}`,
      );
      await exporter.start?.();
      const [first] = await send(exporter, { signal: 'logs', bytes: testdata('logs'), id: 'x' });
      await exporter.shutdown?.();
      return first;
    };
    const wrong = await outcome(url, 'wrong');
    assert.deepEqual(wrong, {
      kind: 'retryable',
      cause: 'auth',
      message: 'ClickHouse error 516 (AUTHENTICATION_FAILED): check username and password',
    });
    const absent = await outcome('http://127.0.0.1:1', 'x');
    assert.equal(absent?.kind === 'retryable' && absent.cause, 'network');
  });

  it('sends to a server that is named, compressed', async () => {
    const { url, user, password } = store.connection();
    const exporter = createExporter(
      `endpoint: ${url}\nusername: ${user}\npassword: ${password}\ndatabase: named\nttl: 72h`,
    );
    await exporter.start?.();
    const bytes = testdata('logs');
    assert.deepEqual(await send(exporter, { signal: 'logs', bytes, id: 'n' }), [delivered]);
    await exporter.shutdown?.();
    const [table] = await select('SHOW CREATE TABLE named.otel_logs');
    assert.match(
      String(table?.['statement']),
      /TTL toDateTime\(Timestamp\) \+ toIntervalSecond\(259200\)/,
    );
  });
});

describe('the config of the clickhouse exporter', () => {
  const check = (yaml: string): string[] => {
    const { error } = clickhouseExporter.schema.safeParse(parse(yaml) ?? {});
    return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
  };

  it('takes an empty block: the embedded store', () => {
    assert.deepEqual(check(''), []);
  });

  it('says how to mend an endpoint of the native protocol', () => {
    assert.match(check('endpoint: tcp://127.0.0.1:9000').join(), /^endpoint: .*http:\/\/host:8123/);
  });

  it('takes only plain names of tables, since they become SQL', () => {
    assert.match(check('traces_table_name: "a; DROP TABLE b"').join(), /^traces_table_name: /);
    assert.match(
      check('metrics_tables: { gauge: { name: "a`b" } }').join(),
      /^metrics_tables\.gauge\.name: /,
    );
  });

  it('gathers rows for a second where the YAML does not say otherwise', () => {
    const { batch } = clickhouseExporter.delivery({});
    assert.deepEqual([batch.minItems, batch.flushMs], [8192, 1000]);
    const own = clickhouseExporter.delivery({ sending_queue: { batch: { min_size: 5 } } }).batch;
    assert.deepEqual([own.minItems, own.flushMs], [5, 200]);
  });

  it('needs the embedded store where it has no endpoint', async () => {
    const exporter = createExporter('');
    await assert.rejects(
      async () => exporter.start?.(),
      /set endpoint, or add "chdb:" to extensions/,
    );
  });
});
