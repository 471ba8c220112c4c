import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { TestDaemon } from '../support/daemon.ts';
import { sumOf, untilDelivered } from '../support/daemon-metrics.ts';
import { contentTypes, postOtlp } from '../support/otlp-client.ts';
import { encodeRequest } from '../support/otlp-oracle.ts';
import { projectRoot } from '../support/project-root.ts';
import { onDisk, sinkExporter, toConfig } from './support/config.ts';
import { sendAll, startLoad } from './support/load.ts';
import { residentMiB } from './support/memory.ts';
import { createOracle, untilFulfilled } from './support/oracle.ts';
import { preload } from './support/preload.ts';
import type { SinkScript } from './support/sink.ts';
import { overGrpc, overHttp, startDaemonFor, startSinkFor } from './support/start.ts';

function testFile(name: string): string {
  return join(projectRoot, 'test/faults/testdata', name);
}

/** A sink that refuses everything until it is told not to. */
function switchable(down: SinkScript): { readonly script: SinkScript; up(): void } {
  let isUp = false;
  return {
    script: (request) => (isUp ? { kind: 'accept' } : down(request)),
    up: () => {
      isUp = true;
    },
  };
}

const refuse: SinkScript = () => ({ kind: 'status', status: 503 });

/** Mounts a tmpfs on a fresh directory; undefined where that is not permitted. */
function mountSmallDisk(t: TestContext, mebibytes: number): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'weir-disk-'));
  t.after(() => {
    // Lazily: a daemon that the test left behind may still be at work there.
    spawnSync('umount', ['-l', directory]);
    rmSync(directory, { recursive: true, force: true });
  });
  const { status } = spawnSync('mount', [
    ...['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'weir-test', directory],
  ]);
  return status === 0 ? directory : undefined;
}

describe('a disk', () => {
  test('fault 8: that is full makes the daemon refuse, deliver on, and take requests again; nothing is lost', async (t) => {
    const disk = mountSmallDisk(t, 16);
    if (disk === undefined) {
      t.skip('mounting a tmpfs is not permitted here');
      return;
    }
    const sinkState = switchable(refuse);
    const sink = await startSinkFor(t, overHttp, sinkState.script);
    const exporters = { otlp_http: sinkExporter(sink.endpoint, { queue: onDisk }) };
    const config = toConfig({ exporters, storage: { directory: disk } });
    const daemon = await startDaemonFor(t, config);
    const oracle = createOracle();
    const target = (): Promise<TestDaemon['ports']> => Promise.resolve(daemon.ports);
    const load = startLoad({ oracle, signal: t.signal, target, bodyBytes: 5000 });
    // Until it is full: clients are refused, over both protocols.
    while (!(load.answers.has('http 503') && load.answers.has('grpc 14'))) await delay(20);
    await untilHealth(daemon, 503);
    assert.ok(oracle.acknowledged.size > 1000);
    sinkState.up();
    await untilHealth(daemon, 200);
    await load.untilAcknowledged(1000);
    await load.stop();
    await untilFulfilled(oracle, sink);
    assert.deepEqual(
      [...load.answers.keys()].sort().filter((answer) => answer !== 'broken'),
      ['grpc 14', 'http 503', 'ok'],
    );
    // And what it wrote in the narrowness can be read.
    await daemon.kill();
    const again = await startDaemonFor(t, config, { directory: daemon.directory });
    const metrics = await untilDelivered(again);
    assert.equal(sumOf(metrics, 'weir_log_corrupt_records_total'), 0);
  });

  for (const { failedSyncs, isTold } of [
    { failedSyncs: [8], isTold: false },
    { failedSyncs: [8, 9], isTold: true },
  ]) {
    const what = isTold
      ? 'once more on a new file too makes it refuse for a while'
      : 'once is tried again on a new file, and no client hears of it';
    test(`fault 9: whose fsync fails ${what}; nothing is lost`, async (t) => {
      const sink = await startSinkFor(t, overHttp);
      const exporters = { otlp_http: sinkExporter(sink.endpoint, { queue: onDisk }) };
      const config = toConfig({ exporters, storage: {} });
      const daemon = await startDaemonFor(t, config, {
        nodeOptions: preload('break-disk'),
        env: { BREAK_DISK: JSON.stringify({ failedSyncs }) },
      });
      const oracle = createOracle();
      const load = startLoad({
        oracle,
        signal: t.signal,
        target: () => Promise.resolve(daemon.ports),
      });
      if (isTold) {
        await untilHealth(daemon, 503);
        await untilHealth(daemon, 200);
      }
      await load.untilAcknowledged(1000);
      await load.stop();
      await untilFulfilled(oracle, sink);
      assert.equal(load.answers.has('http 503'), isTold);
      await daemon.kill();
      const again = await startDaemonFor(t, config, { directory: daemon.directory });
      await untilDelivered(again);
      assert.equal(oracle.compare(sink).missing.length, 0);
    });
  }
});

