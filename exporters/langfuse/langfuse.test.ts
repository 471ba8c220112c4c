import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Payload } from '../../pipeline/component/transform.ts';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { createEncoder, tracesRequest } from '../../test/support/encode-slice.ts';
import { listen } from '../../test/support/listen.ts';
import { toConnection } from './connection.ts';
import { langfuseExporter } from './factory.ts';
import { langfuseEncode } from './langfuse.worker.ts';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const opened: (() => void)[] = [];

afterEach(() => {
  for (const close of opened.splice(0)) close();
});

async function startServer(answer: Answer): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks),
      });
      response.writeHead(answer.status, answer.headers).end(answer.body ?? '');
    });
  });
  const port = await listen(server);
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, seen };
}

const keys = 'public_key: pk-lf-1, secret_key: sk-lf-2';

async function send(
  url: string,
  payload: Payload,
  signal: 'traces' | 'logs' = 'traces',
): Promise<Outcome> {
  const config: unknown = parse(`{ endpoint: '${url}', ${keys} }`);
  const exporter = langfuseExporter.create(config, createRecordingContext('langfuse'));
  await exporter.start?.();
  opened.push(() => void exporter.shutdown?.());
  const { signal: abort } = new AbortController();
  return exporter.send(payload, { id: '1', signal, attempt: 1, abort });
}

function encode(bytes: Uint8Array, signal: 'traces' | 'logs', items = 1): Payload[] {
  const config: unknown = parse(`{ ${keys} }`);
  return createEncoder(langfuseEncode, langfuseExporter, { config, signal })(bytes, items);
}

function tracesPayload(): Payload {
  const [payload] = encode(tracesRequest([{ name: 'a call' }]), 'traces');
  assert.ok(payload);
  return payload;
}

describe('a request to Langfuse', () => {
  it('goes to its OTLP endpoint with the keys, gzipped, for direct ingestion', async () => {
    const server = await startServer({ status: 200, body: '{"id":"job"}' });
    assert.deepEqual(await send(server.url, tracesPayload()), { kind: 'delivered' });
    const [request] = server.seen;
    assert.ok(request);
    assert.equal(request.path, '/api/public/otel/v1/traces');
    assert.equal(
      request.headers.authorization,
      `Basic ${Buffer.from('pk-lf-1:sk-lf-2').toString('base64')}`,
    );
    assert.equal(request.headers['content-type'], 'application/x-protobuf');
    assert.equal(request.headers['x-langfuse-ingestion-version'], '4');
    assert.equal(request.headers['x-langfuse-sdk-name'], undefined);
    assert.ok(gunzipSync(request.body).includes('a call'));
  });

  it('that is answered 200 is delivered, though the body is JSON and no OTLP answer', async () => {
    const type = { 'content-type': 'application/x-protobuf' };
    const server = await startServer({ status: 200, headers: type, body: '{"broken' });
    assert.deepEqual(await send(server.url, tracesPayload()), { kind: 'delivered' });
  });

  const json = { 'content-type': 'application/json' };
  const cases: readonly { answer: Answer; outcome: Outcome }[] = [
    {
      answer: { status: 400, headers: json, body: '{"error":"Invalid trace id"}' },
      outcome: { kind: 'rejected', message: 'HTTP 400: Invalid trace id', blames: 'items' },
    },
    {
      answer: { status: 404 },
      outcome: { kind: 'rejected', message: 'HTTP 404', blames: 'request' },
    },
    { answer: { status: 413 }, outcome: { kind: 'too_large', message: 'HTTP 413' } },
    {
      answer: { status: 401 },
      outcome: { kind: 'retryable', cause: 'auth', message: 'HTTP 401' },
    },
    {
      answer: { status: 403, headers: json, body: '{"message":"Ingestion suspended"}' },
      outcome: { kind: 'retryable', cause: 'auth', message: 'HTTP 403: Ingestion suspended' },
    },
    {
      answer: { status: 429, headers: { 'retry-after': '7' } },
      outcome: { kind: 'retryable', cause: 'busy', message: 'HTTP 429', retryAfterMs: 7000 },
    },
    {
      answer: { status: 500 },
      outcome: { kind: 'retryable', cause: 'internal', message: 'HTTP 500' },
    },
  ];
  for (const { answer, outcome } of cases) {
    it(`that is answered ${answer.status} comes to: ${outcome.kind}`, async () => {
      const server = await startServer(answer);
      assert.deepEqual(await send(server.url, tracesPayload()), outcome);
    });
  }

  it('that finds nobody is repeated', async () => {
    const outcome = await send('http://127.0.0.1:9', tracesPayload());
    assert.equal(outcome.kind, 'retryable');
  });
});

