import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import * as tls from 'node:tls';
import { parse } from 'yaml';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import type { RecordingContext } from '../../test/support/component-context.ts';
import { startAnswerDropper } from '../../test/support/drop-produce-answers.ts';
import { createEncoder, tracesRequest } from '../../test/support/encode-slice.ts';
import { startKafka } from '../../test/support/kafka-broker.ts';
import type { KafkaUnderTest } from '../../test/support/kafka-broker.ts';
import { skipWithoutKafka } from '../../test/support/kafka-jars.ts';
import { countMessages, createTopic, readTopic } from '../../test/support/kafka-topic.ts';
import { spanNames } from '../../test/support/span-request.ts';
import { hasZstd } from './codecs.ts';
import { kafkaExporter } from './factory.ts';
import { kafkaEncode } from './kafka.worker.ts';
import { saramaPartition } from './partitioner.ts';

/** An exporter from YAML text, with its encoder before it. */
interface ExporterUnderTest {
  readonly context: RecordingContext;
  /** One attempt, of traces. */
  attempt(id: string, bytes: Uint8Array, abort?: AbortSignal): Promise<Outcome>;
  /** Attempts until the outcome is no retryable one. */
  deliver(id: string, bytes: Uint8Array): Promise<Outcome>;
  shutdown(): Promise<void>;
}

async function startExporter(yaml: string): Promise<ExporterUnderTest> {
  const config: unknown = parse(yaml);
  const context = createRecordingContext('kafka');
  const exporter: Exporter = kafkaExporter.create(config, context);
  const encode = createEncoder(kafkaEncode, kafkaExporter, { config, signal: 'traces' });
  await exporter.start?.();
  const attempt: ExporterUnderTest['attempt'] = (id, bytes, abort = neverAborts) => {
    const [payload] = encode(bytes);
    assert.ok(payload);
    return exporter.send(payload, { id, signal: 'traces', attempt: 1, abort });
  };
  return {
    context,
    attempt,
    deliver: async (id, bytes) => {
      for (;;) {
        const outcome = await attempt(id, bytes);
        if (outcome.kind !== 'retryable') return outcome;
        await delay(100);
      }
    },
    shutdown: async () => exporter.shutdown?.(),
  };
}

