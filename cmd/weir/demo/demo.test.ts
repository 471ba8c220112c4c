import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createBatchReader } from '../../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../../pipeline/batch/create-keys.ts';
import { decodeJson } from '../../../pipeline/otlp/decode-json.ts';
import { encodeJson } from '../../../pipeline/otlp/encode-json.ts';
import { tracesRequest } from '../../../test/support/encode-slice.ts';
import { freePorts } from '../../../test/support/free-port.ts';
import { listen } from '../../../test/support/listen.ts';
import { runWeir } from '../../../test/support/run-weir.ts';
import { captures, readCapture } from './captures.ts';
import { freshen } from './freshen.ts';
import { readBack } from './read-back.ts';

const nowMs = 1_800_000_000_000;

describe('the captures of the demo', () => {
  for (const capture of captures) {
    it(`${capture.name} is a request that every item of is taken`, () => {
      const { json } = freshen(readCapture(capture), nowMs);
      const bytes = decodeJson(capture.signal, Buffer.from(JSON.stringify(json)));
      const batch = createBatchReader(createKeys()).open(capture.signal, bytes);
      assert.equal(batch.rejected.items, 0);
      assert.ok(batch.items > 0);
    });
  }

  it('come in by gRPC, protobuf and JSON, and as logs too', () => {
    assert.equal(new Set(captures.map((capture) => capture.protocol)).size, 3);
    assert.ok(captures.some((capture) => capture.signal === 'logs'));
  });
});

describe('freshening', () => {
  const recorded = {
    spans: [
      { traceId: 'aa'.repeat(16), spanId: '01'.repeat(8), endTimeUnixNano: '1000000000000000500' },
      {
        traceId: 'aa'.repeat(16),
        spanId: '02'.repeat(8),
        parentSpanId: '01'.repeat(8),
        startTimeUnixNano: '1000000000000000000',
        attributes: [
          { key: 'gen_ai.response.id', value: { stringValue: 'chatcmpl-mock0001' } },
          { key: 'output', value: { stringValue: '{"id":"chatcmpl-mock0001","msg":"resp_x"}' } },
        ],
      },
    ],
  };
  type Fresh = typeof recorded;

  it('gives new ids, the same one wherever the same stood', () => {
    const { json, traceIds } = freshen(recorded, nowMs);
    const [parent, child] = (json as Fresh).spans;
    assert.equal(traceIds.size, 1);
    assert.match(parent?.traceId ?? '', /^[0-9a-f]{32}$/);
    assert.notEqual(parent?.traceId, 'aa'.repeat(16));
    assert.equal(child?.traceId, parent?.traceId);
    assert.equal(child?.parentSpanId, parent?.spanId);
    assert.notEqual(freshen(recorded, nowMs).json, json);
  });

  it('moves the last time to now and keeps distances', () => {
    const [parent, child] = (freshen(recorded, nowMs).json as Fresh).spans;
    assert.equal(parent?.endTimeUnixNano, `${nowMs}000000`);
    assert.equal(child?.startTimeUnixNano, String(BigInt(nowMs) * 1_000_000n - 500n));
  });

  it('gives answers new ids inside JSON too, or a second run would be taken for the same calls', () => {
    const [, child] = (freshen(recorded, nowMs).json as Fresh).spans;
    const [id, output] = (child?.attributes ?? []).map((attribute) => attribute.value.stringValue);
    assert.match(id ?? '', /^chatcmpl-[0-9a-f]{24}$/);
    assert.equal(output, `{"id":"${id ?? ''}","msg":"resp_x"}`);
  });
});

describe('reading back', () => {
  let dataDir = '';
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'weir-read-back-'));
  });
  after(() => rm(dataDir, { recursive: true }));

  it('finds the spans of a run in the file that stands in for the store', async () => {
    const wanted = 'c'.repeat(32);
    const request = tracesRequest([{ traceId: wanted, name: 'mine' }, { name: 'of another run' }]);
    const line = encodeJson('traces', request);
    const logs = '{"resourceLogs":[]}';
    const file = join(dataDir, 'telemetry.jsonl');
    await writeFile(file, `${logs}\n${line}\n${line.slice(0, 50)}`);
    const found = await readBack(dataDir, { traceIds: [wanted], spans: 1 }, 0);
    assert.deepEqual(
      found.rows.map((row) => row.name),
      ['mine'],
    );
    assert.equal(found.source, file);
  });

  it('gives what there is when the time is over', async () => {
    const found = await readBack(dataDir, { traceIds: ['d'.repeat(32)], spans: 1 }, 0);
    assert.deepEqual([found.rows, found.source], [[], undefined]);
  });
});

