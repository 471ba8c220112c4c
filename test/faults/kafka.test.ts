import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sumOf, untilDelivered, untilMetrics } from '../support/daemon-metrics.ts';
import { startKafka } from '../support/kafka-broker.ts';
import type { KafkaUnderTest } from '../support/kafka-broker.ts';
import { skipWithoutKafka } from '../support/kafka-jars.ts';
import { createTopic } from '../support/kafka-topic.ts';
import { assertNothingLost, toTopic } from './support/kafka.ts';
import { sendAll } from './support/load.ts';
import { createOracle } from './support/oracle.ts';
import { startDaemonFor } from './support/start.ts';

describe('a daemon before a real Kafka broker', { skip: skipWithoutKafka() }, () => {
  let broker: KafkaUnderTest;
  before(async () => {
    broker = await startKafka();
  });
  after(() => broker.remove());

  const sasl = (mechanism: string, password: string): object => ({
    brokers: [broker.sasl],
    auth: { sasl: { mechanism, username: 'weir', password } },
  });
  const ways: [name: string, wrong: () => object, right: () => object][] = [
    ...['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'].map((name): (typeof ways)[number] => [
      name,
      () => sasl(name, 'revoked'),
      () => sasl(name, 'secret'),
    ]),
    [
      'TLS',
      () => ({ brokers: [broker.tls], tls: {} }),
      () => ({ brokers: [broker.tls], tls: { ca_file: broker.caFile } }),
    ],
  ];
  for (const [name, wrong, right] of ways) {
    test(`what was acknowledged while ${name} was refused is delivered once a reload mends it`, async (t) => {
      const topic = `mended-${name}`;
      await createTopic(broker.plain, { topic });
      const daemon = await startDaemonFor(t, toTopic(topic, wrong()));
      const oracle = createOracle();
      await sendAll(oracle, daemon.ports, { count: 200 });
      await untilMetrics(daemon, (text) => sumOf(text, 'weir_export_attempts_total') > 0);
      const { status, body } = await daemon.reload(toTopic(topic, right()));
      assert.equal(status, 200, body);
      const metrics = await untilDelivered(daemon);
      assert.equal(sumOf(metrics, 'weir_dropped_items_total'), 0);
      await assertNothingLost(oracle, broker.plain, topic);
      assert.doesNotMatch(daemon.output(), /revoked|secret/, 'passwords are not logged');
    });
  }

  test('a span that the broker finds too large is dropped alone, counted, and the others are delivered', async (t) => {
    const topic = 'small';
    await createTopic(broker.plain, {
      topic,
      configEntries: [{ name: 'max.message.bytes', value: '20000' }],
    });
    const daemon = await startDaemonFor(t, toTopic(topic, { brokers: [broker.plain] }));
    const [small, large] = [createOracle(), createOracle()];
    await sendAll(small, daemon.ports, { count: 100, spans: 100, bodyBytes: 1000 });
    await sendAll(large, daemon.ports, { count: 1, spans: 1, bodyBytes: 30_000 });
    const metrics = await untilDelivered(daemon);
    assert.equal(sumOf(metrics, 'weir_delivered_items_total'), 100);
    assert.equal(sumOf(metrics, 'weir_dropped_items_total'), 1);
    await assertNothingLost(small, broker.plain, topic);
  });
});
