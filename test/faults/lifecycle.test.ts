import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnDaemon } from '../support/daemon.ts';
import { sumOf, untilDelivered, untilMetrics } from '../support/daemon-metrics.ts';
import { sinkExporter, toConfig } from './support/config.ts';
import { sendAll, startLoad } from './support/load.ts';
import { createOracle, untilFulfilled } from './support/oracle.ts';
import { overGrpc, overHttp, startDaemonFor, startSinkFor } from './support/start.ts';

describe('a reload under load', () => {
  test('fault 29: ten reloads lose and repeat nothing', async (t) => {
    const sink = await startSinkFor(t, overHttp);
    const exporters = { otlp_http: sinkExporter(sink.endpoint) };
    const configs = [
      toConfig({ exporters }),
      toConfig({ exporters, processors: { genai: {} } }),
      toConfig({ exporters: { otlp_http: sinkExporter(sink.endpoint, { timeout: '20s' }) } }),
    ] as const;
    const daemon = await startDaemonFor(t, configs[0]);
    const oracle = createOracle();
    const load = startLoad({
      oracle,
      signal: t.signal,
      target: () => Promise.resolve(daemon.ports),
    });
    for (let round = 1; round <= 10; round += 1) {
      await load.untilAcknowledged(200);
      const { status, body } = await daemon.reload(configs[round % 3] ?? configs[0]);
      assert.equal(status, 200, body);
    }
    await load.untilAcknowledged(200);
    await load.stop();
    await untilFulfilled(oracle, sink);
    await untilDelivered(daemon);
    assert.deepEqual(oracle.compare(sink).duplicated, []);
    assert.deepEqual([...load.answers.keys()], ['ok'], 'no client sees a reload');
  });

  test('fault 29: a file that does not build changes nothing, and says so', async (t) => {
    const sink = await startSinkFor(t, overGrpc);
    const exporters = { otlp: sinkExporter(sink.endpoint) };
    const daemon = await startDaemonFor(t, toConfig({ exporters }));
    const oracle = createOracle();
    const load = startLoad({
      oracle,
      signal: t.signal,
      target: () => Promise.resolve(daemon.ports),
    });
    for (const broken of ['receivers: [', toConfig({ exporters: { nonsense: {} } })]) {
      await load.untilAcknowledged(200);
      const { status, body } = await daemon.reload(broken);
      assert.ok(status >= 400, `${status}: ${body}`);
      const ready = await fetch(`http://127.0.0.1:${daemon.ports.health}/ready`);
      assert.equal(ready.status, 200);
      assert.match(await ready.text(), /reload/);
    }
    await load.untilAcknowledged(200);
    await load.stop();
    await untilFulfilled(oracle, sink);
    assert.deepEqual([...load.answers.keys()], ['ok']);
  });
});

describe('a shutdown', () => {
  test('fault 30: under load, with a sink that answers, everything acknowledged is delivered before it exits with 0', async (t) => {
    const sink = await startSinkFor(t, overHttp);
    const exporters = { otlp_http: sinkExporter(sink.endpoint) };
    const daemon = await startDaemonFor(t, toConfig({ exporters }));
    const oracle = createOracle();
    const load = startLoad({
      oracle,
      signal: t.signal,
      target: () => Promise.resolve(daemon.ports),
    });
    await load.untilAcknowledged(1000);
    const code = await daemon.stop();
    await load.stop();
    assert.equal(code, 0, daemon.output());
    const { missing, duplicated, spurious } = oracle.compare(sink);
    assert.deepEqual(
      { missing, duplicated, spurious },
      { missing: [], duplicated: [], spurious: [] },
    );
  });

  test('fault 30: not ready first, then no connections, with a sink that hangs done within its budget', async (t) => {
    const sink = await startSinkFor(t, overHttp, () => ({ kind: 'hang' }));
    const exporters = { otlp_http: sinkExporter(sink.endpoint, { timeout: '1h' }) };
    const service = { shutdown_timeout: '2s' };
    const daemon = await startDaemonFor(t, toConfig({ exporters, service }));
    await sendAll(createOracle(), daemon.ports, { count: 20 });
    await untilMetrics(daemon, (text) => sumOf(text, 'weir_backlog_items') === 20);
    const startedMs = performance.now();
    daemon.signal('SIGTERM');
    assert.equal((await daemon.ended).code, 0, daemon.output());
    // Generous, on a busy machine: what must not happen is a wait for the sink.
    assert.ok(performance.now() - startedMs < 20_000);
  });

  test('fault 31: asked for while it starts, it is clean', async (t) => {
    const sink = await startSinkFor(t, overHttp);
    const daemon = await spawnDaemon(
      toConfig({ exporters: { otlp_http: sinkExporter(sink.endpoint) } }),
    );
    t.after(() => daemon.remove());
    // `/metrics` comes up first, in the midst of the start.
    while ((await daemon.metrics().catch(() => '')) === '') await delay(1);
    daemon.signal('SIGTERM');
    assert.deepEqual(await daemon.ended, { code: 0, signal: null });
  });

  test('fault 31: a second signal ends it at once', async (t) => {
    const sink = await startSinkFor(t, overHttp, () => ({ kind: 'hang' }));
    const exporters = { otlp_http: sinkExporter(sink.endpoint, { timeout: '1h' }) };
    const service = { shutdown_timeout: '10m' };
    const daemon = await startDaemonFor(t, toConfig({ exporters, service }));
    await sendAll(createOracle(), daemon.ports, { count: 20 });
    daemon.signal('SIGTERM');
    // A second signal within half a second counts as the same key press.
    const again = setInterval(() => {
      daemon.signal('SIGTERM');
    }, 200);
    t.after(() => {
      clearInterval(again);
    });
    // As shells report a process that SIGTERM ended.
    assert.equal((await daemon.ended).code, 143, daemon.output());
  });
});
