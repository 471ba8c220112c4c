import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { sumOf, untilDelivered, untilMetrics } from '../support/daemon-metrics.ts';
import { listen } from '../support/listen.ts';
import { projectRoot } from '../support/project-root.ts';
import { sinkExporter, toConfig } from './support/config.ts';
import { sendAll } from './support/load.ts';
import { createOracle, untilFulfilled } from './support/oracle.ts';
import { preload } from './support/preload.ts';
import { startProxy, type Proxy } from './support/proxy.ts';
import { startHttpSink } from './support/sink.ts';
import { overGrpc, overHttp, startDaemonFor, startSinkFor } from './support/start.ts';

/** A pair made for these tests: localhost, signed by ca.pem; `expired.pem` has the same key. */
function testFile(name: string): string {
  return join(projectRoot, 'test/faults/testdata', name);
}

async function startProxyFor(t: TestContext, targetPort: number): Promise<Proxy> {
  const proxy = await startProxy(targetPort);
  t.after(() => proxy.close());
  return proxy;
}

for (const kind of [overHttp, overGrpc]) {
  describe(`the connection of ${kind.type} to its sink`, () => {
    test('fault 20: reset again and again, in use and idle, loses nothing', async (t) => {
      const sink = await startSinkFor(t, kind);
      const proxy = await startProxyFor(t, sink.port);
      const exporters = { [kind.type]: sinkExporter(`http://127.0.0.1:${proxy.port}`) };
      const daemon = await startDaemonFor(t, toConfig({ exporters }));
      const oracle = createOracle();
      for (let round = 0; round < 10; round += 1) {
        const sending = sendAll(oracle, daemon.ports, { count: 100 });
        if (round % 2 === 0) proxy.resetAll();
        await sending;
        if (round % 2 === 1) await untilFulfilled(oracle, sink);
        proxy.resetAll();
      }
      await untilFulfilled(oracle, sink);
    });

    test('fault 21: forgotten by a router in between, it is replaced', async (t) => {
      const sink = await startSinkFor(t, kind);
      const proxy = await startProxyFor(t, sink.port);
      const endpoint = `http://127.0.0.1:${proxy.port}`;
      const exporters = { [kind.type]: sinkExporter(endpoint, { timeout: '300ms' }) };
      const daemon = await startDaemonFor(t, toConfig({ exporters }));
      const oracle = createOracle();
      await sendAll(oracle, daemon.ports, { count: 100 });
      await untilFulfilled(oracle, sink);
      proxy.forgetAll();
      await sendAll(oracle, daemon.ports, { count: 100 });
      await untilFulfilled(oracle, sink);
    });

    test(
      'fault 22: a name that does not resolve is asked for again, and where it moves the data goes',
      { skip: process.platform !== 'linux' && 'needs 127.0.0.2' },
      async (t) => {
        const sink = await startSinkFor(t, kind);
        const exporters = { [kind.type]: sinkExporter(`http://sink.test:${sink.port}`) };
        const daemon = await startDaemonFor(t, toConfig({ exporters }), {
          nodeOptions: preload('stub-dns'),
        });
        const resolve = (address: string): void => {
          writeFileSync(join(daemon.directory, 'resolver'), address);
        };
        const oracle = createOracle();
        await sendAll(oracle, daemon.ports, { count: 20 });
        await untilMetrics(daemon, (text) => sumOf(text, 'weir_export_attempts_total') >= 2);
        resolve('127.0.0.1');
        await untilFulfilled(oracle, sink);
        await sink.close();
        const moved = await kind.start(undefined, { host: '127.0.0.2', port: sink.port });
        t.after(() => moved.close());
        resolve('127.0.0.2');
        const later = createOracle();
        await sendAll(later, daemon.ports, { count: 20 });
        await untilFulfilled(later, moved);
      },
    );
  });
}

