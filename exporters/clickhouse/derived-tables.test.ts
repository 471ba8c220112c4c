import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { skipWithoutStore } from '../../test/support/embedded-store.ts';
import { tracesRequest } from '../../test/support/encode-slice.ts';
import { send, shareStore, testdata } from './exporter-under-test.ts';

describe('the tables that the clickhouse exporter derives', { skip: skipWithoutStore }, () => {
  const store = shareStore();

  it('adds no rows where an insert is repeated with its id, nor to what is derived from them', async () => {
    const bytes = testdata('traces');
    const counts =
      'SELECT (SELECT count() FROM again.otel_traces) AS spans, (SELECT count() FROM again.otel_traces_trace_id_ts) AS traces, (SELECT sum(Calls) FROM again.otel_traces_genai_daily) AS calls';
    await store.withExporter('again', async (exporter) => {
      await send(exporter, { signal: 'traces', bytes, id: 'slice 1' });
      await send(exporter, { signal: 'traces', bytes, id: 'slice 1' });
      assert.deepEqual(await store.select(counts), [{ spans: 2, traces: 2, calls: 1 }]);
      await send(exporter, { signal: 'traces', bytes, id: 'slice 2' });
      assert.deepEqual(await store.select(counts), [{ spans: 4, traces: 4, calls: 2 }]);
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
    await store.withExporter('daily', async (exporter) => {
      await send(exporter, { signal: 'traces', bytes, id: 'a' });
      await send(exporter, { signal: 'traces', bytes, id: 'b' });
    });
    const sql =
      'SELECT toString(Day) AS day, GenAiModel AS model, sum(Calls) AS calls, sum(Errors) AS errors, sum(InputTokens) AS input, sum(CostUsd) AS usd FROM daily.otel_traces_genai_daily GROUP BY day, model';
    assert.deepEqual(await store.select(sql), [
      { day: '2026-11-21', model: 'gpt-4o', calls: 4, errors: 2, input: 4000, usd: 0.014 },
    ]);
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
    await store.withExporter('joined', async (exporter) => {
      const spans = tracesRequest([{ name: 'chat', attributes: { 'gen_ai.request.model': 'm' } }]);
      await send(exporter, { signal: 'traces', bytes: spans, id: 'a' });
      const bytes = decodeJson('logs', Buffer.from(JSON.stringify(logs)));
      await send(exporter, { signal: 'logs', bytes, id: 'b' });
    });
    const sql =
      'SELECT SpanName, GenAiRequestModel, EventName, Body FROM joined.otel_traces_genai_messages';
    assert.deepEqual(await store.select(sql), [
      { SpanName: 'chat', GenAiRequestModel: 'm', EventName: 'gen_ai.user.message', Body: 'hi' },
    ]);
  });
});
