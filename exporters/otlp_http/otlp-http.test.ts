import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { encodeExportResponse } from '../../pipeline/otlp/export-response.ts';
import { encodeStatus } from '../../pipeline/otlp/status.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import type { RecordingContext } from '../../test/support/component-context.ts';
import { createEncoder, tracesRequest } from '../../test/support/encode-slice.ts';
import { freePorts } from '../../test/support/free-port.ts';
import { listen } from '../../test/support/listen.ts';
import { otlpHttpExporter } from './factory.ts';
import { otlpHttpEncode } from './otlp-http.worker.ts';
import { parseRetryAfter } from './retry-after.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

interface Sink {
  readonly url: string;
  readonly requests: { path: string; headers: IncomingMessage['headers']; body: Buffer }[];
  answer: Answer;
  connections: number;
}

const opened: (() => void)[] = [];

afterEach(() => {
  for (const close of opened.splice(0)) close();
});

function answerWith(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = '',
): Answer {
  return (_request, response) => {
    response.writeHead(status, headers).end(body);
  };
}

async function startSink(): Promise<Sink> {
  const sink = { requests: [], answer: answerWith(200), connections: 0 } satisfies Partial<Sink>;
  const started: Sink = Object.assign(sink, { url: '' });
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      started.requests.push({ path: request.url ?? '', headers: request.headers, body });
      started.answer(request, response, body);
    });
  };
  const server = createServer(onRequest);
  server.on('connection', () => {
    started.connections += 1;
  });
  const port = await listen(server, 'localhost');
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(started, { url: `http://localhost:${port}` });
}

async function startExporter(
  config: string,
  context: RecordingContext = createRecordingContext('otlp_http'),
): Promise<Exporter> {
  const exporter = otlpHttpExporter.create(parse(config), context);
  await exporter.start?.();
  opened.push(() => void exporter.shutdown?.());
  return exporter;
}

interface SendOptions {
  readonly signal?: Signal;
  readonly abort?: AbortSignal;
}

const payload = { body: Buffer.from('raw bytes'), items: 10 };

function send(exporter: Exporter, options: SendOptions = {}): Promise<Outcome> {
  const { signal = 'traces', abort = new AbortController().signal } = options;
  return exporter.send(payload, { id: '1', signal, attempt: 1, abort });
}

const protobuf = { 'content-type': 'application/x-protobuf' };
const json = { 'content-type': 'application/json; charset=utf-8' };

