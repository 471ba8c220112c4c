import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { status as grpcStatus } from '@grpc/grpc-js';
import { createCase } from '../fuzz/corpus.ts';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { sumOf, untilDelivered } from '../support/daemon-metrics.ts';
import { contentTypes, createGrpcSender, postOtlp } from '../support/otlp-client.ts';
import { nestedValue, wrap } from '../support/nested-value.ts';
import { decodeResponse, encodeRequest, type Plain } from '../support/otlp-oracle.ts';
import { toConfig } from './support/config.ts';
import { forgetPeak, residentMiB } from './support/memory.ts';

const pipeline = { receivers: ['otlp'], processors: ['redaction'], exporters: ['file'] };

const config = toConfig({
  processors: { genai: {}, redaction: {} },
  exporters: { file: { path: 'out.jsonl' } },
  http: { read_timeout: '1s', max_request_body_size: '8MiB' },
  grpc: { max_recv_msg_size_mib: 8 },
  top: { budgets: { ingress: '64MiB', item: { value: '2MiB' } } },
  pipelines: { logs: pipeline, metrics: pipeline },
});

const invalidArgument: number = grpcStatus.INVALID_ARGUMENT;
const resourceExhausted: number = grpcStatus.RESOURCE_EXHAUSTED;
const bombCodes: ReadonlySet<number> = new Set([
  invalidArgument,
  resourceExhausted,
  grpcStatus.UNAVAILABLE,
]);

/** More than four times what any of these requests may take from the budget, and the process itself. */
const roomMiB = 400;

