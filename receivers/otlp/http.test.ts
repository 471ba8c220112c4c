import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Client, credentials } from '@grpc/grpc-js';
import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import { signals } from '../../pipeline/component/signal.ts';
import type { Verdict } from '../../pipeline/component/verdict.ts';
import { decodeExportResponse } from '../../pipeline/otlp/export-response.ts';
import { decodeStatus } from '../../pipeline/otlp/status.ts';
import { projectRoot } from '../../test/support/project-root.ts';
import { accepted, startOtlpReceiver } from '../../test/support/start-otlp-receiver.ts';
import type { PipelineStub, StartedReceiver } from '../../test/support/start-otlp-receiver.ts';

const protobuf = { 'content-type': 'application/x-protobuf' };
const json = { 'content-type': 'application/json' };

async function start(http = '', stub: PipelineStub = {}, rest = ''): Promise<StartedReceiver> {
  return startOtlpReceiver(
    `{protocols: {grpc: {endpoint: "127.0.0.1:0"}, http: {endpoint: "127.0.0.1:0", ${http}}}${rest}}`,
    stub,
  );
}

interface Sent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends with node:http: a body in several pieces is chunked. */
function send(
  started: StartedReceiver,
  headers: Record<string, string>,
  body: Uint8Array | readonly Uint8Array[] = Buffer.from('x'),
  { path = '/v1/traces', method = 'POST' } = {},
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port: started.httpPort,
      path,
      method,
      headers,
      agent: false,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status = 0 } = response;
        resolve({ status, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    if (body instanceof Uint8Array) request.end(body);
    else {
      for (const piece of body) request.write(piece);
      request.end();
    }
  });
}