describe('TLS to a sink', () => {
  const key = readFileSync(testFile('server-key.pem'));

  for (const { name, cert, keys } of [
    { name: 'that nobody vouches for', cert: 'server.pem', keys: {} },
    { name: 'that has expired', cert: 'expired.pem', keys: { ca_file: testFile('ca.pem') } },
  ]) {
    test(`fault 23: a certificate ${name} is refused, and the data waits`, async (t) => {
      const tls = { key, cert: readFileSync(testFile(cert)) };
      const sink = await startHttpSink(undefined, { tls });
      t.after(() => sink.close());
      const exporters = { otlp_http: sinkExporter(sink.endpoint, { tls: keys }) };
      const daemon = await startDaemonFor(t, toConfig({ exporters }));
      await sendAll(createOracle(), daemon.ports, { count: 20 });
      const metrics = await untilMetrics(
        daemon,
        (text) => sumOf(text, 'weir_export_attempts_total', ['cause="network"']) >= 2,
      );
      assert.equal(sumOf(metrics, 'weir_backlog_items'), 20);
      assert.equal(sink.requests.length, 0);
      assert.match(daemon.output(), /certificate/);
    });
  }

  test('fault 23: a certificate that is vouched for is accepted', async (t) => {
    const sink = await startHttpSink(undefined, {
      tls: { key, cert: readFileSync(testFile('server.pem')) },
    });
    t.after(() => sink.close());
    const tls = { ca_file: testFile('ca.pem') };
    const exporters = { otlp_http: sinkExporter(sink.endpoint, { tls }) };
    const daemon = await startDaemonFor(t, toConfig({ exporters }));
    const oracle = createOracle();
    await sendAll(oracle, daemon.ports, { count: 20 });
    await untilFulfilled(oracle, sink);
  });

  test('fault 23: a server that never finishes the handshake is given up at the timeout', async (t) => {
    const server = createServer((socket) => socket.on('error', () => undefined).resume());
    const port = await listen(server);
    t.after(() => server.close());
    const exporters = {
      otlp_http: sinkExporter(`https://127.0.0.1:${port}`, { timeout: '200ms' }),
      otlp: sinkExporter(`https://127.0.0.1:${port}`, { timeout: '200ms' }),
    };
    const daemon = await startDaemonFor(t, toConfig({ exporters }));
    await sendAll(createOracle(), daemon.ports, { count: 20 });
    for (const exporter of Object.keys(exporters)) {
      const ofIt = [`exporter="${exporter}"`];
      const metrics = await untilMetrics(
        daemon,
        (text) => sumOf(text, 'weir_export_attempts_total', ofIt) >= 2,
      );
      assert.equal(sumOf(metrics, 'weir_backlog_items', ofIt), 20);
    }
  });
});

test('fault 28: a wall clock that jumps an hour ahead and back drops nothing and stops nothing', async (t) => {
  let isUp = false;
  const sink = await startSinkFor(t, overHttp, () =>
    isUp ? { kind: 'accept' } : { kind: 'status', status: 503 },
  );
  const exporters = {
    otlp_http: sinkExporter(sink.endpoint, {
      // Without a clock that jumps this is far away.
      retry_on_failure: { initial_interval: '20ms', max_interval: '50ms', max_elapsed_time: '30m' },
    }),
  };
  const daemon = await startDaemonFor(t, toConfig({ exporters }), {
    nodeOptions: preload('jump-clock'),
  });
  const oracle = createOracle();
  for (const offsetMs of [0, 3_600_000, -3_600_000, 0]) {
    writeFileSync(join(daemon.directory, 'clock-offset'), String(offsetMs));
    const refused = sink.requests.length;
    await sendAll(oracle, daemon.ports, { count: 100 });
    await sink.until('more attempts', () => sink.requests.length > refused + 2);
  }
  isUp = true;
  await untilFulfilled(oracle, sink);
  const metrics = await untilDelivered(daemon);
  assert.equal(sumOf(metrics, 'weir_dropped_items_total'), 0);
});

test('fault 44: a sink that is down fills no log: hundreds of failures are a handful of lines', async (t) => {
  const sink = await startSinkFor(t, overHttp);
  const exporters = { otlp_http: sinkExporter(sink.endpoint) };
  const daemon = await startDaemonFor(t, toConfig({ exporters }));
  await sink.close();
  await sendAll(createOracle(), daemon.ports, { count: 200 });
  await untilMetrics(daemon, (text) => sumOf(text, 'weir_export_attempts_total') >= 100);
  const lines = daemon.output().split('\n');
  const failures = lines.filter((line) => line.includes('"level":"warn"'));
  // One for each cause in ten seconds.
  assert.ok(failures.length > 0 && failures.length <= 6, `${failures.length} lines`);
});
