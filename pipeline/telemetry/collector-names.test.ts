import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderCollectorNames } from './collector-names.ts';
import { createOwnMetrics } from './own-metrics.ts';

test("the ledger is served under the Collector's names, summed up over pipelines of a signal", async () => {
  const metrics = createOwnMetrics({ ofProcess: false });
  const receiver = 'otlp';
  metrics.count('weir_receiver_accepted_items_total', { receiver, signal: 'traces' }, 5);
  metrics.count('weir_receiver_refused_items_total', { receiver, signal: 'logs' }, 2);
  const exporter = 'file/a"b';
  for (const pipeline of ['traces', 'traces/two', 'metrics']) {
    metrics.count('weir_delivered_items_total', { pipeline, exporter }, 3);
    metrics.count('weir_dropped_items_total', { pipeline, exporter, reason: 'quota' }, 1);
    metrics.watch('weir_queue_size', () => [{ labels: { pipeline, exporter }, value: 7 }]);
  }
  await metrics.render();
  const lines = (await renderCollectorNames(metrics)).split('\n');
  for (const line of [
    'otelcol_receiver_accepted_spans{receiver="otlp"} 5',
    'otelcol_receiver_refused_log_records{receiver="otlp"} 2',
    'otelcol_exporter_sent_spans{exporter="file/a\\"b"} 6',
    'otelcol_exporter_sent_metric_points{exporter="file/a\\"b"} 3',
    'otelcol_exporter_send_failed_spans{exporter="file/a\\"b"} 2',
    'otelcol_exporter_queue_size{exporter="file/a\\"b",data_type="traces"} 14',
  ]) {
    assert.ok(lines.includes(line), line);
  }
  const types = lines.filter((line) => line.startsWith('# TYPE otelcol_exporter_sent_spans'));
  assert.deepEqual(types, ['# TYPE otelcol_exporter_sent_spans counter']);
});
