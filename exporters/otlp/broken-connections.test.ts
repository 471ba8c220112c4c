import assert from 'node:assert/strict';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { freePorts } from '../../test/support/free-port.ts';
import { listen } from '../../test/support/listen.ts';
import { closeLater, closeOpened, ok, send, startExporter, startSink } from './otlp-under-test.ts';

afterEach(closeOpened);

describe('otlp over connections that break', () => {
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
    const port = await listen(tcp);
    closeLater(() => {
      tcp.close();
    });
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
    const port = await listen(tcp);
    closeLater(() => {
      tcp.close();
    });
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
    closeLater(() => {
      server.forceShutdown();
    });
    assert.equal((await waiting).kind, 'delivered');
  });
});
