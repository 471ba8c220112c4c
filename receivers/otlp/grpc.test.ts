import assert from 'node:assert/strict';
import { connect as connectHttp2 } from 'node:http2';
import { createConnection } from 'node:net';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Client, Metadata, compressionAlgorithms, credentials, status } from '@grpc/grpc-js';
import type { ClientOptions, ServiceError } from '@grpc/grpc-js';
import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import type { Verdict } from '../../pipeline/component/verdict.ts';
import { decodeExportResponse } from '../../pipeline/otlp/export-response.ts';
import { decodeStatus } from '../../pipeline/otlp/status.ts';
import {
  accepted,
  createOtlpReceiver,
  startOtlpReceiver,
} from '../../test/support/start-otlp-receiver.ts';
import type { StartedReceiver } from '../../test/support/start-otlp-receiver.ts';

const tracePath = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const logsPath = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const both = 'protocols: {grpc: {endpoint: "127.0.0.1:0"}, http: {endpoint: "127.0.0.1:0"}}';

function yaml(grpc: string): string {
  return `protocols: {grpc: {endpoint: "127.0.0.1:0", ${grpc}}}`;
}

interface Sent {
  readonly error: ServiceError | null;
  readonly answer: Buffer;
  /** Whether headers came before the trailers. */
  readonly hadHeaders: boolean;
}

function connect(port: number, options: ClientOptions = {}): Client {
  return new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
    // Each test its own connection, and no retry by the channel itself.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    ...options,
  });
}

function send(
  client: Client,
  body: Uint8Array,
  { path = tracePath, metadata = new Metadata() } = {},
): Promise<Sent> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    let hadHeaders = false;
    const call = client.makeUnaryRequest(
      path,
      asIs,
      asIs,
      Buffer.from(body),
      metadata,
      (error, answer) => {
        resolve({ error, answer: answer ?? Buffer.alloc(0), hadHeaders });
      },
    );
    call.on('metadata', (headers) => {
      hadHeaders = headers.getMap()['grpc-encoding'] !== undefined;
    });
  });
}

async function withReceiver(
  started: StartedReceiver,
  run: (client: Client) => Promise<void>,
  options: ClientOptions = {},
): Promise<void> {
  const client = connect(started.grpcPort, options);
  try {
    await run(client);
  } finally {
    client.close();
    await started.receiver.shutdown?.();
  }
}

function statusDetails(error: ServiceError | null): ReturnType<typeof decodeStatus> {
  const [details] = error?.metadata.get('grpc-status-details-bin') ?? [];
  assert.ok(Buffer.isBuffer(details));
  return decodeStatus(details);
}

test('a message arrives as the bytes that were sent, and the answer is empty', async () => {
  const started = await startOtlpReceiver(both);
  await withReceiver(started, async (client) => {
    const body = Buffer.alloc(300_000, 7);
    const { error, answer } = await send(client, body);
    assert.equal(error, null);
    assert.equal(answer.length, 0);
    const [first] = started.requests;
    assert.ok(first);
    assert.deepEqual(first.body, body);
    assert.equal(first.maxBytes, 64 * 1024 * 1024);
    assert.equal((await send(client, Buffer.from('x'), { path: logsPath })).error, null);
    assert.deepEqual(
      started.requests.map(({ signal }) => signal),
      ['traces', 'logs'],
    );
    assert.equal((await send(client, Buffer.alloc(0))).error, null);
    assert.equal(started.budget.reserved, 0);
    assert.equal(started.counter('weir_receiver_requests_total', 'grpc,traces'), 2);
    assert.equal(started.counter('weir_receiver_request_bytes_total', 'grpc,traces'), 300_000);
  });
});

test('gzip goes on as it came, with room reserved for what it inflates to', async () => {
  const started = await startOtlpReceiver(both);
  await withReceiver(
    started,
    async (client) => {
      const body = Buffer.alloc(200_000, 3);
      assert.equal((await send(client, body)).error, null);
      assert.deepEqual(
        started.requests.map((request) => request.compression),
        ['gzip'],
      );
      assert.deepEqual(
        started.requests.map((request) => gunzipSync(request.body)),
        [body],
      );
      assert.equal(started.budget.reserved, 0);
    },
    { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip },
  );
});

