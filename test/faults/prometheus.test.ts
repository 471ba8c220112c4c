import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Clock } from '../../pipeline/component/context.ts';
import { systemClock } from '../../pipeline/telemetry/clock.ts';
import {
  counter,
  startExporter,
} from '../../exporters/prometheus_remote_write/exporter-under-test.ts';
import type { ExporterUnderTest } from '../../exporters/prometheus_remote_write/exporter-under-test.ts';
import type { TestDaemon } from '../support/daemon.ts';
import { sumOf, untilMetrics } from '../support/daemon-metrics.ts';
import { tracesRequest } from '../support/encode-slice.ts';
import { startFakePrometheus } from '../support/prometheus-fake.ts';
import type { FakeOptions, FakePrometheus } from '../support/prometheus-fake.ts';
import { skipWithoutPrometheus, startPrometheus } from '../support/prometheus-server.ts';
import { startDaemonFor } from './support/start.ts';

const minuteMs = 60_000;
const t0 = 1_795_225_200_000;
const resource = { 'service.instance.id': 'i1' };

/** A wall clock that can be set, over one that cannot. */
interface SetClock extends Clock {
  skewMs: number;
  passedMs: number;
}

function createSetClock(): SetClock {
  const clock: SetClock = {
    ...systemClock,
    skewMs: 0,
    passedMs: 0,
    now: () => t0 + clock.passedMs + clock.skewMs,
    monotonic: () => 1000 + clock.passedMs,
  };
  return clock;
}

interface Writing {
  readonly server: FakePrometheus;
  readonly exporter: ExporterUnderTest;
  readonly clock: SetClock;
  /** Writes the next value of a counter, `aheadMs` ahead of the exporter's clock. */
  readonly write: (aheadMs?: number) => Promise<void>;
  readonly values: () => unknown[];
}

async function startWriting(t: TestContext, options: FakeOptions = {}): Promise<Writing> {
  const clock = createSetClock();
  // The server's clock is right, whatever ours shows.
  const server = await startFakePrometheus({ ...options, now: () => t0 + clock.passedMs });
  const exporter = await startExporter(server.url, '', clock);
  t.after(async () => {
    await exporter.close();
    await server.close();
  });
  let value = 0;
  return {
    server,
    exporter,
    clock,
    write: async (aheadMs = 0) => {
      value += 1;
      clock.passedMs += 1000;
      await exporter.send({ metrics: [counter('calls', value, clock.now() + aheadMs)], resource });
    },
    values: () => [...server.stored.values()].flatMap((all) => all.map((one) => one.value)),
  };
}

describe('fault 27: clocks that are wrong', () => {
  test('set back 30 seconds: what is behind is counted, and no series goes backwards', async (t) => {
    const { server, exporter, clock, write, values } = await startWriting(t);
    await write();
    await write();
    // No point at the very time of the last one.
    clock.skewMs = -30_500;
    for (let i = 0; i < 40; i += 1) await write();
    assert.deepEqual(values().slice(0, 3), [1, 2, 33]);
    assert.deepEqual(exporter.refused(), { out_of_order: 30 });
    assert.ok(server.attempts.every(({ status }) => status === 204));
    assert.equal(values().at(-1), 42);
  });

  test('set ahead 15 minutes in mid-run, and back: the server’s own time is written', async (t) => {
    const { server, exporter, clock, write, values } = await startWriting(t);
    await write();
    clock.skewMs = 15 * minuteMs;
    for (let i = 0; i < 3; i += 1) await write();
    clock.skewMs = 0;
    for (let i = 0; i < 3; i += 1) await write();
    assert.ok(server.attempts.every(({ status }) => status === 204));
    assert.deepEqual(exporter.refused(), {});
    assert.deepEqual(values(), [1, 2, 3, 4, 5, 6, 7]);
  });

  test('15 minutes ahead from the start: the first answer says so, and nothing is lost', async (t) => {
    const { server, exporter, clock, write, values } = await startWriting(t);
    clock.skewMs = 15 * minuteMs;
    for (let i = 0; i < 3; i += 1) await write();
    assert.deepEqual(
      server.attempts.map(({ status }) => status),
      [400, 204, 204, 204],
    );
    assert.deepEqual(values(), [1, 2, 3]);
    assert.deepEqual(exporter.refused(), {});
  });

  test('an application 15 minutes ahead is written with the server’s time', async (t) => {
    const { exporter, write, values } = await startWriting(t);
    for (let i = 0; i < 3; i += 1) await write(15 * minuteMs);
    await write();
    assert.deepEqual(values(), [1, 2, 3, 4]);
    const moved = exporter.counted.filter(({ name }) => name.includes('moved'));
    assert.equal(
      moved.reduce((sum, { value }) => sum + value, 0),
      3,
    );
  });
});