describe('what otlp_http sends', () => {
  it('goes to the path of its signal, gzipped, with the headers given', async () => {
    const sink = await startSink();
    const exporter = await startExporter(
      `{ endpoint: '${sink.url}/otel/', headers: { X-Key: abc } }`,
    );
    for (const signal of ['traces', 'logs', 'metrics'] as const) {
      assert.deepEqual(await send(exporter, { signal }), { kind: 'delivered' });
    }
    assert.deepEqual(
      sink.requests.map((request) => request.path),
      ['/otel/v1/traces', '/otel/v1/logs', '/otel/v1/metrics'],
    );
    const [first] = sink.requests;
    assert.equal(first?.headers['content-type'], 'application/x-protobuf');
    assert.equal(first.headers['content-encoding'], 'gzip');
    assert.equal(first.headers['x-key'], 'abc');
    assert.deepEqual(gunzipSync(first.body), payload.body);
  });

  it('goes to a signal endpoint as it is, uncompressed where told', async () => {
    const sink = await startSink();
    const exporter = await startExporter(
      `{ traces_endpoint: '${sink.url}/in?team=a', compression: none, encoding: json }`,
    );
    await send(exporter);
    const [request] = sink.requests;
    assert.equal(request?.path, '/in?team=a');
    assert.equal(request.headers['content-type'], 'application/json');
    assert.equal(request.headers['content-encoding'], undefined);
    assert.deepEqual(request.body, payload.body);
    const logs = await send(exporter, { signal: 'logs' });
    assert.ok(logs.kind === 'rejected' && logs.message.includes('set endpoint or logs_endpoint'));
  });

  it('is OTLP/JSON where the encoding says so, written in the worker, which protobuf never sees', () => {
    const configOf = (encoding: string): object => ({ endpoint: 'http://localhost:1', encoding });
    const config = configOf('json');
    const encode = createEncoder(otlpHttpEncode, otlpHttpExporter, { config, signal: 'traces' });
    const [payload] = encode(tracesRequest([{ name: 'chat' }]));
    assert.match(Buffer.from(payload?.body ?? []).toString(), /"name":"chat"/);
    const encodes = ['json', 'proto'].map((encoding) =>
      otlpHttpExporter.encodes(configOf(encoding)),
    );
    assert.deepEqual(encodes, [true, false]);
  });

  it('reuses a connection, and opens a new one where keep-alives are off', async () => {
    const sink = await startSink();
    const keeping = await startExporter(`endpoint: '${sink.url}'`);
    for (let index = 0; index < 3; index += 1) await send(keeping);
    assert.equal(sink.connections, 1);
    const closing = await startExporter(`{ endpoint: '${sink.url}', disable_keep_alives: true }`);
    for (let index = 0; index < 2; index += 1) await send(closing);
    assert.equal(sink.connections, 3);
  });

  for (const keys of ['max_idle_conns_per_host: 1', 'keepalive: { max_idle_conns: 1 }']) {
    it(`keeps no more idle connections open than ${keys} says`, async () => {
      const sink = await startSink();
      const exporter = await startExporter(`{ endpoint: '${sink.url}', ${keys} }`);
      const waiting: ServerResponse[] = [];
      sink.answer = (_request, response) => {
        waiting.push(response);
        if (waiting.length === 2) for (const held of waiting) held.end();
      };
      await Promise.all([send(exporter), send(exporter)]);
      sink.answer = answerWith(200);
      await send(exporter);
      assert.equal(sink.connections, 2);
      const [first, second] = [send(exporter), send(exporter)];
      await Promise.all([first, second]);
      assert.equal(sink.connections, 3);
    });
  }

  it('is to be sent again at once where the server closed the kept connection at that moment', async () => {
    const sink = await startSink();
    const exporter = await startExporter(`endpoint: '${sink.url}'`);
    await send(exporter);
    sink.answer = (request) => {
      sink.answer = answerWith(200);
      request.socket.resetAndDestroy();
    };
    const broken = await send(exporter);
    assert.equal(broken.kind === 'retryable' && broken.cause, 'reset');
    assert.deepEqual(await send(exporter), { kind: 'delivered' });
    assert.equal(sink.requests.length, 3);
  });
});

