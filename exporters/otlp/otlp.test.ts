import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import {
  Metadata,
  Server,
  ServerCredentials,
  status as code,
  type handleUnaryCall,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { parse } from 'yaml';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { encodeExportResponse } from '../../pipeline/otlp/export-response.ts';
import { encodeStatus } from '../../pipeline/otlp/status.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import type { RecordingContext } from '../../test/support/component-context.ts';
import { freePorts } from '../../test/support/free-port.ts';
import { projectRoot } from '../../test/support/project-root.ts';
import { otlpExporter } from './factory.ts';
import { parseGrpcEndpoint } from './grpc-endpoint.ts';

type Call = ServerUnaryCall<Buffer, Buffer>;
type Answer = (call: Call, reply: sendUnaryData<Buffer>) => void;

interface Sink {
  readonly port: number;
  readonly calls: { path: string; body: Buffer; metadata: Metadata }[];
  answer: Answer;
  /** Breaks the connections, as a crash of the server does. */
  crash(): void;
}

const opened: (() => void)[] = [];

afterEach(() => {
  for (const close of opened.splice(0)) close();
});

const ok: Answer = (_call, reply) => {
  reply(null, Buffer.alloc(0));
};

function failWith(status: code, details: string, retryAfterMs?: number): Answer {
  return (_call, reply) => {
    const metadata = new Metadata();
    if (retryAfterMs !== undefined) {
      const rich = encodeStatus({ code: status, message: details, retryAfterMs });
      metadata.set('grpc-status-details-bin', Buffer.from(rich));
    }
    reply({ code: status, details, metadata });
  };
}

async function startSink(credentials = ServerCredentials.createInsecure()): Promise<Sink> {
  const server = new Server({ 'grpc.max_receive_message_length': 1024 * 1024 });
  const sink: Sink = {
    port: 0,
    calls: [],
    answer: ok,
    crash: () => {
      server.forceShutdown();
    },
  };
  const export_: handleUnaryCall<Buffer, Buffer> = (call, reply) => {
    sink.calls.push({ path: call.getPath(), body: call.request, metadata: call.metadata });
    sink.answer(call, reply);
  };
  for (const name of ['trace.v1.Trace', 'logs.v1.Logs', 'metrics.v1.Metrics']) {
    const path = `/opentelemetry.proto.collector.${name}Service/Export`;
    const raw = (bytes: Buffer): Buffer => bytes;
    const method = { path, requestStream: false, responseStream: false };
    const codec = {
      requestSerialize: raw,
      requestDeserialize: raw,
      responseSerialize: raw,
      responseDeserialize: raw,
    };
    server.addService({ export: { ...method, ...codec } }, { export: export_ });
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  opened.push(() => {
    server.forceShutdown();
  });
  return Object.assign(sink, { port });
}

async function startExporter(
  endpoint: string,
  yaml = '',
  context: RecordingContext = createRecordingContext('otlp'),
): Promise<Exporter> {
  const config = { ...(parse(yaml) as object | null), endpoint };
  const exporter = otlpExporter.create(config, context);
  await exporter.start?.();
  opened.push(() => void exporter.shutdown?.());
  return exporter;
}

interface SendOptions {
  readonly signal?: Signal;
  readonly abort?: AbortSignal;
  readonly body?: Uint8Array;
}

const body = Buffer.from('raw bytes, neither decoded nor encoded again');

function send(exporter: Exporter, options: SendOptions = {}): Promise<Outcome> {
  const { signal = 'traces', abort = new AbortController().signal } = options;
  const payload = { body: options.body ?? body, items: 10 };
  return exporter.send(payload, { id: '1', signal, attempt: 1, abort });
}

describe('otlp over gRPC', () => {
  it('sends each signal to its service, with the bytes as they are and the headers given', async () => {
    const sink = await startSink();
    const exporter = await startExporter(
      `http://127.0.0.1:${sink.port}`,
      'headers: { x-api-key: abc, X-Scope: Team }',
    );
    for (const signal of ['traces', 'logs', 'metrics'] as const) {
      assert.deepEqual(await send(exporter, { signal }), { kind: 'delivered' });
    }
    assert.deepEqual(
      sink.calls.map((call) => call.path.split('.').at(-1)),
      ['TraceService/Export', 'LogsService/Export', 'MetricsService/Export'],
    );
    assert.ok(sink.calls.every((call) => call.body.equals(body)));
    assert.deepEqual(sink.calls[0]?.metadata.get('x-api-key'), ['abc']);
    assert.deepEqual(sink.calls[0].metadata.get('x-scope'), ['Team']);
  });

  it('compresses with gzip unless told not to', async () => {
    // grpc-js hides the encoding from its handlers, so this server speaks HTTP/2 itself.
    const seen: unknown[] = [];
    const server = createHttp2Server();
    server.on('stream', (stream, headers) => {
      stream.once('data', (chunk: Buffer) => {
        // Byte 0 of a gRPC message says whether it is compressed.
        seen.push([headers['grpc-encoding'] ?? 'identity', chunk[0]]);
        stream.respond({ ':status': 200, 'grpc-status': '0' }, { endStream: true });
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    opened.push(() => server.close());
    // The server of a TCP port has an address with a port.
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    for (const yaml of ['', 'compression: none', 'compression: ""']) {
      await send(await startExporter(url, yaml));
    }
    assert.deepEqual(seen, [
      ['gzip', 1],
      ['identity', 0],
      ['identity', 0],
    ]);
  });

  it('reports rejected items as partial, and a bare message as a warning in the log', async () => {
    const sink = await startSink();
    const context = createRecordingContext('otlp');
    const exporter = await startExporter(`http://127.0.0.1:${sink.port}`, '', context);
    sink.answer = (_call, reply) => {
      reply(null, Buffer.from(encodeExportResponse({ rejectedItems: 3, message: 'too old' })));
    };
    assert.deepEqual(await send(exporter), {
      kind: 'partial',
      rejectedItems: 3,
      message: 'too old',
    });
    sink.answer = (_call, reply) => {
      reply(null, Buffer.from(encodeExportResponse({ rejectedItems: 0, message: 'deprecated' })));
    };
    assert.deepEqual(await send(exporter), { kind: 'delivered' });
    assert.equal(context.lines[0]?.fields['warning'], 'deprecated');
    sink.answer = (_call, reply) => {
      reply(null, Buffer.from([0xff, 0xff]));
    };
    assert.deepEqual(await send(exporter), { kind: 'delivered' });
  });

  const cases: readonly [string, Answer, Partial<Outcome>][] = [
    ['UNAVAILABLE', failWith(code.UNAVAILABLE, 'away'), { kind: 'retryable', cause: 'network' }],
    [
      'UNAVAILABLE with RetryInfo',
      failWith(code.UNAVAILABLE, 'full', 1500),
      { kind: 'retryable', cause: 'busy', retryAfterMs: 1500 },
    ],
    ['ABORTED', failWith(code.ABORTED, ''), { kind: 'retryable', cause: 'server' }],
    ['DATA_LOSS', failWith(code.DATA_LOSS, ''), { kind: 'retryable', cause: 'server' }],
    ['CANCELLED', failWith(code.CANCELLED, ''), { kind: 'retryable', cause: 'server' }],
    ['OUT_OF_RANGE', failWith(code.OUT_OF_RANGE, ''), { kind: 'retryable', cause: 'server' }],
    [
      'DEADLINE_EXCEEDED',
      failWith(code.DEADLINE_EXCEEDED, ''),
      { kind: 'retryable', cause: 'timeout' },
    ],
    [
      'UNAUTHENTICATED',
      failWith(code.UNAUTHENTICATED, 'bad key'),
      { kind: 'retryable', cause: 'auth', message: 'UNAUTHENTICATED: bad key' },
    ],
    [
      'PERMISSION_DENIED',
      failWith(code.PERMISSION_DENIED, ''),
      { kind: 'retryable', cause: 'auth' },
    ],
    [
      'RESOURCE_EXHAUSTED with RetryInfo',
      failWith(code.RESOURCE_EXHAUSTED, 'quota', 250),
      { kind: 'retryable', cause: 'busy', retryAfterMs: 250 },
    ],
    [
      'RESOURCE_EXHAUSTED of grpc-go for size',
      failWith(
        code.RESOURCE_EXHAUSTED,
        'grpc: received message larger than max (5000000 vs. 4194304)',
      ),
      { kind: 'too_large' },
    ],
    [
      'RESOURCE_EXHAUSTED of grpc-java for size',
      failWith(code.RESOURCE_EXHAUSTED, 'gRPC message exceeds maximum size 4194304: 5000000'),
      { kind: 'too_large' },
    ],
    [
      'RESOURCE_EXHAUSTED',
      failWith(code.RESOURCE_EXHAUSTED, 'quota'),
      { kind: 'rejected', blames: 'request' },
    ],
    [
      'INVALID_ARGUMENT',
      failWith(code.INVALID_ARGUMENT, 'bad'),
      { kind: 'rejected', blames: 'items' },
    ],
    ['UNIMPLEMENTED', failWith(code.UNIMPLEMENTED, ''), { kind: 'rejected', blames: 'request' }],
    [
      'INTERNAL',
      failWith(code.INTERNAL, 'oops'),
      { kind: 'retryable', cause: 'internal', message: 'INTERNAL: oops' },
    ],
    ['UNKNOWN', failWith(code.UNKNOWN, ''), { kind: 'retryable', cause: 'internal' }],
  ];
  for (const [name, answer, expected] of cases) {
    it(`takes ${name} for ${JSON.stringify(expected)}`, async () => {
      const sink = await startSink();
      sink.answer = answer;
      const outcome = await send(await startExporter(`http://127.0.0.1:${sink.port}`));
      assert.deepEqual({ ...outcome, ...expected }, outcome);
    });
  }

  it('splits what a real server finds too large', async () => {
    const sink = await startSink();
    const exporter = await startExporter(`http://127.0.0.1:${sink.port}`);
    const outcome = await send(exporter, { body: Buffer.alloc(2 * 1024 * 1024) });
    assert.equal(outcome.kind, 'too_large');
  });

  it('gives up with cause timeout when its time is over, and cancels the call', async () => {
    const sink = await startSink();
    const cancelled = new Promise<void>((resolve) => {
      sink.answer = (call) => {
        call.on('cancelled', resolve);
        abort.abort(new Error('no answer within 5000 ms'));
      };
    });
    const abort = new AbortController();
    const exporter = await startExporter(`http://127.0.0.1:${sink.port}`);
    const outcome = await send(exporter, { abort: abort.signal });
    assert.deepEqual(outcome, {
      kind: 'retryable',
      cause: 'timeout',
      message: 'no answer within 5000 ms',
    });
    await cancelled;
  });

  it('tells the server its deadline', async () => {
    const sink = await startSink();
    let deadline = 0;
    sink.answer = (call, reply) => {
      deadline = Number(call.getDeadline());
      ok(call, reply);
    };
    await send(await startExporter(`http://127.0.0.1:${sink.port}`, 'timeout: 1h'));
    assert.ok(deadline > Date.now() && deadline <= Date.now() + 3_600_000);
    await send(await startExporter(`http://127.0.0.1:${sink.port}`, 'timeout: 0s'));
    assert.equal(deadline, Infinity);
  });

  it('keeps the data where the server crashes in the middle of a call, and where nothing listens', async () => {
    const sink = await startSink();
    sink.answer = () => {
      sink.crash();
    };
    const exporter = await startExporter(`http://127.0.0.1:${sink.port}`);
    for (const situation of ['crash', 'nothing listens']) {
      const outcome = await send(exporter);
      assert.equal(outcome.kind, 'retryable', `${situation}: ${JSON.stringify(outcome)}`);
    }
  });

  it('keeps the data where the connection is cut at any byte of the exchange', async () => {
    const sockets: Socket[] = [];
    let cutAfter = 0;
    const tcp = createTcpServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', () => {
        if (cutAfter === 0) socket.resetAndDestroy();
        cutAfter -= 1;
      });
      // SETTINGS frame of a server (RFC 9113 §6.5).
      socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    });
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    opened.push(() => {
      tcp.close();
    });
    // The server of a TCP port has an address with a port.
    const { port } = tcp.address() as AddressInfo;
    for (cutAfter of [0, 1]) {
      const exporter = await startExporter(`http://127.0.0.1:${port}`);
      const outcome = await send(exporter, { abort: AbortSignal.timeout(2000) });
      assert.equal(outcome.kind, 'retryable', JSON.stringify(outcome));
    }
    for (const socket of sockets) socket.destroy();
  });

  it('keeps the data where another protocol is spoken on the port', async () => {
    const tcp = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    opened.push(() => {
      tcp.close();
    });
    // The server of a TCP port has an address with a port.
    const { port } = tcp.address() as AddressInfo;
    const exporter = await startExporter(`http://127.0.0.1:${port}`);
    const outcome = await send(exporter, { abort: AbortSignal.timeout(2000) });
    assert.equal(outcome.kind, 'retryable');
  });

  it('connects again when the server is back', async () => {
    const [port = 0] = await freePorts(1);
    const exporter = await startExporter(`http://127.0.0.1:${port}`, 'wait_for_ready: true');
    const waiting = send(exporter);
    const server = new Server();
    server.addService(
      {
        export: {
          path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
          requestStream: false,
          responseStream: false,
          requestSerialize: (bytes: Buffer) => bytes,
          requestDeserialize: (bytes: Buffer) => bytes,
          responseSerialize: (bytes: Buffer) => bytes,
          responseDeserialize: (bytes: Buffer) => bytes,
        },
      },
      { export: ok },
    );
    await new Promise((resolve) => {
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), resolve);
    });
    opened.push(() => {
      server.forceShutdown();
    });
    assert.equal((await waiting).kind, 'delivered');
  });

  it('throws for a send before start, and shuts down safely twice and before start', async () => {
    const exporter = otlpExporter.create(
      { endpoint: 'http://127.0.0.1:1' },
      createRecordingContext('otlp'),
    );
    await exporter.shutdown?.();
    await assert.rejects(send(exporter), /before start/);
    await exporter.start?.();
    await exporter.shutdown?.();
    await exporter.shutdown?.();
  });
});