for (const version of [2, 3] as const) {
  const skip = skipWithoutPrometheus(version);

  test(
    `fault 27: an application 15 minutes ahead does not close its series at a real Prometheus ${version}`,
    { skip },
    async (t) => {
      const prometheus = await startPrometheus({ version });
      const exporter = await startExporter(`${prometheus.url}/api/v1/write`);
      t.after(async () => {
        await exporter.close();
        await prometheus.remove();
      });
      for (let value = 1; value < 6; value += 1) {
        const aheadMs = value < 3 ? 15 * minuteMs : 0;
        const metrics = [counter('calls', value, Date.now() + aheadMs)];
        assert.deepEqual(await exporter.send({ metrics, resource }), { kind: 'delivered' });
      }
      const [series] = await prometheus.samples('calls_total');
      assert.deepEqual(
        series?.values.map(([, value]) => value),
        ['1', '2', '3', '4', '5'],
      );
    },
  );
}

const config = (more: object = {}): string =>
  JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:${env:HTTP}' } } } },
    processors: { genai: {} },
    connectors: { genai_metrics: { metrics_flush_interval: '100ms', ...more } },
    exporters: { nop: {}, prometheus_remote_write: { endpoint: '${env:PROMETHEUS}' } },
    extensions: { health_check: { endpoint: '127.0.0.1:${env:HEALTH}' } },
    service: {
      extensions: ['health_check'],
      telemetry: { metrics: { address: '127.0.0.1:${env:METRICS}' } },
      pipelines: {
        traces: {
          receivers: ['otlp'],
          processors: ['genai'],
          exporters: ['nop', 'genai_metrics'],
        },
        metrics: { receivers: ['genai_metrics'], exporters: ['prometheus_remote_write'] },
      },
    },
  });

async function sendCalls(
  daemon: TestDaemon,
  from: number,
  models: readonly string[],
): Promise<void> {
  const spans = models.map((model, i) => ({
    spanId: (from + i + 1).toString(16).padStart(16, '0'),
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': model,
      'gen_ai.response.id': `chatcmpl-${daemon.pid}-${from + i}`,
      'gen_ai.usage.input_tokens': 1,
      'gen_ai.usage.output_tokens': 1,
    },
  }));
  const answer = await fetch(`http://127.0.0.1:${daemon.ports.http}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: tracesRequest(spans, 'shop'),
  });
  assert.equal(answer.status, 200);
}

async function startServerFor(t: TestContext): Promise<FakePrometheus> {
  const server = await startFakePrometheus();
  t.after(() => server.close());
  return server;
}

/** The last values of the series of calls. */
function callsOf({ stored }: FakePrometheus): number[] {
  return [...stored]
    .filter(([name]) => name.startsWith('gen_ai_client_operation_duration_seconds_count'))
    .map(([, samples]) => Number(samples.at(-1)?.value));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

async function until(isSo: () => boolean, daemon: TestDaemon): Promise<void> {
  await untilMetrics(daemon, isSo);
}

test('fault 27: two daemons with the same labels write series of their own', async (t) => {
  const server = await startServerFor(t);
  const env = { PROMETHEUS: server.url };
  const daemons = [
    await startDaemonFor(t, config(), { env }),
    await startDaemonFor(t, config(), { env }),
  ];
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(daemons.map((daemon) => sendCalls(daemon, round, ['gpt-4o'])));
  }
  const [first] = daemons;
  assert.ok(first);
  await until(() => sum(callsOf(server)) === 10, first);
  assert.deepEqual(callsOf(server), [5, 5]);
  assert.ok(server.attempts.every(({ status }) => status === 204));
});

/** A million by the variable: it takes a while to send them. */
const bombedModels = Number(process.env['FAULT_MODELS'] ?? 20_000);
const callsARequest = 1000;

test('fault 43: a model of its own for every call makes no more series than the limit, and no call is lost', async (t) => {
  const server = await startServerFor(t);
  // All series go out once, when the daemon ends.
  const daemon = await startDaemonFor(t, config({ metrics_flush_interval: '1h' }), {
    env: { PROMETHEUS: server.url },
  });
  for (let from = 0; from < bombedModels; from += callsARequest) {
    const models = Array.from({ length: callsARequest }, (_, i) => `model-${from + i}`);
    await sendCalls(daemon, from, models);
  }
  const folded = 'weir_connector_folded_observations_total';
  await untilMetrics(
    daemon,
    (metrics) => sumOf(metrics, folded, ['metric="duration"']) === bombedModels - 1999,
  );
  const status = readFileSync(`/proc/${daemon.pid}/status`, 'utf8');
  const residentMiB = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  t.diagnostic(`${bombedModels} models: ${residentMiB.toFixed(0)} MiB resident`);
  assert.ok(residentMiB < 400, `${residentMiB} MiB`);
  assert.equal(await daemon.stop(), 0);
  assert.equal(sum(callsOf(server)), bombedModels);
  assert.equal(callsOf(server).length, 2000);
});