/** Waits until `/ready` has that status. */
async function untilHealth(daemon: TestDaemon, status: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${daemon.ports.health}/ready`);
    await answer.arrayBuffer();
    if (answer.status === status) return;
    assert.ok(performance.now() < deadline, `/ready is never ${status}\n${daemon.output()}`);
    await delay(20);
  }
}

test('fault 12: a sink that takes a second for a request holds up no other', async (t) => {
  const slow = await startSinkFor(t, overHttp, async () => {
    await delay(1000);
    return { kind: 'accept' };
  });
  const fast = await startSinkFor(t, overGrpc);
  const exporters = {
    otlp_http: sinkExporter(slow.endpoint, { queue: onDisk }),
    otlp: sinkExporter(fast.endpoint, { queue: onDisk }),
  };
  const daemon = await startDaemonFor(t, toConfig({ exporters, storage: {} }));
  const oracle = createOracle();
  const load = startLoad({
    oracle,
    signal: t.signal,
    target: () => Promise.resolve(daemon.ports),
    bodyBytes: 5000,
  });
  await load.untilAcknowledged(10_000);
  await load.stop();
  await untilFulfilled(oracle, fast);
  const metrics = await daemon.metrics();
  assert.ok(sumOf(metrics, 'weir_backlog_items', ['exporter="otlp_http"']) > 0);
  assert.equal(sumOf(metrics, 'weir_refused_items_total'), 0);
});

test('fault 29: 100 reloads under load lose nothing and repeat nothing', async (t) => {
  const sinks = [await startSinkFor(t, overHttp), await startSinkFor(t, overGrpc)] as const;
  const configOf = (round: number): string =>
    toConfig({
      exporters: {
        otlp_http: sinkExporter(sinks[0].endpoint, {
          queue: onDisk,
          timeout: `${10 + (round % 3)}s`,
        }),
        otlp: sinkExporter(sinks[1].endpoint, { queue: onDisk }),
      },
      processors: round % 2 === 0 ? { genai: {} } : {},
      storage: {},
    });
  const daemon = await startDaemonFor(t, configOf(0));
  const oracle = createOracle();
  const load = startLoad({ oracle, signal: t.signal, target: () => Promise.resolve(daemon.ports) });
  for (let round = 1; round <= 100; round += 1) {
    await load.untilAcknowledged(40);
    const { status, body } = await daemon.reload(configOf(round));
    assert.equal(status, 200, `round ${round}: ${body}`);
  }
  await load.stop();
  for (const sink of sinks) {
    await untilFulfilled(oracle, sink);
    assert.deepEqual(oracle.compare(sink).duplicated, []);
  }
  await untilDelivered(daemon);
  assert.deepEqual([...load.answers.keys()], ['ok']);
});

test('fault 32: under load with a dead sink it stays within 1.5 × its budget + 120 MiB, refuses, and recovers', async (t) => {
  const limitMiB = 128;
  const sinkState = switchable(refuse);
  const sink = await startSinkFor(t, overHttp, sinkState.script);
  const exporters = {
    otlp_http: sinkExporter(sink.endpoint, { queue: { queue_size: '48MiB', sizer: 'bytes' } }),
  };
  const processors = {
    memory_limiter: { check_interval: '1s', limit_mib: limitMiB },
    genai: {},
  };
  const daemon = await startDaemonFor(t, toConfig({ exporters, processors }));
  const oracle = createOracle();
  const load = startLoad({
    oracle,
    signal: t.signal,
    target: () => Promise.resolve(daemon.ports),
    clients: 16,
    spans: 50,
    bodyBytes: 20_000,
  });
  while ((load.answers.get('http 503') ?? 0) < 200) await delay(50);
  const peakMiB = residentMiB(daemon, 'VmHWM');
  t.diagnostic(`peak ${peakMiB?.toFixed(0)} MiB resident, budget ${limitMiB} MiB`);
  sinkState.up();
  await load.untilAcknowledged(2000);
  await load.stop();
  await untilFulfilled(oracle, sink);
  assert.ok(peakMiB === undefined || peakMiB < 1.5 * limitMiB + 120, `${peakMiB} MiB`);
});

test('fault 33: a worker that hangs is killed by the watchdog, its request refused, and no other suffers', async (t) => {
  const sink = await startSinkFor(t, overHttp);
  const exporters = { otlp_http: sinkExporter(sink.endpoint) };
  const daemon = await startDaemonFor(t, toConfig({ exporters }), {
    nodeOptions: preload('break-workers'),
  });
  const ids = { traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8, 1) };
  const spans = [{ ...ids, name: 'weir-fault:hang' }];
  const body = gzipSync(encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  const headers = { ...contentTypes.protobuf, 'content-encoding': 'gzip' };
  const answer = await postOtlp(daemon.ports.http, 'traces', body, headers);
  assert.equal(answer.status, 400, daemon.output());
  const oracle = createOracle();
  await sendAll(oracle, daemon.ports, { count: 100 });
  await untilFulfilled(oracle, sink);
});

describe('connections to the receiver', () => {
  /** Many more than requests; each costs a file on both sides. */
  const idle = 2000;

  test(`fault 41: ${idle} idle connections, slow headers and resets of streams leave it answering`, async (t) => {
    const sink = await startSinkFor(t, overHttp);
    const exporters = { otlp_http: sinkExporter(sink.endpoint) };
    const config = toConfig({ exporters, http: { read_header_timeout: '2s' } });
    const daemon = await startDaemonFor(t, config);
    const sockets: Socket[] = [];
    const slow: Promise<unknown>[] = [];
    t.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (let count = 0; count < idle; count += 1) {
      const port = count % 2 === 0 ? daemon.ports.http : daemon.ports.grpc;
      const socket = connect(port, '127.0.0.1').resume();
      sockets.push(socket);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined);
      await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed]);
      // Every fourth never finishes its headers.
      if (count % 4 !== 0) continue;
      socket.write('POST /v1/traces HTTP/1.1\r\nX-Slow: ');
      slow.push(closed);
    }
    resetStreams(t, daemon.ports.grpc, 3000);
    const oracle = createOracle();
    const load = startLoad({
      oracle,
      signal: t.signal,
      target: () => Promise.resolve(daemon.ports),
    });
    await load.untilAcknowledged(2000);
    await load.stop();
    await untilFulfilled(oracle, sink);
    await Promise.all(slow);
  });

  test('fault 23: a client that never finishes the TLS handshake is dropped after ten seconds', async (t) => {
    const tls = { cert_file: testFile('server.pem'), key_file: testFile('server-key.pem') };
    const exporters = { nop: {} };
    const daemon = await startDaemonFor(t, toConfig({ exporters, http: { tls }, grpc: { tls } }));
    const sockets = [daemon.ports.http, daemon.ports.grpc].map((port) =>
      connect(port, '127.0.0.1')
        .on('error', () => undefined)
        .resume(),
    );
    t.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    await Promise.all(sockets.map((socket) => once(socket, 'close')));
  });
});

/** Opens streams and resets each at once (CVE-2023-44487), until the server has enough of it. */
function resetStreams(t: TestContext, port: number, count: number): void {
  const session = connectHttp2(`http://127.0.0.1:${port}`).on('error', () => undefined);
  t.after(() => {
    session.destroy();
  });
  for (let stream = 0; stream < count && !session.destroyed; stream += 1) {
    const call = session.request({ ':method': 'POST', ':path': '/reset' });
    call.on('error', () => undefined).close(8);
  }
}