describe('weir demo', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'weir-demo-'));
  });
  after(() => rm(directory, { recursive: true }));

  async function demoArguments(): Promise<string[]> {
    const [grpc = 0, http = 0, metrics = 0] = await freePorts(3);
    const config = join(directory, 'config.yaml');
    await writeFile(
      config,
      `
receivers: { otlp: { protocols: { grpc: , http:  } } }
processors: { genai: , redaction: }
exporters: { file: { path: '${join(directory, 'telemetry.jsonl')}', append: true } }
service:
  telemetry: { metrics: { endpoint: '127.0.0.1:${metrics}' } }
  pipelines:
    traces: { receivers: [otlp], processors: [genai, redaction], exporters: [file] }
    logs: { receivers: [otlp], processors: [redaction], exporters: [file] }
`,
    );
    const endpoints = [
      ['--grpc-endpoint', `http://127.0.0.1:${grpc}`],
      ['--http-endpoint', `http://127.0.0.1:${http}`],
    ].flat();
    return ['demo', '--data-dir', directory, ...endpoints, '--config', config];
  }

  it('starts a daemon, shows trees with cost and redactions, and leaves nothing running or unredacted', async () => {
    const run = await runWeir([...(await demoArguments()), '--start', '--once']);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /chat gpt-4o-mini +llm .*openai gpt-4o-mini-2024-07-18.*\$0\.0/);
    assert.match(run.stdout, /billed on another span/);
    assert.match(run.stdout, /failed: Error code: 429/);
    assert.match(run.stdout, /\ntotal 12 traces · 29 spans · .*redacted \d+ \(.*email \d+.*\)\n$/);
    assert.match(run.stderr, /OTEL_EXPORTER_OTLP_ENDPOINT=/);
    assert.doesNotMatch(run.stderr, /did not come back/);
    const stored = await readFile(join(directory, 'telemetry.jsonl'), 'utf8');
    for (const planted of ['maria.lopez@', '4242 4242', 'sk-proj-', '555-0132', '203.0.113.77']) {
      assert.ok(!`${stored}${run.stdout}${run.stderr}`.includes(planted), planted);
    }
  });

  it('ends with 69 and says how to start a daemon where nothing listens', async () => {
    const run = await runWeir(await demoArguments());
    assert.equal(run.code, 69);
    assert.match(
      run.stderr,
      /nothing listens on 127\.0\.0\.1:\d+ and 127\.0\.0\.1:\d+: run "weir"/,
    );
  });

  it('says so where another program has a port', async () => {
    const other = createServer((_request, response) => response.writeHead(404).end());
    const port = await listen(other);
    const taken = `http://127.0.0.1:${port}`;
    const both = ['--grpc-endpoint', taken, '--http-endpoint', taken];
    const foreign = await runWeir([...(await demoArguments()), ...both]);
    const [free = 0] = await freePorts(1);
    const half = ['--grpc-endpoint', `http://127.0.0.1:${free}`, '--http-endpoint', taken];
    const halfTaken = await runWeir([...(await demoArguments()), ...half, '--start']);
    other.closeAllConnections();
    other.close();
    assert.equal(foreign.code, 69);
    assert.match(foreign.stderr, /did not take .*\nDoes something else than Weir listen there\?/);
    assert.equal(halfTaken.code, 1);
    assert.match(halfTaken.stderr, /is taken by another program while .* is free/);
  });

  it('passes on why the daemon did not start', async () => {
    const args = [...(await demoArguments()), '--set', 'exporters.file.nonsense=1', '--start'];
    const run = await runWeir(args);
    assert.equal(run.code, 1);
    assert.match(run.stderr, /nonsense/);
    assert.match(run.stderr, /the daemon ended with exit code 78; its output says why/);
  });

  it('refuses an endpoint without a scheme', async () => {
    const run = await runWeir(['demo', '--grpc-endpoint', 'localhost:4317']);
    assert.equal(run.code, 2);
    assert.match(run.stderr, /write http:\/\/127\.0\.0\.1:4317/);
  });
});