test('items that were refused come back as partial success', async () => {
  const verdict: Verdict = { kind: 'accepted', rejectedItems: 3, message: 'trace id is empty' };
  const started = await startOtlpReceiver(both, { verdict: () => verdict });
  await withReceiver(started, async (client) => {
    const { error, answer } = await send(client, Buffer.from('x'));
    assert.equal(error, null);
    assert.deepEqual(decodeExportResponse(answer), {
      rejectedItems: 3,
      message: 'trace id is empty',
    });
  });
});

const verdicts: readonly { verdict: Verdict; code: status; retryAfterMs?: number }[] = [
  { verdict: { kind: 'invalid', message: 'not OTLP' }, code: status.INVALID_ARGUMENT },
  { verdict: { kind: 'too_large', message: 'too large' }, code: status.RESOURCE_EXHAUSTED },
  {
    verdict: { kind: 'unavailable', message: 'the log is full', retryAfterMs: 2500 },
    code: status.UNAVAILABLE,
    retryAfterMs: 2500,
  },
];

for (const { verdict, code, retryAfterMs } of verdicts) {
  test(`the verdict ${verdict.kind} is answered with ${status[code]} in trailers only`, async () => {
    const started = await startOtlpReceiver(both, { verdict: () => verdict });
    await withReceiver(started, async (client) => {
      const { error, hadHeaders } = await send(client, Buffer.from('x'));
      assert.equal(error?.code, code);
      assert.equal(error.details, verdict.message);
      assert.equal(hadHeaders, false);
      assert.deepEqual(statusDetails(error), {
        code,
        message: verdict.message,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
      assert.equal(
        started.counter('weir_receiver_refused_requests_total', `grpc,${verdict.kind}`),
        1,
      );
      assert.equal(started.budget.reserved, 0);
    });
  });
}

test('a pipeline that breaks is UNAVAILABLE, because the data was not stored', async () => {
  const started = await startOtlpReceiver(both, {
    verdict: () => Promise.reject(new Error('bug')),
  });
  await withReceiver(started, async (client) => {
    const { error } = await send(client, Buffer.from('x'));
    assert.equal(error?.code, status.UNAVAILABLE);
    assert.equal(started.budget.reserved, 0);
  });
});

test('a signal without a pipeline, and a method that is none, are UNIMPLEMENTED', async () => {
  const started = await startOtlpReceiver(both, { accepts: (signal) => signal !== 'logs' });
  await withReceiver(started, async (client) => {
    const { error } = await send(client, Buffer.alloc(100_000), { path: logsPath });
    assert.equal(error?.code, status.UNIMPLEMENTED);
    assert.match(error.details, /no pipeline takes logs/);
    const other = await send(client, Buffer.from('x'), { path: '/some.Service/Method' });
    assert.equal(other.error?.code, status.UNIMPLEMENTED);
    assert.equal(started.requests.length, 0);
  });
});

test('a message over the limit is RESOURCE_EXHAUSTED without RetryInfo', async () => {
  const started = await startOtlpReceiver(yaml('max_recv_msg_size_mib: 1'));
  await withReceiver(started, async (client) => {
    const { error } = await send(client, Buffer.alloc(1024 * 1024 + 1));
    assert.equal(error?.code, status.RESOURCE_EXHAUSTED);
    assert.equal(error.metadata.get('grpc-status-details-bin').length, 0);
    assert.equal(started.counter('weir_receiver_refused_requests_total', 'grpc,too_large'), 1);
    assert.equal((await send(client, Buffer.alloc(1024 * 1024))).error, null);
    assert.equal(started.budget.reserved, 0);
  });
});

test('a message waits for room to be inflated in, and is refused where none comes free', async () => {
  const budget = createByteBudget(300_000);
  const held = await budget.reserve(200_000, 0);
  const waits = yaml('admission_wait: 100ms');
  const started = await startOtlpReceiver(waits, { budget });
  await withReceiver(
    started,
    async (client) => {
      const refused = await send(client, Buffer.alloc(200_000));
      assert.equal(refused.error?.code, status.UNAVAILABLE);
      assert.equal(started.requests.length, 0);
      assert.equal(budget.reserved, 200_000);
      held?.release();
      assert.equal((await send(client, Buffer.alloc(200_000))).error, null);
      assert.equal(budget.reserved, 0);
    },
    { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip },
  );
});

/** A call whose message claims an encoding that the client library cannot make. */
function sendEncoded(port: number, encoding: string, body: Uint8Array): Promise<number> {
  const frame = Buffer.alloc(5 + body.length);
  frame[0] = 1;
  frame.writeUInt32BE(body.length, 1);
  frame.set(body, 5);
  return sendFrames(port, encoding, frame);
}

/** A call with any number of messages, each behind its flag and length. */
async function sendFrames(port: number, encoding: string, frames: Uint8Array): Promise<number> {
  const { connect: connectHttp2 } = await import('node:http2');
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': tracePath,
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-encoding': encoding,
  });
  stream.end(frames);
  try {
    return await new Promise((resolve, reject) => {
      stream.on('response', (headers) => {
        resolve(Number(headers['grpc-status']));
      });
      stream.on('error', reject);
      stream.resume();
    });
  } finally {
    session.destroy();
  }
}