async function using(
  starting: Promise<StartedReceiver>,
  run: (started: StartedReceiver) => Promise<void>,
): Promise<void> {
  const started = await starting;
  try {
    await run(started);
  } finally {
    await started.receiver.shutdown?.();
  }
  assert.equal(started.budget.reserved, 0);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

test('protobuf and JSON bodies of every signal go on as they came, and are answered in kind', async () => {
  await using(start(), async (started) => {
    for (const signal of signals) {
      for (const [type, encoding] of [
        ['application/x-protobuf', 'pb'],
        ['application/json; charset=utf-8', 'json'],
      ] as const) {
        const body = readFileSync(
          join(projectRoot, 'pipeline/otlp/testdata', `${signal}.${encoding}`),
        );
        const sent = await send(started, { 'content-type': type }, body, { path: `/v1/${signal}` });
        assert.equal(sent.status, 200);
        assert.equal(sent.headers['content-type'], type.split(';')[0]);
        assert.equal(sent.body.toString(), encoding === 'json' ? '{}' : '');
        const request = started.requests.at(-1);
        assert.equal(request?.signal, signal);
        assert.equal(request.encoding, encoding === 'json' ? 'json' : 'protobuf');
        assert.deepEqual(Buffer.from(request.body), body);
      }
    }
    assert.equal(started.counter('weir_receiver_requests_total', 'http,logs'), 2);
  });
});

test('a compressed body goes on compressed', async () => {
  await using(start(), async (started) => {
    const body = gzipSync(Buffer.alloc(1000));
    for (const coding of ['gzip', 'deflate']) {
      await send(started, { ...protobuf, 'content-encoding': coding }, body);
      assert.equal(started.requests.at(-1)?.compression, coding);
      assert.deepEqual(Buffer.from(started.requests.at(-1)?.body ?? []), body);
    }
  });
});

test('a body that stops coming in is answered with 408 in the end, and nothing stays reserved for it', async () => {
  await using(start('read_timeout: 100ms'), async (started) => {
    // A client that goes away without a word keeps its side of the connection open.
    const socket = createConnection({
      port: started.httpPort,
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100000\r\n\r\nx',
    );
    await until(() => started.budget.reserved === 100_000);
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    await once(socket, 'end');
    await until(() => started.budget.reserved === 0);
    socket.destroy();
    assert.match(answer, /^HTTP\/1\.1 408 /);
    assert.equal(started.counter('weir_receiver_refused_requests_total', 'http,too_slow'), 1);
    assert.equal(started.counter('weir_receiver_cancelled_requests_total', 'http'), 0);
  });
});

test('a body that breaks off into what is no HTTP gives its bytes back, though the client stays', async () => {
  await using(start(), async (started) => {
    const socket = createConnection({
      port: started.httpPort,
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n',
    );
    await until(() => started.budget.reserved > 0);
    socket.on('error', () => undefined).resume();
    socket.write('no length of a chunk\r\n');
    await until(() => started.budget.reserved === 0);
    socket.destroy();
    assert.equal(started.counter('weir_receiver_cancelled_requests_total', 'http'), 1);
  });
});

test('a chunked body is put together', async () => {
  await using(start(), async (started) => {
    const pieces = [Buffer.alloc(400_000, 1), Buffer.alloc(400_000, 2), Buffer.alloc(5, 3)];
    assert.equal((await send(started, protobuf, pieces)).status, 200);
    assert.deepEqual(Buffer.from(started.requests[0]?.body ?? []), Buffer.concat(pieces));
  });
});

test('partial success is told in the encoding of the request', async () => {
  const verdict: Verdict = { kind: 'accepted', rejectedItems: 2, message: 'ids' };
  await using(start('', { verdict: () => verdict }), async (started) => {
    const asProtobuf = await send(started, protobuf);
    assert.equal(asProtobuf.status, 200);
    assert.deepEqual(decodeExportResponse(asProtobuf.body), { rejectedItems: 2, message: 'ids' });
    const asJson = await send(started, json, Buffer.from('{}'), { path: '/v1/logs' });
    assert.deepEqual(JSON.parse(asJson.body.toString()), {
      partialSuccess: { rejectedLogRecords: '2', errorMessage: 'ids' },
    });
  });
});

const verdicts: readonly { verdict: Verdict; status: number; code: number; retryAfter?: string }[] =
  [
    { verdict: { kind: 'invalid', message: 'm' }, status: 400, code: 3 },
    { verdict: { kind: 'too_large', message: 'm' }, status: 413, code: 8 },
    {
      verdict: { kind: 'unavailable', message: 'm', retryAfterMs: 2500 },
      status: 503,
      code: 14,
      retryAfter: '3',
    },
  ];

for (const { verdict, status, code, retryAfter } of verdicts) {
  test(`the verdict ${verdict.kind} is answered with ${status} and a google.rpc.Status`, async () => {
    await using(start('', { verdict: () => verdict }), async (started) => {
      const asProtobuf = await send(started, protobuf);
      assert.equal(asProtobuf.status, status);
      assert.equal(asProtobuf.headers['content-type'], 'application/x-protobuf');
      assert.equal(asProtobuf.headers['retry-after'], retryAfter);
      assert.equal(decodeStatus(asProtobuf.body).code, code);
      const asJson = await send(started, json, Buffer.from('{}'));
      assert.equal(asJson.headers['content-type'], 'application/json');
      assert.match(asJson.body.toString(), new RegExp(`^\\{"code":${code},"message":"m"`));
      assert.equal(
        started.counter('weir_receiver_refused_requests_total', `http,${verdict.kind}`),
        2,
      );
    });
  });
}

test('a pipeline that breaks is 503, never 500', async () => {
  const stub = { verdict: () => Promise.reject(new Error('bug')) };
  await using(start('', stub), async (started) => {
    assert.equal((await send(started, protobuf)).status, 503);
  });
});

test('wrong path, method, content type and encoding are 404, 405, 415 and 415', async () => {
  await using(start(), async (started) => {
    const get = await send(started, protobuf, Buffer.alloc(0), { method: 'GET' });
    assert.equal(get.status, 405);
    assert.equal(get.headers.allow, 'POST');
    assert.equal((await send(started, protobuf, undefined, { path: '/v1/spans' })).status, 404);
    assert.equal((await send(started, { 'content-type': 'text/plain' })).status, 415);
    assert.equal((await send(started, {})).status, 415);
    assert.equal((await send(started, { ...protobuf, 'content-encoding': 'br' })).status, 415);
    assert.equal(started.requests.length, 0);
    for (const reason of ['method', 'unknown_path', 'content_encoding']) {
      assert.equal(started.counter('weir_receiver_refused_requests_total', `http,${reason}`), 1);
    }
    assert.equal(started.counter('weir_receiver_refused_requests_total', 'http,content_type'), 2);
  });
});

test('a signal without a pipeline is 404', async () => {
  await using(start('', { accepts: (signal) => signal === 'logs' }), async (started) => {
    assert.equal((await send(started, protobuf)).status, 404);
    assert.equal((await send(started, protobuf, undefined, { path: '/v1/logs?a=b' })).status, 200);
  });
});

test('a body over the limit is 413, whether it says so before or not', async () => {
  await using(start('max_request_body_size: 100KiB'), async (started) => {
    assert.equal((await send(started, protobuf, Buffer.alloc(102_401))).status, 413);
    const pieces = Array.from({ length: 4 }, () => Buffer.alloc(50_000));
    assert.equal((await send(started, protobuf, pieces)).status, 413);
    assert.equal((await send(started, protobuf, Buffer.alloc(102_400))).status, 200);
    assert.equal(started.requests[0]?.maxBytes, 102_400);
    assert.equal(started.counter('weir_receiver_refused_requests_total', 'http,too_large'), 2);
  });
});

/** The statuses of requests that follow each other on one connection. */
async function sendInTurn(
  started: StartedReceiver,
  requests: readonly string[],
): Promise<string[]> {
  const socket = createConnection(started.httpPort, '127.0.0.1');
  const statuses: string[] = [];
  for (const request of requests) {
    socket.write(request);
    const answer: unknown[] = await once(socket, 'data');
    statuses.push(String(answer[0]).slice(9, 12));
  }
  socket.destroy();
  return statuses;
}

const chunkedHead =
  'POST /v1/traces HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-protobuf\r\nTransfer-Encoding: chunked\r\n\r\n';

function chunked(bytes: number): string {
  return `${chunkedHead}${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n0\r\n\r\n`;
}

test('a connection goes on after a chunked body that was refused half-way', async () => {
  const budget = createByteBudget(600_000);
  const http = 'max_request_body_size: 1000KiB, admission_wait: 10ms';
  await using(start(http, { budget }), async (started) => {
    const requests = [chunked(3_000_000), chunked(1)];
    assert.deepEqual(await sendInTurn(started, requests), ['413', '200']);
    const held = budget.take(300_000);
    assert.deepEqual(await sendInTurn(started, [chunked(900_000), chunked(1)]), ['503', '200']);
    held?.release();
  });
});

test('above the budget a request waits, and then is 503 with Retry-After', async () => {
  const budget = createByteBudget(100_000);
  const held = await budget.reserve(60_000, 0);
  await using(start('admission_wait: 10ms', { budget }), async (started) => {
    const refused = await send(started, protobuf, Buffer.alloc(50_000));
    assert.equal(refused.status, 503);
    assert.equal(refused.headers['retry-after'], '1');
    assert.equal(decodeStatus(refused.body).retryAfterMs, 1000);
    assert.equal((await send(started, protobuf, Buffer.alloc(30_000))).status, 200);
    assert.equal(started.counter('weir_receiver_refused_requests_total', 'http,busy'), 1);
    held?.release();
  });
});

test('a body larger than the whole budget passes alone', async () => {
  const budget = createByteBudget(100_000);
  await using(start('', { budget }), async (started) => {
    assert.equal((await send(started, protobuf, Buffer.alloc(300_000))).status, 200);
    const pieces = Array.from({ length: 10 }, () => Buffer.alloc(90_000));
    assert.equal((await send(started, protobuf, pieces)).status, 200);
  });
});

test('a chunked body reserves as it grows', async () => {
  const budget = createByteBudget(600_000);
  await using(start('admission_wait: 10ms', { budget }), async (started) => {
    const held = await budget.reserve(300_000, 0);
    const pieces = Array.from({ length: 10 }, () => Buffer.alloc(50_000));
    assert.equal((await send(started, protobuf, pieces)).status, 503);
    assert.equal((await send(started, protobuf, pieces.slice(0, 5))).status, 200);
    held?.release();
  });
});

test('a client that goes away in the middle of its body gives its bytes back', async () => {
  await using(start(), async (started) => {
    const socket = createConnection(started.httpPort, '127.0.0.1');
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    );
    await until(() => started.budget.reserved === 1000);
    socket.destroy();
    await until(() => started.budget.reserved === 0);
    assert.equal(started.requests.length, 0);
    assert.equal(started.counter('weir_receiver_cancelled_requests_total', 'http'), 1);
  });
});

test('100 Continue is sent once the bytes are reserved', async () => {
  await using(start(), async (started) => {
    const text = await new Promise<string>((resolve) => {
      const socket = createConnection(started.httpPort, '127.0.0.1');
      let seen = '';
      socket.on('data', (data) => {
        if (seen === '') socket.write('{}');
        seen += data.toString();
      });
      socket.on('end', () => {
        resolve(seen);
      });
      socket.write(
        'POST /v1/traces HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n' +
          'Connection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
      );
    });
    assert.match(text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });
});

test('paths, response headers and encodings are as configured', async () => {
  const http =
    'traces_url_path: /otlp/traces, response_headers: {x-a: b}, compression_algorithms: [gzip]';
  await using(start(http), async (started) => {
    const sent = await send(started, { ...protobuf, 'content-encoding': 'gzip' }, undefined, {
      path: '/otlp/traces',
    });
    assert.equal(sent.status, 200);
    assert.equal(sent.headers['x-a'], 'b');
    assert.equal((await send(started, protobuf)).status, 404);
    const deflate = { ...protobuf, 'content-encoding': 'deflate' };
    assert.equal((await send(started, deflate, undefined, { path: '/otlp/traces' })).status, 415);
  });
});

test('CORS answers the origins that are allowed and no other', async () => {
  const http =
    'cors: {allowed_origins: ["https://*.example.com"], allowed_headers: [X-Team], max_age: 600}';
  await using(start(http), async (started) => {
    const ask = {
      origin: 'https://app.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-team',
    };
    const preflight = await send(started, ask, Buffer.alloc(0), { method: 'OPTIONS' });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers['access-control-allow-origin'], 'https://app.example.com');
    assert.equal(preflight.headers['access-control-allow-methods'], 'POST');
    assert.equal(preflight.headers['access-control-allow-headers'], 'content-type,x-team');
    assert.equal(preflight.headers['access-control-max-age'], '600');
    const refusals = [
      { ...ask, origin: 'https://example.com.evil.test' },
      { ...ask, origin: 'https://appxexample.com' },
      { ...ask, 'access-control-request-headers': 'x-other' },
    ];
    for (const headers of refusals) {
      const refused = await send(started, headers, Buffer.alloc(0), { method: 'OPTIONS' });
      assert.equal(refused.headers['access-control-allow-origin'], undefined);
    }
    const sent = await send(started, { ...json, origin: ask.origin }, Buffer.from('{}'));
    assert.equal(sent.headers['access-control-allow-origin'], ask.origin);
    assert.equal(sent.headers.vary, 'Origin');
  });
  await using(start(), async (started) => {
    assert.equal((await send(started, {}, Buffer.alloc(0), { method: 'OPTIONS' })).status, 405);
  });
});

test('peer address and chosen headers are stamped only with include_metadata', async () => {
  const stamp = ', stamp: {client.address: client.address, tenant.id: metadata.X-Tenant}';
  await using(start('include_metadata: true', {}, stamp), async (started) => {
    await send(started, { ...protobuf, 'x-tenant': 'acme' });
    assert.deepEqual(started.requests[0]?.stamps, [
      { key: 'client.address', value: '127.0.0.1' },
      { key: 'tenant.id', value: 'acme' },
    ]);
  });
});

test('gRPC on the HTTP port gets a log line that names the right port', async () => {
  await using(start(), async (started) => {
    const client = new Client(`127.0.0.1:${started.httpPort}`, credentials.createInsecure());
    const asIs = (bytes: Buffer): Buffer => bytes;
    await new Promise((resolve) => {
      client.makeUnaryRequest('/a/b', asIs, asIs, Buffer.from('x'), resolve);
    });
    client.close();
    const [line] = started.logs.filter(({ level }) => level === 'warn');
    assert.match(line?.message ?? '', /spoke gRPC on the OTLP\/HTTP port/);
    assert.equal(line?.fields['grpc'], `127.0.0.1:${started.grpcPort}`);
    assert.equal((await send(started, { 'content-type': 'application/grpc' })).status, 415);
    assert.ok(started.counter('weir_receiver_wrong_protocol_connections_total', 'http') >= 2);
  });
});

test('fetch can send', async () => {
  await using(start(), async (started) => {
    const response = await fetch(`http://127.0.0.1:${started.httpPort}/v1/traces`, {
      method: 'POST',
      headers: json,
      body: '{}',
    });
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), {});
  });
});

test('shutdown lets requests in flight finish and does not wait for idle connections', async () => {
  let answer: ((verdict: Verdict) => void) | undefined;
  const started = await start('', {
    verdict: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  const idle = createConnection(started.httpPort, '127.0.0.1');
  idle.on('error', () => undefined);
  const sending = send(started, protobuf);
  while (answer === undefined) await new Promise((resolve) => setImmediate(resolve));
  const stopping = started.receiver.shutdown?.();
  answer(accepted);
  assert.equal((await sending).status, 200);
  await stopping;
  await started.receiver.shutdown?.();
});
