import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import { saramaPartition } from '../../exporters/kafka/partitioner.ts';
import { signals } from '../../pipeline/component/signal.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import { startDaemon } from '../support/daemon.ts';
import { skipWithoutCollector, startCollector } from '../support/collector.ts';
import { tracesRequest } from '../support/encode-slice.ts';
import { freePorts } from '../support/free-port.ts';
import { startKafka } from '../support/kafka-broker.ts';
import type { KafkaUnderTest } from '../support/kafka-broker.ts';
import { skipWithoutKafka } from '../support/kafka-jars.ts';
import { createTopic, readTopic } from '../support/kafka-topic.ts';
import { listen } from '../support/listen.ts';
import { contentTypes, postOtlp } from '../support/otlp-client.ts';

type Requests = Readonly<Record<Signal, object>>;

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'café' } }] };
const scope = { name: 'scope', version: '1' };
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

/** One request a signal, with what an encoding could lose: 64-bit numbers, bytes, nesting, doubles, empty texts. */
const requests: Requests = {
  traces: {
    resourceSpans: [
      {
        resource,
        scopeSpans: [
          {
            scope,
            spans: [
              {
                traceId,
                spanId,
                parentSpanId: '00f067aa0ba902b8',
                name: 'chat',
                kind: 3,
                startTimeUnixNano: '1795225200123456789',
                endTimeUnixNano: '1795225200123456790',
                attributes: [
                  { key: 'int', value: { intValue: '9007199254740993' } },
                  { key: 'double', value: { doubleValue: 0.1 } },
                  { key: 'bool', value: { boolValue: true } },
                  { key: 'bytes', value: { bytesValue: 'AP8=' } },
                  { key: 'list', value: { arrayValue: { values: [{ stringValue: 'x' }] } } },
                ],
                events: [{ timeUnixNano: '1795225200123456789', name: 'event' }],
                links: [{ traceId, spanId }],
                status: { code: 2, message: 'no' },
              },
            ],
          },
        ],
      },
    ],
  },
  logs: {
    resourceLogs: [
      {
        resource,
        scopeLogs: [
          {
            scope,
            logRecords: [
              {
                timeUnixNano: '1795225200123456789',
                observedTimeUnixNano: '1795225200123456790',
                severityNumber: 9,
                body: { stringValue: 'prompt' },
                traceId,
                spanId,
              },
            ],
          },
        ],
      },
    ],
  },
  metrics: {
    resourceMetrics: [
      {
        resource,
        scopeMetrics: [
          {
            scope,
            metrics: [
              {
                name: 'calls',
                sum: {
                  aggregationTemporality: 2,
                  isMonotonic: true,
                  dataPoints: [
                    {
                      startTimeUnixNano: '1795225200000000000',
                      timeUnixNano: '1795225200123456789',
                      asInt: '9007199254740993',
                    },
                  ],
                },
              },
              {
                name: 'duration',
                histogram: {
                  aggregationTemporality: 2,
                  dataPoints: [
                    {
                      startTimeUnixNano: '1795225200000000000',
                      timeUnixNano: '1795225200123456789',
                      count: '3',
                      sum: 1.5,
                      bucketCounts: ['1', '2'],
                      explicitBounds: [0.5],
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  },
};

/** The form in which requests are compared: Weir's own OTLP/JSON. */
function canonical(signal: Signal, request: Uint8Array): unknown {
  return JSON.parse(encodeJson(signal, request));
}

const expected = (signal: Signal): unknown =>
  canonical(signal, decodeJson(signal, Buffer.from(JSON.stringify(requests[signal]))));

/** Takes OTLP/HTTP and keeps it. */
interface Sink {
  readonly endpoint: string;
  readonly taken: Record<Signal, unknown[]>;
}

async function startSink(t: TestContext): Promise<Sink> {
  const taken: Sink['taken'] = { traces: [], logs: [], metrics: [] };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const signal = signals.find((each) => request.url === `/v1/${each}`);
      const body = Buffer.concat(chunks);
      const isZipped = request.headers['content-encoding'] === 'gzip';
      if (signal !== undefined) {
        taken[signal].push(canonical(signal, isZipped ? gunzipSync(body) : body));
      }
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  const port = await listen(server);
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { endpoint: `http://127.0.0.1:${port}`, taken };
}

/** Pipelines of every signal from one component to others. */
function pipelines(receiver: string, exporters: readonly string[]): object {
  return Object.fromEntries(
    signals.map((signal) => [signal, { receivers: [receiver], exporters }]),
  );
}

/** The Java client's choice, as the library that Weir takes it from makes it. */
function murmur2Partition(key: Buffer, count: number): number {
  // It reads nothing of the partitions but how many there are.
  const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
    partitionId,
    leader: 1,
  })) as never[];
  const choose = kafkajs.Partitioners.DefaultPartitioner();
  return choose({ topic: '', message: { key, value: null }, partitionMetadata });
}

const quiet = { metrics: { level: 'none' } };

/** A Collector that writes to Kafka what it is sent; resolves with its port for OTLP/HTTP. */
async function startWritingCollector(
  t: TestContext,
  exporters: Readonly<Record<string, object>>,
): Promise<number> {
  const [http = 0] = await freePorts(1);
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${http}` } } } },
    exporters,
    service: { telemetry: quiet, pipelines: pipelines('otlp', Object.keys(exporters)) },
  };
  await startCollector(t, config, http);
  return http;
}

async function sendAll(port: number): Promise<void> {
  for (const signal of signals) {
    const body = JSON.stringify(requests[signal]);
    const answer = await postOtlp(port, signal, body, contentTypes.json);
    assert.equal(answer.status, 200, await answer.text());
  }
}

async function untilTaken({ taken }: Sink): Promise<void> {
  while (signals.some((signal) => taken[signal].length === 0)) await delay(50);
}

const daemonBase = {
  extensions: { health_check: { endpoint: '127.0.0.1:${env:HEALTH}' } },
  telemetry: { metrics: { address: '127.0.0.1:${env:METRICS}' } },
};

describe(
  'a real Collector on the other side of Kafka',
  { skip: skipWithoutCollector || skipWithoutKafka(), timeout: 180_000 },
  () => {
    let broker: KafkaUnderTest;
    before(async () => {
      broker = await startKafka();
    });
    after(() => broker.remove());

    const topicsOf = (prefix: string): Record<Signal, string> => ({
      traces: `${prefix}-traces`,
      logs: `${prefix}-logs`,
      metrics: `${prefix}-metrics`,
    });

    for (const encoding of ['otlp_proto', 'otlp_json']) {
      test(`Weir reads every signal that it writes as ${encoding}`, async (t) => {
        const topics = topicsOf(`from-collector-${encoding}`);
        for (const topic of Object.values(topics)) await createTopic(broker.plain, { topic });
        const port = await startWritingCollector(t, {
          kafka: {
            brokers: [broker.plain],
            ...Object.fromEntries(signals.map((each) => [each, { topic: topics[each], encoding }])),
            producer: { compression: 'snappy' },
          },
        });
        const sink = await startSink(t);
        const daemon = await startDaemon(
          JSON.stringify({
            receivers: {
              kafka: {
                brokers: [broker.plain],
                group_id: encoding,
                initial_offset: 'earliest',
                ...Object.fromEntries(
                  signals.map((each) => [each, { topics: [topics[each]], encoding }]),
                ),
              },
            },
            exporters: { otlp_http: { endpoint: sink.endpoint } },
            extensions: daemonBase.extensions,
            service: {
              extensions: ['health_check'],
              telemetry: daemonBase.telemetry,
              pipelines: pipelines('kafka', ['otlp_http']),
            },
          }),
        );
        t.after(() => daemon.remove());
        await sendAll(port);
        await untilTaken(sink);
        for (const signal of signals) assert.deepEqual(sink.taken[signal], [expected(signal)]);
      });

      test(`it reads every signal that Weir writes as ${encoding}`, async (t) => {
        const topics = topicsOf(`from-weir-${encoding}`);
        for (const topic of Object.values(topics)) await createTopic(broker.plain, { topic });
        const sink = await startSink(t);
        const [health = 0] = await freePorts(1);
        const config = {
          receivers: {
            kafka: {
              brokers: [broker.plain],
              initial_offset: 'earliest',
              ...Object.fromEntries(
                signals.map((each) => [each, { topics: [topics[each]], encoding }]),
              ),
            },
            otlp: { protocols: { http: { endpoint: `127.0.0.1:${health}` } } },
          },
          exporters: { otlphttp: { endpoint: sink.endpoint }, nop: {} },
          service: {
            telemetry: quiet,
            pipelines: {
              ...pipelines('kafka', ['otlphttp']),
              // Only to tell that it has started.
              'traces/started': { receivers: ['otlp'], exporters: ['nop'] },
            },
          },
        };
        await startCollector(t, config, health);
        const daemon = await startDaemon(
          JSON.stringify({
            receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:${env:HTTP}' } } } },
            exporters: {
              kafka: {
                brokers: [broker.plain],
                ...Object.fromEntries(
                  signals.map((each) => [each, { topic: topics[each], encoding }]),
                ),
                partition_traces_by_id: true,
                partition_logs_by_trace_id: true,
                producer: { compression: 'lz4' },
              },
            },
            extensions: daemonBase.extensions,
            service: {
              extensions: ['health_check'],
              telemetry: daemonBase.telemetry,
              pipelines: pipelines('otlp', ['kafka']),
            },
          }),
        );
        t.after(() => daemon.remove());
        await sendAll(daemon.ports.http);
        await untilTaken(sink);
        for (const signal of signals) assert.deepEqual(sink.taken[signal], [expected(signal)]);
      });
    }

    test('it puts the same key into the same partition as Weir, with either hasher', async (t) => {
      const partitions = 7;
      const exporterTo = (topic: string, hasher: string): object => ({
        brokers: [broker.plain],
        traces: { topic },
        partition_traces_by_id: true,
        record_partitioner: { sticky_key: { hasher } },
      });
      for (const topic of ['sarama', 'murmur']) {
        await createTopic(broker.plain, { topic, numPartitions: partitions });
      }
      const port = await startWritingCollector(t, {
        'kafka/sarama': exporterTo('sarama', 'sarama_compat'),
        'kafka/murmur': exporterTo('murmur', 'murmur2'),
      });
      const ids = Array.from({ length: 60 }, () => randomBytes(16).toString('hex'));
      const body = Buffer.from(tracesRequest(ids.map((id) => ({ traceId: id }))));
      assert.equal((await postOtlp(port, 'traces', body, contentTypes.protobuf)).status, 200);
      for (const [topic, choose] of [
        ['sarama', (key: Buffer) => saramaPartition(key, partitions)],
        ['murmur', (key: Buffer) => murmur2Partition(key, partitions)],
      ] as const) {
        let messages = await readTopic(broker.plain, topic);
        while (messages.length < ids.length) messages = await readTopic(broker.plain, topic);
        assert.deepEqual(messages.map(({ key }) => key).sort(), [...ids].sort());
        for (const { key = '', partition } of messages) {
          assert.equal(partition, choose(Buffer.from(key)), `${topic} ${key}`);
        }
      }
    });
  },
);