describe('a daemon that gets hostile requests', () => {
  let daemon: TestDaemon;
  const cleanUp: (() => Promise<void>)[] = [];

  before(async () => {
    daemon = await startDaemon(config);
    cleanUp.push(() => daemon.remove());
  });

  after(async () => {
    for (const clean of cleanUp) await clean();
  });

  /** The daemon is the same process and takes a request. */
  async function assertAlive(): Promise<void> {
    const answer = await post(encodeSpan({ name: 'after the attack' }));
    assert.equal(answer.status, 200, daemon.output());
    assert.doesNotMatch(daemon.output(), /Uncaught|Unhandled|uncaught|unhandled/);
  }

  function post(body: Buffer, headers: Record<string, string> = {}): Promise<Response> {
    return postOtlp(daemon.ports.http, 'traces', body, { ...contentTypes.protobuf, ...headers });
  }

  /** Runs an attack, and asserts that it took no more memory than fits. */
  async function withinMemory(attack: () => Promise<void>): Promise<void> {
    forgetPeak(daemon);
    await attack();
    const peakMiB = residentMiB(daemon, 'VmHWM');
    assert.ok(peakMiB === undefined || peakMiB < roomMiB, `${peakMiB} MiB resident`);
  }

  test('fault 34: 2,000 mutated requests over HTTP and gRPC are taken or refused', async () => {
    const grpc = createGrpcSender(daemon.ports.grpc);
    const statuses = new Map<number, number>();
    for (let seed = 1; seed <= 2000; seed += 1) {
      const { signal, bytes } = createCase(seed);
      const body = Buffer.from(bytes);
      let status: number;
      if (seed % 4 === 0) {
        status = await grpc.export(signal, body).then(
          () => 200,
          (error: unknown) => {
            const isInvalid = codeOf(error) === invalidArgument;
            return isInvalid ? 400 : 500 + codeOf(error);
          },
        );
      } else {
        const answer = await postOtlp(daemon.ports.http, signal, body, contentTypes.protobuf);
        await answer.arrayBuffer();
        ({ status } = answer);
      }
      assert.ok(status === 200 || status === 400, `seed ${seed}, ${signal}: ${status}`);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    grpc.close();
    assert.equal(statuses.size, 2, 'both answers are seen');
    await assertAlive();
  });

  test('fault 35: 16 bombs of a gibibyte at once are refused within the memory budget', async () => {
    const member = gzipSync(Buffer.alloc(16 * 1024 ** 2));
    const bomb = Buffer.concat(Array.from({ length: 64 }, () => member));
    await withinMemory(async () => {
      const bombs = Array.from({ length: 16 }, () => post(bomb, { 'content-encoding': 'gzip' }));
      for (const answer of await Promise.all(bombs)) assert.equal(answer.status, 413);
    });
    await assertAlive();
  });

  test('fault 35: bombs over gRPC are refused within the memory budget, and corrupt gzip is', async () => {
    // Eight megabytes of a zero byte each under the limit of 8 MiB, and half of them over it once inflated.
    const bombs = [8, 9].map((size) => gzipSync(Buffer.alloc(size * 1024 ** 2)));
    await withinMemory(async () => {
      const answers = Array.from({ length: 128 }, (_none, index) =>
        sendCompressed(daemon.ports.grpc, bombs[index % 2] ?? Buffer.alloc(0)),
      );
      const codes = new Set(await Promise.all(answers));
      // A field number of 0 is no OTLP; what finds no room in time is asked to come back.
      for (const code of codes) assert.ok(bombCodes.has(code), String(code));
      assert.ok(codes.has(resourceExhausted));
    });
    const corrupt = gzipSync(Buffer.alloc(1000)).fill(0xff, 12);
    assert.equal(await sendCompressed(daemon.ports.grpc, corrupt), invalidArgument);
    const good = gzipSync(encodeSpan({ name: 'zipped' }));
    assert.equal(await sendCompressed(daemon.ports.grpc, good), 0);
    await assertAlive();
  });

  const whole = gzipSync(encodeSpan({ name: 'zipped' }));

  for (const [name, body, status] of [
    ['cut off', whole.subarray(0, whole.length - 9), 400],
    ['garbage', Buffer.from('this was never gzip'), 400],
    ['followed by garbage', Buffer.concat([whole, Buffer.from('garbage')]), 400],
    ['in two members', Buffer.concat([whole, whole]), 200],
    ['zipped twice', gzipSync(whole), 400],
    ['empty', Buffer.alloc(0), 400],
  ] as const) {
    test(`fault 35: gzip that is ${name} is answered with ${status}`, async () => {
      const answer = await post(body, { 'content-encoding': 'gzip' });
      assert.equal(answer.status, status, await answer.text());
      await assertAlive();
    });
  }

  test('fault 36: encodings that nobody knows are refused', async () => {
    for (const encoding of ['br', 'compress', 'snappy', 'lz4', 'nonsense', 'gzip, gzip']) {
      const answer = await post(whole, { 'content-encoding': encoding });
      assert.equal(answer.status, 415, encoding);
      await answer.arrayBuffer();
    }
    await assertAlive();
  });

  test('fault 37: an attribute over the size limit of requests is refused; of 100,000 attributes and 10,000 events the first 4,096 stay, a long text is cut', async () => {
    await withinMemory(async () => {
      const huge = encodeSpan({ attributes: [attribute('huge', 'x'.repeat(9 * 1024 ** 2))] });
      assert.equal((await post(huge)).status, 413);
      const grpc = createGrpcSender(daemon.ports.grpc);
      await assert.rejects(
        grpc.export('traces', huge),
        (error) => codeOf(error) === resourceExhausted,
      );
      grpc.close();
      const attributes = Array.from({ length: 100_000 }, (_none, i) => attribute(`k${i}`, 'v'));
      const events = Array.from({ length: 10_000 }, (_none, i) => ({
        name: `e${i}`,
        attributes: [attribute('a', 'b')],
      }));
      const wide = { name: 'wide', attributes, events };
      assert.equal((await post(encodeSpan(wide))).status, 200);
      const long = { name: 'long', attributes: [attribute('long', 'x'.repeat(3 * 1024 ** 2))] };
      assert.equal((await post(encodeSpan(long))).status, 200);
    });
    const metrics = await untilDelivered(daemon);
    const trimmed = (part: string): number =>
      sumOf(metrics, 'weir_trimmed_total', [`part="${part}"`]);
    assert.deepEqual(
      [trimmed('attributes'), trimmed('events'), trimmed('texts')],
      [95_904, 5_904, 1],
    );
    const lines = readFileSync(join(daemon.directory, 'out.jsonl'), 'utf8').split('\n');
    const wide = lines.find((line) => line.includes('"wide"')) ?? '';
    assert.match(wide, /"droppedAttributesCount":95904/);
    assert.match(wide, /"droppedEventsCount":5904/);
    assert.equal(
      lines.find((line) => line.includes('"long"'))?.includes('x'.repeat(2 * 1024 ** 2)),
      false,
    );
    await assertAlive();
  });

  for (const depth of [15, 49, 50, 51, 1000, 100_000]) {
    const isTaken = depth < 50;
    test(`fault 38: values nested ${depth} deep are ${isTaken ? 'taken' : 'refused'}, their neighbours taken, in protobuf and JSON`, async () => {
      const before = sumOf(await untilDelivered(daemon), 'weir_delivered_items_total');
      const answers = [
        await post(Buffer.concat([encodeSpan({ name: 'beside' }), nestedProtobuf(depth)])),
        await postOtlp(daemon.ports.http, 'traces', nestedJson(depth), contentTypes.json),
      ];
      for (const answer of answers) {
        assert.equal(answer.status, 200);
        assert.equal(await rejectedSpans(answer), isTaken ? 0 : 1);
      }
      const after = sumOf(await untilDelivered(daemon), 'weir_delivered_items_total');
      assert.equal(after - before, isTaken ? 4 : 2);
      await assertAlive();
    });
  }

  test('fault 39: keys that mean something to JavaScript, and broken ones, are data', async () => {
    const keys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];
    const attributes = keys.map((key) => attribute(key, 'polluted'));
    attributes.push(attribute('k'.repeat(10_000), 'long'));
    const body = encodeSpan({ name: 'hostile keys', attributes });
    assert.equal((await post(body)).status, 200);
    // The same, with a key that is no UTF-8.
    const broken = Buffer.from(body);
    broken.fill(0xff, broken.indexOf('toString'), broken.indexOf('toString') + 8);
    const answer = await post(broken);
    assert.ok([200, 400].includes(answer.status), String(answer.status));
    await untilDelivered(daemon);
    const line = readFileSync(join(daemon.directory, 'out.jsonl'), 'utf8')
      .split('\n')
      .find((text) => text.includes('hostile keys'));
    for (const key of keys) {
      assert.ok(
        line?.includes(`{"key":${JSON.stringify(key)},"value":{"stringValue":"polluted"}}`),
        key,
      );
    }
    await assertAlive();
  });

  test('fault 40: a request that the client sends three times is delivered three times', async () => {
    const before = await untilDelivered(daemon);
    for (let times = 0; times < 3; times += 1) {
      assert.equal((await post(encodeSpan({ name: 'again' }))).status, 200);
    }
    const deliveredSince = sumOf(await untilDelivered(daemon), 'weir_delivered_items_total');
    assert.equal(deliveredSince - sumOf(before, 'weir_delivered_items_total'), 3);
  });

  test('fault 42: a body that trickles in is cut off at read_timeout', async () => {
    const socket = connect(daemon.ports.http, '127.0.0.1');
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100000\r\n\r\n',
    );
    const trickle = setInterval(() => socket.write('x'), 50);
    socket.on('error', () => undefined).resume();
    await once(socket, 'close');
    clearInterval(trickle);
    await assertAlive();
  });

  test('fault 45: strings made to slow down a scanner are scanned', async () => {
    const length = 200_000;
    const strings = [
      'a',
      '1',
      '-',
      '@',
      'a@',
      'a.',
      '1-',
      '1 ',
      '4111 ',
      '://',
      'eyJ',
      'sk-',
      '+1 ',
      ':',
      'x@x.',
    ];
    const attributes = strings.map((text, index) =>
      attribute(`s${index}`, text.repeat(length / text.length)),
    );
    assert.equal((await post(encodeSpan({ name: 'slow', attributes }))).status, 200);
    await assertAlive();
  });
});

