import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { startDaemon } from '../../test/support/daemon.ts';
import { sumOf, untilDelivered } from '../../test/support/daemon-metrics.ts';
import { startPoisonSink } from '../../test/support/poison-sink.ts';
import { runWeir } from '../../test/support/run-weir.ts';
import { spanRequest } from '../../test/support/span-request.ts';

const config = `
receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:\${env:HTTP}' } } } }
exporters:
  otlp_http:
    endpoint: '\${env:SINK}'
    sending_queue: { storage: file_storage }
extensions:
  health_check: { endpoint: '127.0.0.1:\${env:HEALTH}' }
  file_storage: {}
service:
  extensions: [health_check, file_storage]
  pipelines: { traces: { receivers: [otlp], exporters: [otlp_http] } }
  telemetry: { metrics: { address: '127.0.0.1:\${env:METRICS}' } }
`;

it('what a sink refuses is set aside on disk, and sent again beside the running daemon once the sink takes it', async (t) => {
  const sink = await startPoisonSink(t);
  const { url: SINK, taken } = sink;
  const daemon = await startDaemon(config, { env: { SINK } });
  t.after(() => daemon.remove());
  const send = async (...names: readonly string[]): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${daemon.ports.http}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.from(spanRequest(names)),
    });
    assert.equal(answer.status, 200);
    return untilDelivered(daemon);
  };
  const env = { SINK, HTTP: '1', HEALTH: '2', METRICS: '3' };
  const weir = async (...args: readonly string[]) => {
    const at = ['-c', join(daemon.directory, 'config.yaml')];
    return runWeir([...args, ...at, '--data-dir', join(daemon.directory, 'data')], { env });
  };
  const items = async (): Promise<number> => {
    const boxes = JSON.parse((await weir('dlq', 'list', '--json')).stdout) as { items: number }[];
    return boxes.reduce((sum, box) => sum + box.items, 0);
  };

  const metrics = await send('a', 'poison', 'b');
  const count = (name: string, label: string): number => sumOf(metrics, name, [label]);
  assert.equal(count('weir_dropped_items_total', 'reason="rejected"'), 1);
  assert.equal(count('weir_dead_letter_items_total', 'result="kept"'), 1);
  assert.deepEqual([...taken].sort(), ['a', 'b']);
  assert.equal(await items(), 1);

  sink.isMended = true;
  const retry = await weir('dlq', 'retry', '--exporter', 'otlp_http');
  assert.equal(retry.code, 0, retry.stderr);
  assert.deepEqual([...taken].sort(), ['a', 'b', 'poison']);
  assert.equal(await items(), 0);

  sink.isMended = false;
  await send('poison', 'c');
  assert.equal(await items(), 1);
  assert.equal(await daemon.stop(), 0, daemon.output());
});