test('a call without a message, or with two, is refused and counted, and holds no bytes', async () => {
  const started = await startOtlpReceiver(both);
  const frame = Buffer.from([0, 0, 0, 0, 1, 0]);
  for (const frames of [Buffer.alloc(0), Buffer.concat([frame, frame])]) {
    const code = await sendFrames(started.grpcPort, 'identity', frames);
    assert.equal(code, status.UNIMPLEMENTED);
  }
  assert.equal(started.counter('weir_receiver_refused_requests_total', 'grpc,invalid'), 2);
  await started.receiver.shutdown?.();
  assert.equal(started.budget.reserved, 0);
});

test('gzip that the pipeline cannot inflate is INVALID_ARGUMENT, zstd and snappy are UNIMPLEMENTED', async () => {
  const verdict: Verdict = { kind: 'invalid', message: 'the body is not valid gzip' };
  const started = await startOtlpReceiver(both, { verdict: () => verdict });
  const corrupt = gzipSync(Buffer.alloc(1000)).fill(0xff, 12);
  assert.equal(await sendEncoded(started.grpcPort, 'gzip', corrupt), status.INVALID_ARGUMENT);
  for (const encoding of ['zstd', 'snappy']) {
    assert.equal(await sendEncoded(started.grpcPort, encoding, corrupt), status.UNIMPLEMENTED);
  }
  assert.equal(started.counter('weir_receiver_refused_requests_total', 'grpc,invalid'), 1);
  assert.equal(started.counter('weir_receiver_refused_requests_total', 'grpc,content_encoding'), 2);
  await started.receiver.shutdown?.();
  assert.equal(started.budget.reserved, 0);
});

test('above the budget a call is held, and goes on when bytes come free', async () => {
  const budget = createByteBudget(100_000);
  const held = await budget.reserve(100_000, 0);
  const started = await startOtlpReceiver(yaml('admission_wait: 60s'), { budget });
  await withReceiver(started, async (client) => {
    const sending = send(client, Buffer.alloc(50_000));
    await send(client, Buffer.from('x'), { path: '/none/none' });
    assert.equal(started.requests.length, 0);
    held?.release();
    assert.equal((await sending).error, null);
    assert.equal(budget.reserved, 0);
  });
});

test('a call that finds no room in time is UNAVAILABLE with RetryInfo, before its body is read', async () => {
  const budget = createByteBudget(100_000);
  await budget.reserve(100_000, 0);
  const started = await startOtlpReceiver(yaml('admission_wait: 10ms'), { budget });
  await withReceiver(started, async (client) => {
    const { error, hadHeaders } = await send(client, Buffer.alloc(5_000_000));
    assert.equal(error?.code, status.UNAVAILABLE);
    assert.equal(hadHeaders, false);
    assert.equal(statusDetails(error).retryAfterMs, 1000);
    assert.equal(started.requests.length, 0);
    assert.equal(budget.reserved, 100_000);
    assert.equal(started.counter('weir_receiver_refused_requests_total', 'grpc,busy'), 1);
  });
});