describe('otlp over TLS', () => {
  const file = (name: string): string => join(projectRoot, 'exporters/otlp/testdata', name);

  function startTlsSink(): Promise<Sink> {
    const pair = {
      private_key: readFileSync(file('server-key.pem')),
      cert_chain: readFileSync(file('server.pem')),
    };
    return startSink(ServerCredentials.createSsl(null, [pair]));
  }

  it('is used for a bare endpoint and trusts the given authority only', async () => {
    const sink = await startTlsSink();
    const trusting = await startExporter(
      `localhost:${sink.port}`,
      `tls: { ca_file: ${file('ca.pem')} }`,
    );
    assert.equal((await send(trusting)).kind, 'delivered');
    const distrusting = await startExporter(`https://localhost:${sink.port}`);
    const outcome = await send(distrusting);
    assert.equal(outcome.kind === 'retryable' && outcome.cause, 'network');
  });

  it('can be told to expect another name, or to accept any certificate', async () => {
    const sink = await startTlsSink();
    const url = `https://localhost:${sink.port}`;
    const ca = `ca_file: ${file('ca.pem')}`;
    const misled = await startExporter(url, `tls: { ${ca}, server_name_override: elsewhere.test }`);
    assert.equal((await send(misled)).kind, 'retryable');
    const named = await startExporter(
      `https://127.0.0.1:${sink.port}`,
      `tls: { ${ca}, server_name_override: localhost }`,
    );
    assert.equal((await send(named)).kind, 'delivered');
    const careless = await startExporter(url, 'tls: { insecure_skip_verify: true }');
    assert.equal((await send(careless)).kind, 'delivered');
  });

  it('does not start with a certificate file that is not there, and names it', async () => {
    await assert.rejects(
      startExporter('localhost:4317', 'tls: { ca_file: /nonexistent/ca.pem }'),
      /tls\.ca_file cannot be read: .*\/nonexistent\/ca\.pem/,
    );
    await assert.rejects(
      startExporter('localhost:4317', 'tls: { cert_file: /nonexistent/cert.pem }'),
      /go together/,
    );
  });
});

