import { Agent } from 'node:http';
import { deserialize } from 'node:v8';
import { compress } from 'snappy';
import { post } from '../exporters/otlp_http/http-request.ts';
import { protobufMessages } from '../exporters/prometheus_remote_write/config.ts';
import { remoteWriteExporter } from '../exporters/prometheus_remote_write/factory.ts';
import { dealLanes } from '../exporters/prometheus_remote_write/lanes.ts';
import { remoteWriteEncode } from '../exporters/prometheus_remote_write/prometheus-remote-write.worker.ts';
import { createSeriesTracker } from '../exporters/prometheus_remote_write/series-tracker.ts';
import type { WritePoint } from '../exporters/prometheus_remote_write/write-point.ts';
import { writeV1 } from '../exporters/prometheus_remote_write/write-v1.ts';
import { createRecordingContext } from '../test/support/component-context.ts';
import { createEncoder } from '../test/support/encode-slice.ts';
import { encodeRequest } from '../test/support/otlp-oracle.ts';
import { skipWithoutPrometheus, startPrometheus } from '../test/support/prometheus-server.ts';
import type { PrometheusVersion } from '../test/support/prometheus-server.ts';

type Print = (line: string) => void;

const counters = 500;
const histograms = 100;
const bounds = Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power);
/** A histogram has a bucket more than bounds, a sum and a count. */
const samplesASlice = counters + histograms * (bounds.length + 3);
const slices = 60;
const shards = 5;

/** Measures remote write to real servers, beside bare HTTP posts of the same requests, made before, in the same run. */
export async function benchPrometheus(print: Print): Promise<void> {
  print(`slices of ${samplesASlice} samples of as many series, ${shards} requests at once`);
  for (const version of [2, 3] as const) {
    const skip = skipWithoutPrometheus(version);
    if (skip !== false) {
      print(skip);
      continue;
    }
    await benchServer(version, print);
  }
}

async function benchServer(version: PrometheusVersion, print: Print): Promise<void> {
  const prometheus = await startPrometheus({ version });
  try {
    const url = `${prometheus.url}/api/v1/write`;
    const bare = await writeBare(url);
    print(`Prometheus ${version}: bare HTTP ${show(bare)}`);
    const { v1, v2 } = protobufMessages;
    for (const message of version === 2 ? [v1] : [v1, v2]) {
      const { encode, send } = await writeOwn(url, message);
      const ratio = (bare / send).toFixed(2);
      print(`  ${message}: ${show(send)}, ratio ${ratio}; the encoder ${show(encode)} besides`);
    }
  } finally {
    await prometheus.remove();
  }
}

/** Milliseconds for all slices as samples a second. */
function show(ms: number): string {
  return `${Math.round((slices * samplesASlice) / ms)}k samples/s`;
}

/** Requests whose points are a second apart, the last one now. */
function otlpSlices(instance: string): Uint8Array[] {
  const lastMs = Date.now();
  return Array.from({ length: slices }, (_, i) =>
    otlpSlice(instance, lastMs - (slices - i) * 1000, i),
  );
}

function otlpSlice(instance: string, timeMs: number, step: number): Uint8Array {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const common = (i: number) => ({
    timeUnixNano: `${timeMs}000000`,
    startTimeUnixNano: '1700000000000000000',
    attributes: [
      attribute('gen_ai.request.model', `model-${i}`),
      attribute('gen_ai.provider.name', 'openai'),
      attribute('gen_ai.operation.name', 'chat'),
    ],
  });
  const sums = Array.from({ length: counters }, (_, i) => ({ asDouble: step + i, ...common(i) }));
  const waits = Array.from({ length: histograms }, (_, i) => ({
    count: String((bounds.length + 1) * step),
    sum: step * 1.5,
    explicitBounds: bounds,
    bucketCounts: Array.from({ length: bounds.length + 1 }, () => String(step)),
    ...common(i),
  }));
  const metrics = [
    { name: 'calls', sum: { dataPoints: sums, aggregationTemporality: 2, isMonotonic: true } },
    { name: 'wait', unit: 's', histogram: { dataPoints: waits, aggregationTemporality: 2 } },
  ];
  const attributes = [
    attribute('service.name', 'shop'),
    attribute('service.instance.id', instance),
  ];
  return encodeRequest('metrics', {
    resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }],
  });
}

const signal = 'metrics';

async function writeBare(endpoint: string): Promise<number> {
  const encode = createEncoder(remoteWriteEncode, remoteWriteExporter, {
    config: { endpoint },
    prepared: 'bench',
    signal,
  });
  const tracker = createSeriesTracker(50_000);
  const requests: Buffer[][] = [];
  for (const bytes of otlpSlices('bare')) {
    const points = encode(bytes).flatMap(({ body }) => deserialize(body) as WritePoint[]);
    const { writes } = tracker.admit(points, Date.now());
    const lanes = dealLanes(writes, { shards, maxBytes: 3e6 }).flat();
    requests.push(await Promise.all(lanes.map((lane) => compress(writeV1(lane)))));
  }
  const agent = new Agent({ keepAlive: true });
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
  const { signal: abort } = new AbortController();
  const url = new URL(endpoint);
  const startMs = performance.now();
  for (const slice of requests) {
    const sending = slice.map((body) => post({ url, headers, body, agent, abort }));
    for (const { status } of await Promise.all(sending)) {
      if (status !== 204) throw new Error(`HTTP ${status}`);
    }
  }
  const ms = performance.now() - startMs;
  agent.destroy();
  return ms;
}

async function writeOwn(
  endpoint: string,
  message: string,
): Promise<{ readonly encode: number; readonly send: number }> {
  const config = { endpoint, protobuf_message: message };
  const encode = createEncoder(remoteWriteEncode, remoteWriteExporter, {
    config,
    prepared: 'bench',
    signal,
  });
  const requests = otlpSlices(message);
  const startMs = performance.now();
  const payloads = requests.flatMap((bytes) => encode(bytes, counters + histograms));
  const encodedMs = performance.now();
  const exporter = remoteWriteExporter.create(config, createRecordingContext('bench'));
  await exporter.start?.();
  const { signal: abort } = new AbortController();
  const sentFromMs = performance.now();
  for (const [i, payload] of payloads.entries()) {
    const outcome = await exporter.send(payload, { id: String(i), signal, attempt: 1, abort });
    if (outcome.kind !== 'delivered') throw new Error(JSON.stringify(outcome));
  }
  const send = performance.now() - sentFromMs;
  await exporter.shutdown?.();
  return { encode: encodedMs - startMs, send };
}
