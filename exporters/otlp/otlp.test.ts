import assert from 'node:assert/strict';
import { createServer as createHttp2Server } from 'node:http2';
import { afterEach, describe, it } from 'node:test';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { listen } from '../../test/support/listen.ts';
import { otlpExporter } from './factory.ts';
import {
  body,
  closeLater,
  closeOpened,
  ok,
  send,
  startExporter,
  startSink,
} from './otlp-under-test.ts';

afterEach(closeOpened);

describe('what otlp sends over gRPC', () => {
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
    const port = await listen(server);
    closeLater(() => server.close());
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