function toScore(body: Uint8Array = new Uint8Array(0)): Record<string, unknown> {
  // The encoder writes one JSON object.
  return JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>;
}

describe('an evaluation result', () => {
  const record = {
    traceId: '5b8aa5a2d2c872e8321cf37308d69df2',
    spanId: '051581bf3cb55c13',
    timeUnixNano: '1795225200000000000',
    eventName: 'gen_ai.evaluation.result',
    attributes: [
      { key: 'gen_ai.evaluation.name', value: { stringValue: 'relevance' } },
      { key: 'gen_ai.evaluation.score.value', value: { doubleValue: 0.75 } },
      { key: 'gen_ai.evaluation.score.label', value: { stringValue: 'good' } },
      { key: 'gen_ai.evaluation.explanation', value: { stringValue: 'on topic' } },
    ],
  };
  const logs = (...logRecords: readonly object[]): Uint8Array =>
    decodeJson(
      'logs',
      Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })),
    );

  it('becomes a score with an id that a repeat has too; other records are not sent', async () => {
    const server = await startServer({ status: 200, body: '{"id":"x"}' });
    const other = { traceId: record.traceId, body: { stringValue: 'just a line' } };
    const payloads = encode(logs(record, other), 'logs', 2);
    assert.deepEqual(
      payloads.map(({ items }) => items),
      [1, 1],
    );
    for (const payload of payloads) await send(server.url, payload, 'logs');
    const [request, ...rest] = server.seen;
    assert.equal(rest.length, 0);
    assert.equal(request?.path, '/api/public/scores');
    const score = toScore(gunzipSync(request.body));
    assert.match(String(score['id']), /^[0-9a-f]{32}$/);
    const [again] = encode(logs(record), 'logs');
    assert.equal(toScore(again?.body)['id'], score['id']);
    delete score['id'];
    assert.deepEqual(score, {
      traceId: record.traceId,
      observationId: record.spanId,
      name: 'relevance',
      value: 0.75,
      dataType: 'NUMERIC',
      comment: 'on topic',
      metadata: { label: 'good' },
    });
  });

  it('whose value is no number is what its label says, or nothing', () => {
    const values = record.attributes.map((one) =>
      one.key.endsWith('value') ? { ...one, value: { doubleValue: 'NaN' } } : one,
    );
    const [payload] = encode(logs({ ...record, attributes: values }), 'logs');
    const score = toScore(payload?.body);
    assert.deepEqual([score['value'], score['dataType']], ['good', 'CATEGORICAL']);
    const attributes = values.filter(({ key }) => !key.endsWith('label'));
    const [skipped] = encode(logs({ ...record, attributes }), 'logs');
    assert.equal(skipped?.body.length, 0);
  });

  it('with a label alone is a category', () => {
    const attributes = record.attributes.filter(({ key }) => !key.endsWith('value'));
    const [payload] = encode(logs({ ...record, attributes }), 'logs');
    const score = toScore(payload?.body);
    assert.deepEqual([score['value'], score['dataType']], ['good', 'CATEGORICAL']);
  });
});

describe('the connection', () => {
  it('comes from the environment that Langfuse’s own SDKs read', () => {
    const environment = {
      LANGFUSE_HOST: 'https://langfuse.example.com/base/',
      LANGFUSE_PUBLIC_KEY: 'a',
      LANGFUSE_SECRET_KEY: 'b',
    };
    const { traces, scores, authorization } = toConnection({}, environment);
    assert.equal(traces.href, 'https://langfuse.example.com/base/api/public/otel/v1/traces');
    assert.equal(scores.href, 'https://langfuse.example.com/base/api/public/scores');
    assert.equal(authorization, 'Basic YTpi');
  });

  it('takes the OTLP base of Langfuse’s documentation for the base that it is of', () => {
    const endpoint = 'https://cloud.langfuse.com/api/public/otel';
    const { traces } = toConnection({ endpoint }, {});
    assert.equal(traces.href, 'https://cloud.langfuse.com/api/public/otel/v1/traces');
  });
});