test('bytes stay reserved until the pipeline has answered, as many as the message has', async () => {
  let answer: ((verdict: Verdict) => void) | undefined;
  const started = await startOtlpReceiver(both, {
    verdict: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  await withReceiver(started, async (client) => {
    const sending = send(client, Buffer.alloc(200_000));
    while (answer === undefined) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(started.budget.reserved, 200_000);
    answer(accepted);
    assert.equal((await sending).error, null);
    assert.equal(started.budget.reserved, 0);
  });
});

/** A call whose message has begun and does not end: its length, and some bytes of it. */
function begin(
  port: number,
  length: number,
  sent: number,
): { closed: Promise<Headers>; end(): void } {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': tracePath,
    'content-type': 'application/grpc+proto',
    te: 'trailers',
  });
  const head = Buffer.alloc(5);
  head.writeUInt32BE(length, 1);
  stream.write(Buffer.concat([head, Buffer.alloc(sent)]));
  stream.resume();
  const closed = new Promise<Headers>((resolve) => {
    stream.once('response', resolve);
  });
  return {
    closed,
    end: () => {
      session.destroy();
    },
  };
}

type Headers = Readonly<Record<string, string | string[] | number | undefined>>;

test('the whole of a message is reserved once its length is known, however slowly it comes', async () => {
  const budget = createByteBudget(1_000_000);
  const started = await startOtlpReceiver(yaml('admission_wait: 60s'), { budget });
  const slow = begin(started.grpcPort, 900_000, 1000);
  while (budget.reserved < 900_000) await new Promise((resolve) => setImmediate(resolve));
  slow.end();
  while (budget.reserved > 0) await new Promise((resolve) => setImmediate(resolve));
  await started.receiver.shutdown?.();
});

test('a message that turns out to be longer than there is room is refused with RetryInfo half-way', async () => {
  const budget = createByteBudget(1_000_000);
  const held = budget.take(500_000);
  const started = await startOtlpReceiver(yaml('admission_wait: 10ms'), { budget });
  const slow = begin(started.grpcPort, 900_000, 1000);
  const headers = await slow.closed;
  assert.equal(headers['grpc-status'], String(status.UNAVAILABLE));
  assert.ok(headers['grpc-status-details-bin'] !== undefined);
  assert.equal(budget.reserved, 500_000);
  slow.end();
  held?.release();
  await started.receiver.shutdown?.();
});

test('a long message waits for its room and then goes on', async () => {
  const budget = createByteBudget(1_000_000);
  const held = budget.take(500_000);
  const started = await startOtlpReceiver(yaml('admission_wait: 60s'), { budget });
  await withReceiver(started, async (client) => {
    const sending = send(client, Buffer.alloc(900_000));
    await send(client, Buffer.from('x'), { path: '/none/none' });
    assert.equal(started.requests.length, 0);
    held?.release();
    assert.equal((await sending).error, null);
    assert.equal(started.requests[0]?.body.length, 900_000);
    assert.equal(budget.reserved, 0);
  });
});

test('a message that does not come in is DEADLINE_EXCEEDED and gives its bytes back', async (t) => {
  const started = await startOtlpReceiver(yaml('admission_wait: 1s'));
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const slow = begin(started.grpcPort, 900_000, 1000);
  while (started.budget.reserved < 900_000) await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(30_000);
  const headers = await slow.closed;
  assert.equal(headers['grpc-status'], String(status.DEADLINE_EXCEEDED));
  assert.equal(started.budget.reserved, 0);
  assert.equal(started.counter('weir_receiver_refused_requests_total', 'grpc,too_slow'), 1);
  t.mock.timers.reset();
  slow.end();
  await started.receiver.shutdown?.();
});

test('a call whose message is here and whose end is not is DEADLINE_EXCEEDED too', async (t) => {
  const started = await startOtlpReceiver(yaml('admission_wait: 1s'));
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const open = begin(started.grpcPort, 900_000, 900_000);
  while (started.budget.reserved !== 900_000) await new Promise((resolve) => setImmediate(resolve));
  for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(30_000);
  const headers = await open.closed;
  assert.equal(headers['grpc-status'], String(status.DEADLINE_EXCEEDED));
  assert.equal(started.budget.reserved, 0);
  assert.equal(started.requests.length, 0);
  t.mock.timers.reset();
  open.end();
  await started.receiver.shutdown?.();
});