/** A token without a signature, as Kafka's development mode takes it, that ends so many seconds from now. */
function unsignedToken(seconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const parts = [{ alg: 'none' }, { sub: 'weir', iat: now - 3600, exp: now + seconds }];
  return `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
}

const neverAborts = new AbortController().signal;

function namesOf(messages: readonly { readonly value: Buffer }[]): string[] {
  return messages.flatMap(({ value }) => spanNames(value)).sort();
}

describe('the kafka exporter and a real broker', { skip: skipWithoutKafka() }, () => {
  let broker: KafkaUnderTest;
  before(async () => {
    broker = await startKafka();
  });
  after(() => broker.remove());

  test('a request arrives as the plain OTLP bytes that were sent', async () => {
    await createTopic(broker.plain, { topic: 'otlp_spans' });
    const exporter = await startExporter(`brokers: ["${broker.plain}"]`);
    const bytes = tracesRequest([{ name: 'a' }, { name: 'b' }]);
    assert.deepEqual(await exporter.attempt('1', bytes), { kind: 'delivered' });
    await exporter.shutdown();
    const [message, ...rest] = await readTopic(broker.plain, 'otlp_spans');
    assert.equal(rest.length, 0);
    assert.equal(message?.key, undefined);
    assert.deepEqual(message?.value, Buffer.from(bytes));
  });

  test('traces lie in the partition that Sarama would have chosen for their ids', async () => {
    await createTopic(broker.plain, { topic: 'by-trace', numPartitions: 7 });
    const yaml = `{brokers: ["${broker.plain}"], topic: by-trace, partition_traces_by_id: true}`;
    const exporter = await startExporter(yaml);
    const traceIds = Array.from({ length: 50 }, () => randomBytes(16).toString('hex'));
    const bytes = tracesRequest([...traceIds, ...traceIds].map((traceId) => ({ traceId })));
    assert.equal((await exporter.attempt('1', bytes)).kind, 'delivered');
    await exporter.shutdown();
    const messages = await readTopic(broker.plain, 'by-trace');
    assert.deepEqual(messages.map(({ key }) => key).sort(), [...traceIds].sort());
    for (const { key = '', partition, value } of messages) {
      assert.equal(partition, saramaPartition(Buffer.from(key), 7));
      assert.equal(spanNames(value).length, 2);
    }
  });

  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd']) {
    const skip = compression === 'zstd' && !hasZstd ? 'this Node has no zstd' : false;
    test(`messages compressed with ${compression} can be read`, { skip }, async () => {
      await createTopic(broker.plain, { topic: `by-${compression}` });
      const yaml = `{brokers: ["${broker.plain}"], topic: by-${compression}, producer: {compression: ${compression}}}`;
      const exporter = await startExporter(yaml);
      const bytes = tracesRequest([{ name: 'a '.repeat(1000) }, { name: 'b' }]);
      assert.equal((await exporter.attempt('1', bytes)).kind, 'delivered');
      await exporter.shutdown();
      const [message] = await readTopic(broker.plain, `by-${compression}`);
      assert.deepEqual(message?.value, Buffer.from(bytes));
    });
  }

  test('otlp_json is OTLP/JSON', async () => {
    await createTopic(broker.plain, { topic: 'json' });
    const exporter = await startExporter(
      `{brokers: ["${broker.plain}"], traces: {topic: json, encoding: otlp_json}}`,
    );
    assert.equal((await exporter.attempt('1', tracesRequest([{ name: 'a' }]))).kind, 'delivered');
    await exporter.shutdown();
    const [message] = await readTopic(broker.plain, 'json');
    assert.ok(message);
    assert.deepEqual(spanNames(decodeJson('traces', message.value)), ['a']);
  });

  test('TLS, and SASL with each mechanism, are spoken', async () => {
    await createTopic(broker.plain, { topic: 'secure' });
    const ways = [
      `{brokers: ["${broker.tls}"], topic: secure, tls: {ca_file: ${broker.caFile}}}`,
      ...['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'].map(
        (mechanism) =>
          `{brokers: ["${broker.sasl}"], topic: secure, auth: {sasl: {mechanism: ${mechanism}, username: weir, password: secret}}}`,
      ),
    ];
    for (const yaml of ways) {
      const exporter = await startExporter(yaml);
      const outcome = await exporter.attempt('1', tracesRequest([{ name: 'a' }]));
      await exporter.shutdown();
      assert.equal(outcome.kind, 'delivered', yaml);
    }
    assert.equal(await countMessages(broker.plain, 'secure'), ways.length);
  });

  test('a token is read from its file each time one is asked for', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'weir-kafka-token-'));
    t.after(() => {
      rmSync(directory, { recursive: true });
    });
    const file = join(directory, 'token');
    await createTopic(broker.plain, { topic: 'by-token' });
    const exporter = await startExporter(
      `{brokers: ["${broker.sasl}"], topic: by-token, auth: {sasl: {mechanism: OAUTHBEARER, oauthbearer_token_file: ${file}}}}`,
    );
    const bytes = tracesRequest([{ name: 'a' }]);
    const missing = await exporter.attempt('1', bytes);
    assert.equal(missing.kind === 'retryable' && missing.cause, 'auth');
    assert.match(missing.kind === 'retryable' ? missing.message : '', /token_file cannot be read/);
    writeFileSync(file, unsignedToken(-60));
    // kafkajs takes the answer to a refused token for a yes, and then finds the connection closed.
    assert.equal((await exporter.attempt('1', bytes)).kind, 'retryable');
    writeFileSync(file, `${unsignedToken(60)}\n`);
    assert.equal((await exporter.attempt('1', bytes)).kind, 'delivered');
    await exporter.shutdown();
    assert.equal(await countMessages(broker.plain, 'by-token'), 1);
  });

  test('a certificate that was renewed is read anew', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'weir-kafka-ca-'));
    t.after(() => {
      rmSync(directory, { recursive: true });
    });
    const file = join(directory, 'ca.pem');
    const right = readFileSync(broker.caFile, 'utf8');
    writeFileSync(file, tls.rootCertificates[0] ?? '');
    await createTopic(broker.plain, { topic: 'renewed' });
    const exporter = await startExporter(
      `{brokers: ["${broker.tls}"], topic: renewed, tls: {ca_file: ${file}, reload_interval: 1s}}`,
    );
    const bytes = tracesRequest([{ name: 'a' }]);
    assert.equal((await exporter.attempt('1', bytes)).kind, 'retryable');
    writeFileSync(file, right);
    assert.equal((await exporter.attempt('1', bytes)).kind, 'delivered');
    await exporter.shutdown();
  });

  test('topics, keys and headers come from resource attributes, and a topic that is not there holds up nothing', async () => {
    for (const topic of ['team-a', 'team-b']) await createTopic(broker.plain, { topic });
    const exporter = await startExporter(`
brokers: ["${broker.plain}"]
topic: team-a
topic_from_attribute: service.name
traces: {message_key_from_metadata_key: service.name}
include_metadata_keys: [service.name]
record_headers: {source: weir}`);
    const both = Buffer.concat([
      tracesRequest([{ name: 'a' }], 'no topic'),
      tracesRequest([{ name: 'b' }], 'team-b'),
    ]);
    assert.equal((await exporter.attempt('1', both)).kind, 'delivered');
    const lost = await exporter.attempt('2', tracesRequest([{ name: 'c' }], 'team-c'));
    await exporter.shutdown();
    assert.deepEqual(lost, {
      kind: 'rejected',
      blames: 'items',
      message: 'topic "team-c" does not exist, and the brokers do not create it',
    });
    for (const [topic, name, service] of [
      ['team-a', 'a', 'no topic'],
      ['team-b', 'b', 'team-b'],
    ] as const) {
      const [message, ...rest] = await readTopic(broker.plain, topic);
      assert.equal(rest.length, 0);
      assert.ok(message);
      assert.deepEqual(spanNames(message.value), [name]);
      assert.equal(message.key, service);
      assert.deepEqual(message.headers, { source: 'weir', 'service.name': service });
    }
  });

  test('round_robin spreads messages of one key over all partitions', async () => {
    await createTopic(broker.plain, { topic: 'in-turn', numPartitions: 4 });
    const exporter = await startExporter(
      `{brokers: ["${broker.plain}"], topic: in-turn, partition_traces_by_id: true, record_partitioner: {round_robin: {}}}`,
    );
    for (let turn = 0; turn < 8; turn += 1) {
      const outcome = await exporter.attempt(String(turn), tracesRequest([{ name: 'a' }]));
      assert.equal(outcome.kind, 'delivered');
    }
    await exporter.shutdown();
    const partitions = (await readTopic(broker.plain, 'in-turn')).map(({ partition }) => partition);
    assert.deepEqual(partitions.sort(), [0, 0, 1, 1, 2, 2, 3, 3]);
  });

  test('a wrong password waits for a mend, and a certificate that is not trusted is a network failure', async () => {
    const wrong = await startExporter(
      `{brokers: ["${broker.sasl}"], auth: {sasl: {mechanism: PLAIN, username: weir, password: wrong}}}`,
    );
    const refused = await wrong.attempt('1', tracesRequest([{ name: 'a' }]));
    await wrong.shutdown();
    assert.equal(refused.kind === 'retryable' && refused.cause, 'auth');
    assert.doesNotMatch(JSON.stringify(wrong.context.lines), /wrong/);
    const untrusted = await startExporter(`{brokers: ["${broker.tls}"], tls: {}}`);
    const failed = await untrusted.attempt('1', tracesRequest([{ name: 'a' }]));
    await untrusted.shutdown();
    assert.equal(failed.kind === 'retryable' && failed.cause, 'network');
    assert.match(failed.kind === 'retryable' ? failed.message : '', /certificate/);
  });

  test('a topic that does not exist is named, and what is for it waits', async () => {
    const exporter = await startExporter(`{brokers: ["${broker.plain}"], topic: nowhere}`);
    const outcome = await exporter.attempt('1', tracesRequest([{ name: 'a' }]));
    assert.equal(outcome.kind, 'retryable');
    assert.match(outcome.message, /topic "nowhere" does not exist/);
    await createTopic(broker.plain, { topic: 'nowhere' });
    assert.equal((await exporter.attempt('1', tracesRequest([{ name: 'a' }]))).kind, 'delivered');
    await exporter.shutdown();
  });

  test('what is too large is said to be, whether the limit is ours or the broker’s', async () => {
    await createTopic(broker.plain, {
      topic: 'small',
      configEntries: [{ name: 'max.message.bytes', value: '2000' }],
    });
    const large = tracesRequest([{ name: 'x'.repeat(5000) }]);
    const ours = await startExporter(
      `{brokers: ["${broker.plain}"], topic: small, producer: {max_message_bytes: 1500}}`,
    );
    const refused = await ours.attempt('1', large);
    assert.equal(refused.kind, 'too_large');
    assert.match(refused.message, /over producer.max_message_bytes \(1500\)/);
    const many = Array.from({ length: 40 }, (_, index) => ({ name: `${index} ${'x'.repeat(80)}` }));
    assert.equal((await ours.attempt('2', tracesRequest(many))).kind, 'delivered');
    await ours.shutdown();
    const theirs = await startExporter(`{brokers: ["${broker.plain}"], topic: small}`);
    assert.equal((await theirs.attempt('1', large)).kind, 'too_large');
    assert.equal((await theirs.attempt('2', tracesRequest([{ name: 'a' }]))).kind, 'delivered');
    await theirs.shutdown();
    const names = namesOf(await readTopic(broker.plain, 'small'));
    assert.deepEqual(names, ['a', ...many.map(({ name }) => name)].sort());
  });

  test('an attempt that is cut off goes on, and the next one waits for it instead of sending again', async () => {
    await createTopic(broker.plain, { topic: 'cut-off' });
    const exporter = await startExporter(`{brokers: ["${broker.plain}"], topic: cut-off}`);
    const bytes = tracesRequest([{ name: 'a' }]);
    const cut = new AbortController();
    const first = exporter.attempt('1', bytes, cut.signal);
    cut.abort(new Error('no answer in time'));
    await first;
    assert.equal((await exporter.attempt('1', bytes)).kind, 'delivered');
    await exporter.shutdown();
    assert.equal(await countMessages(broker.plain, 'cut-off'), 1);
  });
});

describe('the kafka exporter and faults of a real broker', { skip: skipWithoutKafka() }, () => {
  test('a broker that is killed twice in mid-stream loses nothing that was delivered', async (t) => {
    const broker = await startKafka();
    t.after(() => broker.remove());
    await createTopic(broker.plain, { topic: 'otlp_spans' });
    const exporter = await startExporter(
      `{brokers: ["${broker.plain}"], partition_traces_by_id: true}`,
    );
    const unhandled: unknown[] = [];
    const note = (error: unknown): number => unhandled.push(error);
    process.on('unhandledRejection', note);
    const delivered: string[] = [];
    let isOver = false;
    const stream = async (consumer: number): Promise<void> => {
      for (let index = 0; !isOver; index += 1) {
        const spans = Array.from({ length: 5 }, (_, span) => ({
          name: `${consumer}.${index}.${span}`,
          traceId: randomBytes(16).toString('hex'),
        }));
        const outcome = await exporter.deliver(`${consumer}/${index}`, tracesRequest(spans));
        assert.equal(outcome.kind, 'delivered');
        delivered.push(...spans.map(({ name }) => name));
      }
    };
    const until = async (count: number): Promise<void> => {
      while (delivered.length < count) await delay(10);
    };
    const streams = Promise.all([0, 1, 2, 3].map(stream));
    for (let kill = 0; kill < 2; kill += 1) {
      await until(delivered.length + 500);
      await broker.kill();
      await broker.start();
    }
    await until(delivered.length + 500);
    isOver = true;
    await streams;
    const stored = new Set(namesOf(await readTopic(broker.plain, 'otlp_spans')));
    await exporter.shutdown();
    process.off('unhandledRejection', note);
    assert.deepEqual(
      delivered.filter((name) => !stored.has(name)),
      [],
    );
    assert.deepEqual(unhandled, []);
  });

  test('answers that get lost cost nothing and double nothing', async (t) => {
    const proxy = await startAnswerDropper();
    t.after(() => {
      proxy.close();
    });
    const broker = await startKafka({ advertisedPort: proxy.port });
    t.after(() => broker.remove());
    proxy.target = Number(broker.plain.split(':')[1]);
    const via = `localhost:${proxy.port}`;
    await createTopic(via, { topic: 'otlp_spans' });
    const exporter = await startExporter(`{brokers: ["${via}"], partition_traces_by_id: true}`);
    const sent: string[] = [];
    const stream = async (consumer: number): Promise<void> => {
      for (let index = 0; index < 40; index += 1) {
        if (index % 4 === 0) proxy.toDrop += 1;
        const spans = Array.from({ length: 5 }, (_, span) => ({
          name: `${consumer}.${index}.${span}`,
          traceId: randomBytes(16).toString('hex'),
        }));
        const outcome = await exporter.deliver(`${consumer}/${index}`, tracesRequest(spans));
        assert.equal(outcome.kind, 'delivered');
        sent.push(...spans.map(({ name }) => name));
      }
    };
    await Promise.all([0, 1, 2, 3].map(stream));
    await exporter.shutdown();
    const stored = namesOf(await readTopic(via, 'otlp_spans'));
    assert.ok(proxy.produced > 160);
    assert.deepEqual(stored, sent.sort());
  });
});