function attribute(key: string, text: string): Plain {
  return { key, value: { stringValue: text } };
}

function encodeSpan(span: Plain): Buffer {
  const ids = { traceId: Buffer.alloc(16, 7), spanId: Buffer.alloc(8, 7) };
  const spans = [{ name: 'span', ...ids, ...span }];
  return Buffer.from(encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
}

/** Sends a message that is compressed already; resolves with the gRPC status. */
async function sendCompressed(port: number, body: Buffer): Promise<number> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-encoding': 'gzip',
  });
  const head = Buffer.alloc(5, 1);
  head.writeUInt32BE(body.length, 1);
  stream.end(Buffer.concat([head, body]));
  try {
    return await new Promise((resolve, reject) => {
      const take = (headers: Record<string, unknown>): void => {
        if (headers['grpc-status'] !== undefined) resolve(Number(headers['grpc-status']));
      };
      stream.on('response', take).on('trailers', take).on('error', reject).resume();
    });
  } finally {
    session.destroy();
  }
}

function nestedProtobuf(depth: number): Buffer {
  const attribute = [wrap(0x0a, 'deep'), wrap(0x12, nestedValue(depth))];
  const ids = [wrap(0x0a, Buffer.alloc(16, 7)), wrap(0x12, Buffer.alloc(8, 7))];
  return wrap(0x0a, wrap(0x12, wrap(0x12, ...ids, wrap(0x4a, ...attribute))));
}

function nestedJson(depth: number): string {
  const value =
    '{"arrayValue":{"values":['.repeat(depth) + '{"stringValue":"x"}' + ']}}'.repeat(depth);
  const ids = `"traceId":"${'07'.repeat(16)}","spanId":"${'07'.repeat(8)}"`;
  const deep = `{${ids},"attributes":[{"key":"deep","value":${value}}]}`;
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[${deep},{${ids},"name":"beside"}]}]}]}`;
}

async function rejectedSpans(answer: Response): Promise<number> {
  const body = Buffer.from(await answer.arrayBuffer());
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  const response = (isJson ? JSON.parse(body.toString()) : decodeResponse('traces', body)) as {
    partialSuccess?: { rejectedSpans?: string };
  };
  return Number(response.partialSuccess?.rejectedSpans ?? 0);
}

function codeOf(error: unknown): number {
  return error instanceof Error && 'code' in error ? Number(error.code) : -1;
}