test('a client that gives up while it is held gives its place back', async () => {
  const budget = createByteBudget(100_000);
  const held = await budget.reserve(100_000, 0);
  const started = await startOtlpReceiver(yaml('admission_wait: 60s'), { budget });
  const client = connect(started.grpcPort);
  const asIs = (bytes: Buffer): Buffer => bytes;
  const call = client.makeUnaryRequest(tracePath, asIs, asIs, Buffer.alloc(10), () => undefined);
  await send(client, Buffer.from('x'), { path: '/none/none' });
  call.cancel();
  await send(client, Buffer.from('x'), { path: '/none/none' });
  held?.release();
  client.close();
  await started.receiver.shutdown?.();
  assert.equal(budget.reserved, 0);
  assert.equal(started.requests.length, 0);
});

test('peer address and chosen metadata are stamped', async () => {
  const started = await startOtlpReceiver(
    `{${yaml('include_metadata: true')}, stamp: {client.address: client.address, tenant.id: metadata.x-tenant}}`,
  );
  await withReceiver(started, async (client) => {
    const metadata = new Metadata();
    metadata.set('x-tenant', 'acme');
    await send(client, Buffer.from('x'), { metadata });
    assert.deepEqual(started.requests[0]?.stamps, [
      { key: 'client.address', value: '127.0.0.1' },
      { key: 'tenant.id', value: 'acme' },
    ]);
  });
});

test('HTTP/1.1 and TLS on the gRPC port get a log line that names the right port', async () => {
  const started = await startOtlpReceiver(both);
  const response = await fetch(`http://127.0.0.1:${started.grpcPort}/v1/traces`, {
    method: 'POST',
  });
  assert.equal(response.status, 400);
  assert.match(await response.text(), /takes OTLP\/gRPC/);
  const socket = createConnection(started.grpcPort, '127.0.0.1');
  socket.write(Buffer.from('1603010200', 'hex'));
  await new Promise((resolve) => socket.on('close', resolve).resume());
  const warnings = started.logs.filter((line) => line.level === 'warn');
  assert.match(warnings[0]?.message ?? '', /spoke HTTP\/1\.1 on the OTLP\/gRPC port/);
  assert.equal(warnings[0]?.fields['http'], `127.0.0.1:${started.httpPort}`);
  assert.match(warnings[1]?.message ?? '', /spoke TLS/);
  assert.equal(started.counter('weir_receiver_wrong_protocol_connections_total', 'grpc'), 2);
  await started.receiver.shutdown?.();
});

test('a taken port is an error that names the endpoint and the key to change', async () => {
  const first = await startOtlpReceiver(both);
  const taken = String(first.grpcPort);
  const second = createOtlpReceiver(`protocols: {grpc: {endpoint: "127.0.0.1:${taken}"}}`);
  await assert.rejects(
    async () => second.receiver.start?.(),
    new RegExp(
      `receiver otlp: 127.0.0.1:${taken} is already in use; .*receivers.otlp.protocols.grpc.endpoint`,
    ),
  );
  await first.receiver.shutdown?.();
});

test('shutdown lets calls in flight finish, is safe twice and before start', async () => {
  let answer: ((verdict: Verdict) => void) | undefined;
  const started = await startOtlpReceiver(both, {
    verdict: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  const client = connect(started.grpcPort);
  const sending = send(client, Buffer.from('x'));
  while (answer === undefined) await new Promise((resolve) => setImmediate(resolve));
  const stopping = started.receiver.shutdown?.();
  answer(accepted);
  assert.equal((await sending).error, null);
  await stopping;
  await started.receiver.shutdown?.();
  client.close();
  const refused = connect(started.grpcPort);
  assert.equal((await send(refused, Buffer.from('x'))).error?.code, status.UNAVAILABLE);
  refused.close();
  await createOtlpReceiver(both).receiver.shutdown?.();
});
