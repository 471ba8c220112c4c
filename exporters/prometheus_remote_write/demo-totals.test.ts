import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sendCaptures } from '../../cmd/weir/demo/send-captures.ts';
import { startDaemon } from '../../test/support/daemon.ts';
import { sumOf, untilMetrics } from '../../test/support/daemon-metrics.ts';
import { freePorts } from '../../test/support/free-port.ts';
import { skipWithoutPrometheus, startPrometheus } from '../../test/support/prometheus-server.ts';
import type { PrometheusUnderTest } from '../../test/support/prometheus-server.ts';

const config = (message: string): string => `
receivers:
  otlp:
    protocols:
      grpc: { endpoint: '127.0.0.1:\${env:GRPC}' }
      http: { endpoint: '127.0.0.1:\${env:HTTP}' }
processors:
  genai:
connectors:
  genai_metrics: { metrics_flush_interval: 100ms }
exporters:
  nop:
  prometheus:
  prometheus_remote_write:
    endpoint: '\${env:PROMETHEUS}/api/v1/write'
    protobuf_message: ${message}
    external_labels: { via: push }
extensions:
  health_check: { endpoint: '127.0.0.1:\${env:HEALTH}' }
service:
  extensions: [health_check]
  telemetry: { metrics: { endpoint: '127.0.0.1:\${env:METRICS}' } }
  pipelines:
    traces: { receivers: [otlp], processors: [genai], exporters: [nop, genai_metrics] }
    logs: { receivers: [otlp], exporters: [nop] }
    metrics: { receivers: [genai_metrics], exporters: [prometheus, prometheus_remote_write] }
`;

const calls = 'gen_ai_client_operation_duration_seconds_count';
/** What the processor took for calls: each is counted once. */
function callsOf(page: string): number {
  return ['priced', 'provided', 'unpriced']
    .map((status) => sumOf(page, 'weir_processor_genai_cost_spans_total', [`status="${status}"`]))
    .reduce((sum, count) => sum + count);
}

const ofPath: ReadonlySet<string> = new Set(['via', 'weir_instance', 'job', 'instance']);

/** Values by name and labels, without those that tell of the way on which they came. */
async function totals(
  prometheus: PrometheusUnderTest,
  via: 'push' | '',
): Promise<Record<string, number>> {
  const found = await prometheus.query(`{__name__=~"gen_ai_.+", via="${via}"}`);
  const named = found.map(({ metric, value }) => {
    const labels = Object.entries(metric).filter(([name]) => !ofPath.has(name));
    return [JSON.stringify(labels.sort()), value] as const;
  });
  return Object.fromEntries(named.sort());
}

for (const [version, message] of [
  [2, 'prometheus.WriteRequest'],
  [3, 'io.prometheus.write.v2.Request'],
] as const) {
  test(
    `a demo run comes to the same totals pushed to and scraped by a real Prometheus ${version}`,
    { skip: skipWithoutPrometheus(version) },
    async () => {
      const [port = 0] = await freePorts(1);
      const env = { PROMETHEUS: `http://127.0.0.1:${port}` };
      const daemon = await startDaemon(config(message), { env });
      let prometheus: PrometheusUnderTest | undefined;
      try {
        const targets = [`127.0.0.1:${daemon.ports.metrics}`];
        const started = await startPrometheus({ version, port, targets });
        prometheus = started;
        const { grpc, http } = daemon.ports;
        const { spans } = await sendCaptures(
          { grpc: `http://127.0.0.1:${grpc}`, http: `http://127.0.0.1:${http}` },
          Date.now(),
        );
        const page = await untilMetrics(
          daemon,
          (text) =>
            sumOf(text, 'weir_received_items_total', ['pipeline="traces"']) === spans &&
            sumOf(text, calls) === callsOf(text),
        );
        const arrived = async (via: string): Promise<boolean> =>
          (await started.query(`sum(${calls}{via="${via}"})`))[0]?.value === callsOf(page);
        while (!(await arrived('')) || !(await arrived('push'))) await delay(50);
        const pushed = await totals(started, 'push');
        assert.ok(Object.keys(pushed).length > 100, Object.keys(pushed).join('\n'));
        assert.deepEqual(pushed, await totals(started, ''));
      } finally {
        await daemon.remove();
        await prometheus?.remove();
      }
    },
  );
}
