import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sumOf, untilDelivered, untilMetrics } from '../support/daemon-metrics.ts';
import { startKafkaCluster } from '../support/kafka-broker.ts';
import { skipWithoutKafka } from '../support/kafka-jars.ts';
import { createTopic } from '../support/kafka-topic.ts';
import { assertNothingLost, toTopic } from './support/kafka.ts';
import { startLoad } from './support/load.ts';
import { createOracle } from './support/oracle.ts';
import { startDaemonFor } from './support/start.ts';

test(
  'of three brokers, those that are killed in mid-stream, so that others lead their partitions, lose nothing',
  { skip: skipWithoutKafka(), timeout: 600_000 },
  async (t) => {
    const brokers = await startKafkaCluster();
    t.after(() => Promise.all(brokers.map((broker) => broker.remove())));
    const [first, ...others] = brokers;
    assert.ok(first);
    const topic = 'led-by-many';
    await createTopic(first.plain, { topic, numPartitions: 6, replicationFactor: 3 });
    const keys = { brokers: brokers.map(({ plain }) => plain), partition_traces_by_id: true };
    const daemon = await startDaemonFor(t, toTopic(topic, keys));
    const oracle = createOracle();
    const load = startLoad({
      oracle,
      signal: t.signal,
      target: () => Promise.resolve(daemon.ports),
      clients: 2,
    });
    const delivered = (metrics: string): number => sumOf(metrics, 'weir_delivered_items_total');
    const untilMore = async (spans: number): Promise<void> => {
      const goal = delivered(await daemon.metrics()) + spans;
      await untilMetrics(daemon, (metrics) => delivered(metrics) >= goal);
    };
    await untilMore(500);
    for (const broker of others) {
      await broker.kill();
      await untilMore(2000);
      await broker.start();
      await untilMore(500);
    }
    await load.stop();
    const metrics = await untilDelivered(daemon);
    assert.equal(sumOf(metrics, 'weir_dropped_items_total'), 0);
    await assertNothingLost(oracle, first.plain, topic);
  },
);
