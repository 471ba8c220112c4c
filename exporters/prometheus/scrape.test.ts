import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startDaemon } from '../../test/support/daemon.ts';
import type { TestDaemon } from '../../test/support/daemon.ts';
import { sumOf, untilMetrics } from '../../test/support/daemon-metrics.ts';
import { tracesRequest } from '../../test/support/encode-slice.ts';
import {
  checkMetrics,
  skipWithoutPrometheus,
  startPrometheus,
} from '../../test/support/prometheus-server.ts';
import type { PrometheusUnderTest } from '../../test/support/prometheus-server.ts';

const config = (more = ''): string => `
receivers:
  otlp: { protocols: { http: { endpoint: '127.0.0.1:\${env:HTTP}' } } }
processors:
  genai:
  probabilistic_sampler: { sampling_percentage: 0 }
connectors:
  genai_metrics: { metrics_flush_interval: 100ms }
exporters:
  prometheus: { enable_open_metrics: true }
  nop:
extensions:
  health_check: { endpoint: '127.0.0.1:\${env:HEALTH}' }
service:
  extensions: [health_check]
  telemetry: { metrics: { endpoint: '127.0.0.1:\${env:METRICS}' } }
  pipelines:
    traces: { receivers: [otlp], processors: [genai, probabilistic_sampler], exporters: [nop, genai_metrics] }
    metrics: { receivers: [genai_metrics], exporters: [prometheus${more}] }
`;

/** Sends chat calls of 100 input and 10 output tokens; every second one is an error. */
async function sendCalls(daemon: TestDaemon, from: number, count: number): Promise<void> {
  const spans = Array.from({ length: count }, (_, i) => ({
    spanId: (from + i + 1).toString(16).padStart(16, '0'),
    name: 'chat gpt-4o',
    durationMs: 1500,
    ...(i % 2 === 1 && { error: 'it broke' }),
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.id': `chatcmpl-call-number-${from + i}`,
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 10,
    },
  }));
  const answer = await fetch(`http://127.0.0.1:${daemon.ports.http}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: tracesRequest(spans, 'shop'),
  });
  assert.equal(answer.status, 200);
}

const calls = 'gen_ai_client_operation_duration_seconds_count';

function untilCalls(daemon: TestDaemon, count: number): Promise<string> {
  return untilMetrics(daemon, (metrics) => sumOf(metrics, calls) === count);
}

test('calls are counted once, before sampling, and go on being counted over a reload', async () => {
  const daemon = await startDaemon(config());
  try {
    await sendCalls(daemon, 0, 10);
    await untilCalls(daemon, 10);
    assert.equal((await daemon.reload(config(', nop'))).status, 200);
    await sendCalls(daemon, 10, 6);
    const metrics = await untilCalls(daemon, 16);
    assert.equal(sumOf(metrics, calls, ['error_type="_OTHER"']), 8);
    const tokens = 'gen_ai_client_token_usage_sum';
    assert.equal(sumOf(metrics, tokens, ['gen_ai_token_type="input"']), 1600);
    assert.equal(sumOf(metrics, tokens, ['gen_ai_token_type="output"']), 160);
    // 2.50 and 10 dollars a million tokens.
    const cost = sumOf(metrics, 'gen_ai_client_cost_usd_total', ['service_name="shop"']);
    assert.ok(Math.abs(cost - 16 * 0.00035) < 1e-12, String(cost));
    assert.equal(sumOf(metrics, 'weir_sampled_out_items_total'), 16);
    assert.equal(await daemon.stop(), 0);
  } finally {
    await daemon.remove();
  }
});

test(
  'a real Prometheus scrapes the totals that were sent, with exemplars, and promtool finds no fault',
  { skip: skipWithoutPrometheus() },
  async () => {
    const daemon = await startDaemon(config());
    let prometheus: PrometheusUnderTest | undefined;
    try {
      await sendCalls(daemon, 0, 20);
      const metrics = await untilCalls(daemon, 20);
      const ours = metrics.slice(metrics.indexOf('# HELP gen_ai_'));
      assert.equal(checkMetrics(ours), '');
      prometheus = await startPrometheus({ targets: [`127.0.0.1:${daemon.ports.metrics}`] });
      const query = async (expression: string): Promise<number | undefined> =>
        (await prometheus?.query(expression))?.[0]?.value;
      // The first scrape comes when Prometheus wants it.
      while ((await query('up')) === undefined) await delay(50);
      assert.equal(await query('up'), 1);
      assert.equal(await query(`sum(${calls})`), 20);
      assert.equal(await query('sum(gen_ai_client_token_usage_sum)'), 2200);
      assert.equal(await query('sum(gen_ai_client_token_usage_count)'), 40);
      const cost = await query('sum(gen_ai_client_cost_usd_total)');
      assert.ok(Math.abs((cost ?? 0) - 20 * 0.00035) < 1e-12, String(cost));
      assert.equal(await query('sum(weir_received_items_total{pipeline="traces"})'), 20);
      const exemplars = await prometheus.exemplars(
        'gen_ai_client_operation_duration_seconds_bucket',
      );
      assert.equal(exemplars[0]?.labels['trace_id'], '5b8aa5a2d2c872e8321cf37308d69df2');
    } finally {
      await prometheus?.remove();
      await daemon.remove();
    }
  },
);