describe('what otlp_http makes of an answer', () => {
  const status = (message: string): Uint8Array => encodeStatus({ code: 13, message });
  const cases: readonly [string, Answer, Partial<Outcome>][] = [
    ['200', answerWith(200, protobuf), { kind: 'delivered' }],
    ['202', answerWith(202), { kind: 'delivered' }],
    [
      '200 with protobuf partial success',
      answerWith(200, protobuf, encodeExportResponse({ rejectedItems: 4, message: 'old' })),
      { kind: 'partial', rejectedItems: 4, message: 'old' },
    ],
    [
      '200 with JSON partial success',
      answerWith(200, json, '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"bad ids"}}'),
      { kind: 'partial', rejectedItems: 2, message: 'bad ids' },
    ],
    [
      '200 with a body that is no OTLP answer',
      answerWith(200, json, '{"ok":'),
      { kind: 'delivered' },
    ],
    [
      '200 that calls garbage protobuf',
      answerWith(200, protobuf, Buffer.from([0xff, 0xff])),
      { kind: 'delivered' },
    ],
    [
      '400 with a Status in protobuf',
      answerWith(400, protobuf, status('bad span')),
      { kind: 'rejected', message: 'HTTP 400: bad span' },
    ],
    [
      '400 with a Status in JSON',
      answerWith(400, json, '{"code":3,"message":"bad span"}'),
      { kind: 'rejected', message: 'HTTP 400: bad span' },
    ],
    [
      '404 with a page',
      answerWith(404, { 'content-type': 'text/html' }, '<html>…</html>'),
      { kind: 'rejected', message: 'HTTP 404', blames: 'request' },
    ],
    ['401', answerWith(401), { kind: 'retryable', cause: 'auth' }],
    ['403', answerWith(403), { kind: 'retryable', cause: 'auth' }],
    ['413', answerWith(413), { kind: 'too_large' }],
    [
      '429 with Retry-After in seconds',
      answerWith(429, { 'retry-after': '7' }),
      { kind: 'retryable', cause: 'busy', retryAfterMs: 7000 },
    ],
    ['502', answerWith(502), { kind: 'retryable', cause: 'server' }],
    [
      '503 with text',
      answerWith(503, { 'content-type': 'text/plain' }, 'draining\n'),
      { kind: 'retryable', cause: 'busy', message: 'HTTP 503: draining' },
    ],
    ['504', answerWith(504), { kind: 'retryable', cause: 'timeout' }],
    ['500', answerWith(500), { kind: 'retryable', cause: 'internal' }],
    ['422', answerWith(422), { kind: 'rejected', blames: 'items' }],
    [
      'a redirect',
      answerWith(307, { location: 'http://127.0.0.1:1/elsewhere' }),
      {
        kind: 'rejected',
        message: 'HTTP 307: redirected to http://127.0.0.1:1/elsewhere; redirects are not followed',
      },
    ],
  ];
  for (const [name, answer, expected] of cases) {
    it(`is ${JSON.stringify(expected)} for ${name}`, async () => {
      const sink = await startSink();
      sink.answer = answer;
      const outcome = await send(await startExporter(`endpoint: '${sink.url}'`));
      assert.deepEqual({ ...outcome, ...expected }, outcome);
      assert.equal(sink.requests.length, 1);
    });
  }

  it('says in the log what a server warns of', async () => {
    const sink = await startSink();
    sink.answer = answerWith(200, json, '{"partialSuccess":{"errorMessage":"deprecated"}}');
    const context = createRecordingContext('otlp_http');
    await send(await startExporter(`endpoint: '${sink.url}'`, context));
    assert.equal(context.lines[0]?.fields['warning'], 'deprecated');
  });

  it('reads no more than 64 KiB of it, however long it is', async () => {
    const sink = await startSink();
    // More than the sockets' buffers hold: all of it is only taken by somebody who reads it all.
    const chunks = 1024;
    const taken = new Promise<number>((resolve) => {
      sink.answer = (_request, response) => {
        let written = 0;
        const pump = (): void => {
          if (written === chunks) response.end();
          else response.write(Buffer.alloc(64 * 1024, 'x'), pump);
          written += 1;
        };
        response.once('close', () => {
          resolve(written);
        });
        response.writeHead(400, { 'content-type': 'text/plain' });
        pump();
      };
    });
    const outcome = await send(await startExporter(`endpoint: '${sink.url}'`));
    assert.ok(outcome.kind === 'rejected' && outcome.message.length < 400);
    assert.ok((await taken) < chunks);
  });

  it('is retryable where none comes in time, and the request is given up', async () => {
    const sink = await startSink();
    const abort = new AbortController();
    const closed = new Promise((resolve) => {
      sink.answer = (request) => {
        request.socket.once('close', resolve);
        abort.abort(new Error('no answer within 30000 ms'));
      };
    });
    const outcome = await send(await startExporter(`endpoint: '${sink.url}'`), {
      abort: abort.signal,
    });
    assert.deepEqual(outcome, {
      kind: 'retryable',
      cause: 'timeout',
      message: 'no answer within 30000 ms',
    });
    await closed;
  });

  it('is retryable where it stops in the middle', async () => {
    const sink = await startSink();
    sink.answer = (request, response) => {
      response.writeHead(200, { ...protobuf, 'content-length': '100' });
      response.write('half', () => request.socket.resetAndDestroy());
    };
    const outcome = await send(await startExporter(`endpoint: '${sink.url}'`));
    assert.equal(outcome.kind === 'retryable' && outcome.cause, 'network');
  });

  it('is retryable on a fresh connection that is reset, and tried once', async () => {
    const sink = await startSink();
    sink.answer = (request) => request.socket.resetAndDestroy();
    const outcome = await send(await startExporter(`endpoint: '${sink.url}'`));
    assert.equal(outcome.kind === 'retryable' && outcome.cause, 'network');
    assert.equal(sink.requests.length, 1);
  });

  it('is retryable where nothing listens, and says where', async () => {
    const [port = 0] = await freePorts(1);
    const outcome = await send(await startExporter(`endpoint: 'http://localhost:${port}'`));
    assert.ok(outcome.kind === 'retryable');
    assert.equal(outcome.cause, 'network');
    assert.match(outcome.message, new RegExp(`ECONNREFUSED.*:${port}`));
  });
});