describe('the endpoint of a gRPC exporter', () => {
  const mistakes: readonly [string, RegExp][] = [
    ['', /an endpoint is needed/],
    ['localhost', /"localhost" has no port/],
    ['http://localhost', /has no port/],
    ['http://localhost:4317/v1/traces', /no path: write "localhost:4317"/],
    ['ftp://localhost:4317', /"ftp:\/\/" is not a scheme/],
    ['localhost:0', /no port/],
    ['localhost:99999', /no port/],
  ];
  for (const [text, message] of mistakes) {
    it(`refuses "${text}" and says why`, () => {
      const result = otlpExporter.schema.safeParse({ endpoint: text });
      assert.match(result.error?.issues[0]?.message ?? '', message);
    });
  }

  it('lets a scheme decide on TLS', () => {
    const tlsOf = (text: string): unknown => {
      const parsed = parseGrpcEndpoint(text);
      return parsed.kind === 'target' && [parsed.target, parsed.tls];
    };
    assert.deepEqual(tlsOf('http://a:4317'), ['a:4317', false]);
    assert.deepEqual(tlsOf('HTTPS://a:4317/'), ['a:4317', true]);
    assert.deepEqual(tlsOf('https://a'), ['a:443', true]);
    assert.deepEqual(tlsOf('[::1]:4317'), ['[::1]:4317', undefined]);
    assert.deepEqual(tlsOf('dns:///a:4317'), ['dns:///a:4317', undefined]);
  });

  it('takes what a Collector has', () => {
    const yaml = `{ endpoint: 'a:4317', tls: { insecure: true }, compression: none, balancer_name: pick_first,
      keepalive: { time: 30s, timeout: 5s, permit_without_stream: true }, wait_for_ready: true, write_buffer_size: 524288 }`;
    assert.ok(otlpExporter.schema.safeParse(parse(yaml)).success);
    const zstd = otlpExporter.schema.safeParse({ endpoint: 'a:1', compression: 'zstd' });
    assert.match(zstd.error?.issues[0]?.message ?? '', /use gzip or none/);
  });
});
