import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { toJson } from '../../pipeline/batch/value-json.ts';
import { createGenaiRun, type GenaiRun } from '../../processors/genai/run-genai.ts';
import { parseJson } from '../../processors/genai/usage-object.ts';
import { type Capture, fixturesDir, readCaptures } from '../support/captures.ts';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { untilDelivered } from '../support/daemon-metrics.ts';
import { contentTypes, createGrpcSender, postOtlp } from '../support/otlp-client.ts';
import { projectRoot } from '../support/project-root.ts';

const config = `
receivers:
  otlp:
    protocols:
      grpc: { endpoint: '127.0.0.1:\${env:GRPC}' }
      http: { endpoint: '127.0.0.1:\${env:HTTP}' }
processors:
  genai: {}
exporters:
  file: { path: traces.jsonl }
extensions:
  health_check: { endpoint: '127.0.0.1:\${env:HEALTH}' }
service:
  extensions: [health_check]
  telemetry:
    metrics: { address: '127.0.0.1:\${env:METRICS}' }
  pipelines:
    traces: { receivers: [otlp], processors: [genai], exporters: [file] }
`;

const testdata = join(projectRoot, 'processors/genai/testdata');

/** What the processor says of a span: its canonical attributes, JSON in them as data. */
type Facts = Readonly<Record<string, unknown>>;

async function withDaemon(work: (daemon: TestDaemon) => Promise<void>): Promise<void> {
  const daemon = await startDaemon(config);
  try {
    await work(daemon);
  } finally {
    await daemon.remove();
  }
}

/** Sends every capture by HTTP and gRPC in turn, and returns the facts that the file exporter wrote, span by span. */
async function sendAll(daemon: TestDaemon, captures: readonly Capture[]): Promise<Facts[]> {
  const grpc = createGrpcSender(daemon.ports.grpc);
  for (const [index, { name, encoding, body }] of captures.entries()) {
    if (encoding === 'protobuf' && index % 2 === 1) {
      await grpc.export('traces', body);
      continue;
    }
    const answer = await postOtlp(daemon.ports.http, 'traces', body, contentTypes[encoding]);
    assert.equal(answer.status, 200, `${name}: ${await answer.text()}`);
  }
  grpc.close();
  await untilDelivered(daemon);
  const written = readFileSync(join(daemon.directory, 'traces.jsonl'), 'utf8').trimEnd();
  const { reader } = await createGenaiRun({});
  return written
    .split('\n')
    .flatMap((line) => factsOf(reader, decodeJson('traces', Buffer.from(line))));
}

function factsOf(reader: GenaiRun['reader'], request: Uint8Array): Facts[] {
  const spans: Facts[] = [];
  for (const { name, attributes } of reader.open('traces', request)) {
    const facts: [string, unknown][] = [];
    for (const attribute of attributes) {
      if (!/^gen_?ai\./.test(attribute.name)) continue;
      facts.push([attribute.name, asData(toJson(attribute.value()))]);
    }
    spans.push({ name, ...Object.fromEntries(facts) });
  }
  return spans;
}

function asData(value: unknown): unknown {
  return typeof value === 'string' && /^[[{]/.test(value) ? (parseJson(value) ?? value) : value;
}

/** The mock's ids count from 1 in every capture: those of each get a letter of their own, so that no call repeats another's. */
function withOwnIds(text: string, index: number): string {
  return text.replaceAll('mock0', `mock${String.fromCharCode('a'.charCodeAt(0) + index)}`);
}

test('captures of every dialect come out of the daemon with the facts that stand beside them', async () => {
  const files = readdirSync(testdata).filter((name) => name.endsWith('.pb'));
  const captures = files.map((name, index): Capture => {
    const body = readFileSync(join(testdata, name), 'latin1');
    return {
      name,
      signal: 'traces',
      encoding: 'protobuf',
      body: Buffer.from(withOwnIds(body, index), 'latin1'),
    };
  });
  const expected = files.flatMap((name, index) => {
    const text = readFileSync(join(testdata, name.replace('.pb', '.expected.json')), 'utf8');
    // Golden files hold a list of facts for each capture.
    return JSON.parse(withOwnIds(text, index)) as Facts[];
  });
  await withDaemon(async (daemon) => {
    assert.deepEqual(await sendAll(daemon, captures), expected);
  });
});

const fixtures = fixturesDir();

test(
  'every recorded request comes out of the daemon as the scorecard scores it',
  {
    skip: fixtures === undefined && 'no collection of recordings beside this checkout',
  },
  async () => {
    const captures = ['otlp', 'otlp-protobuf', 'otlp-python']
      .flatMap((name) => readCaptures(join(fixtures ?? '', name)))
      .filter(({ signal }) => signal === 'traces');
    const genai = await createGenaiRun({});
    const expected = captures.flatMap(({ encoding, body }) => {
      const request = encoding === 'json' ? decodeJson('traces', body) : body;
      return factsOf(genai.reader, genai.run(request));
    });
    await withDaemon(async (daemon) => {
      assert.deepEqual(await sendAll(daemon, captures), expected);
    });
  },
);