describe('Retry-After', () => {
  it('is seconds or a date, and nothing else', () => {
    const now = Date.parse('2026-11-21T05:00:00Z');
    assert.equal(parseRetryAfter('120', now), 120_000);
    assert.equal(parseRetryAfter('Sat, 21 Nov 2026 05:00:30 GMT', now), 30_000);
    assert.equal(parseRetryAfter('Sat, 21 Nov 2026 04:00:00 GMT', now), 0);
    assert.equal(parseRetryAfter('soon', now), undefined);
    assert.equal(parseRetryAfter(undefined, now), undefined);
  });
});

describe('the configuration of otlp_http', () => {
  const mistakes: readonly [string, RegExp][] = [
    ['{}', /an endpoint is needed/],
    ['endpoint: localhost:4318', /"localhost:4318" has no scheme \(write http:\/\/localhost:4318/],
    ['endpoint: "ftp://a"', /"ftp:\/\/" is not a scheme of OTLP\/HTTP/],
    ['endpoint: "http://"', /is not a URL/],
    ['{ endpoint: "http://a", compression: zstd }', /"zstd" is not available here/],
    ['{ endpoint: "http://a", headers: { "a b": c } }', /not the name of an HTTP header/],
  ];
  for (const [yaml, message] of mistakes) {
    it(`refuses ${yaml} and says why`, () => {
      const result = otlpHttpExporter.schema.safeParse(parse(yaml));
      const found = JSON.stringify(result.error?.issues).replaceAll('\\"', '"');
      assert.match(found, message);
    });
  }
});

describe('the keys of an otlp_http exporter', () => {
  const check = (yaml: string): string | undefined => {
    const result = otlpHttpExporter.schema.safeParse(parse(`{ endpoint: 'http://a:1', ${yaml} }`));
    return result.error?.issues[0]?.message;
  };

  it('take what a Collector has for its connections', () => {
    const yaml = `max_idle_conns: 10, idle_conn_timeout: 30s, force_attempt_http2: true, http2_read_idle_timeout: 10s,
      http2_ping_timeout: 5s, cookies: { enabled: false }, proxy_url: '', middlewares: [], read_buffer_size: 1`;
    assert.equal(check(yaml), undefined);
  });

  const refused: readonly [string, RegExp][] = [
    ['proxy_url: http://proxy:3128', /requests go to the endpoint itself/],
    ['cookies: { enabled: true }', /no cookies are kept/],
    ['cookies: {}', /no cookies are kept/],
    ['auth: { authenticator: oauth2client }', /write what it would send in `headers`/],
    ['middlewares: [{ id: a }]', /are not available here/],
  ];
  for (const [yaml, message] of refused) {
    it(`refuse ${yaml} and say why`, () => {
      assert.match(check(yaml) ?? '', message);
    });
  }
});
