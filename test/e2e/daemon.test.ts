import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fixturesDir, readCaptures, type Capture } from '../support/captures.ts';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { sumOf, untilDelivered } from '../support/daemon-metrics.ts';
import { everythingWritten } from '../support/everything-written.ts';
import { contentTypes, createGrpcSender, postOtlp } from '../support/otlp-client.ts';
import { projectRoot } from '../support/project-root.ts';

const toFiles = `
receivers:
  otlp:
    protocols:
      grpc: { endpoint: '127.0.0.1:\${env:GRPC}' }
      http: { endpoint: '127.0.0.1:\${env:HTTP}' }
processors:
  genai: {}
  redaction: {}
exporters:
  file/traces: { path: traces.jsonl }
  file/logs: { path: logs.jsonl }
  file/metrics: { path: metrics.jsonl }
  debug: { verbosity: detailed }
extensions:
  health_check: { endpoint: '127.0.0.1:\${env:HEALTH}' }
service:
  extensions: [health_check]
  telemetry:
    metrics: { address: '127.0.0.1:\${env:METRICS}' }
  pipelines:
    traces: { receivers: [otlp], processors: [genai, redaction], exporters: [file/traces, debug] }
    logs: { receivers: [otlp], processors: [redaction], exporters: [file/logs, debug] }
    metrics: { receivers: [otlp], processors: [redaction], exporters: [file/metrics, debug] }
`;

/** Values that must not be found in anything that the daemon wrote. */
const planted = [
  'jane.roe@planted.example',
  '4111111111111111',
  'sk-proj-PLANTEDkey0123456789abcdefghij',
];

function captures(): Capture[] {
  const fixtures = fixturesDir();
  const directories =
    fixtures === undefined
      ? [join(projectRoot, 'pipeline/batch/testdata')]
      : ['otlp', 'otlp-protobuf', 'otlp-python'].map((name) => join(fixtures, name));
  return directories.flatMap(readCaptures);
}

describe('the daemon', () => {
  let daemon: TestDaemon;
  const cleanUp: (() => Promise<void>)[] = [];

  before(async () => {
    daemon = await startDaemon(toFiles);
    cleanUp.push(() => daemon.remove());
  });

  after(async () => {
    for (const clean of cleanUp) await clean();
  });

  test('accepts every recorded request over gRPC and HTTP, delivers it, and balances its ledger', async () => {
    const grpc = createGrpcSender(daemon.ports.grpc);
    const all = captures();
    assert.ok(all.length > 0);
    for (const { name, signal, encoding, body } of all) {
      const headers = { ...contentTypes[encoding], 'content-encoding': 'gzip' };
      const answer = await postOtlp(daemon.ports.http, signal, gzipSync(body), headers);
      assert.equal(answer.status, 200, `${name}: ${await answer.text()}`);
      if (encoding === 'protobuf') await grpc.export(signal, body);
    }
    grpc.close();
    for (const pipeline of new Set(all.map(({ signal }) => signal))) {
      const metrics = await untilDelivered(daemon, [`pipeline="${pipeline}"`]);
      const at = (name: string, ...labels: string[]): number =>
        sumOf(metrics, name, [`pipeline="${pipeline}"`, ...labels]);
      const appended = at('weir_appended_items_total', 'log="out"');
      assert.ok(appended > 0, pipeline);
      assert.equal(
        at('weir_received_items_total'),
        at('weir_refused_items_total') +
          at('weir_filtered_items_total') +
          at('weir_sampled_out_items_total') +
          appended,
      );
      for (const exporter of [`exporter="file/${pipeline}"`, 'exporter="debug"']) {
        assert.equal(at('weir_delivered_items_total', exporter), appended, exporter);
      }
    }
  });

  test('writes what it understood beside what the SDK sent', () => {
    const lines = readFileSync(join(daemon.directory, 'traces.jsonl'), 'utf8');
    for (const key of [
      'genai.kind',
      'genai.cost.status',
      'gen_ai.usage.cost',
      'gen_ai.usage.input_tokens',
    ]) {
      assert.ok(lines.includes(`"${key}"`), key);
    }
  });

  test('lets no planted personal data through to disk, log or console', async () => {
    const attributes = planted.flatMap((value, index) => [
      { key: `plain.${index}`, value: { stringValue: `before ${value} after` } },
      {
        key: `json.${index}`,
        value: { stringValue: JSON.stringify({ a: [{ text: `x ${value}` }] }) },
      },
      { key: `nested.${index}`, value: { arrayValue: { values: [{ stringValue: value }] } } },
    ]);
    const span = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      name: `chat with ${planted[0]}`,
      startTimeUnixNano: '1750000000000000000',
      endTimeUnixNano: '1750000001000000000',
      attributes,
      events: [{ name: 'exception', timeUnixNano: '1750000000000000000', attributes }],
      status: { code: 2, message: `refused for ${planted[0]}` },
    };
    const record = {
      timeUnixNano: '1750000000000000000',
      body: { stringValue: planted.join(' ') },
      attributes,
    };
    const resource = { attributes: [{ key: 'owner', value: { stringValue: planted[0] } }] };
    const traces = { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] };
    const logs = { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] };
    for (const [signal, body] of [
      ['traces', traces],
      ['logs', logs],
    ] as const) {
      const answer = await postOtlp(
        daemon.ports.http,
        signal,
        JSON.stringify(body),
        contentTypes.json,
      );
      assert.equal(answer.status, 200, await answer.text());
      await untilDelivered(daemon, [`pipeline="${signal}"`]);
    }
    const written = everythingWritten(daemon);
    assert.ok(
      written.includes('0af7651916cd43dd8448eb211c80319c'),
      'the span itself was delivered',
    );
    for (const value of planted) assert.ok(!written.includes(value), value);
  });

  test('answers what it cannot read with a status that says why, and goes on', async () => {
    const answer = await postOtlp(
      daemon.ports.http,
      'traces',
      '{"resourceSpans": [',
      contentTypes.json,
    );
    assert.equal(answer.status, 400);
    const status = (await answer.json()) as { code: number; message: string };
    assert.equal(status.code, 3);
    assert.ok(status.message.length > 0);
    const next = await postOtlp(daemon.ports.http, 'traces', '{}', contentTypes.json);
    assert.equal(next.status, 200);
  });

  test('drains and exits with 0 on SIGTERM', async () => {
    assert.equal(await daemon.stop(), 0, daemon.output());
  });
});
