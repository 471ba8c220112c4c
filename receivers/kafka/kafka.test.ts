import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { hasZstd } from '../../exporters/kafka/codecs.ts';
import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import type { Ingress, Stamp } from '../../pipeline/component/receiver.ts';
import type { Verdict } from '../../pipeline/component/verdict.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import type { RecordingContext } from '../../test/support/component-context.ts';
import { startKafka } from '../../test/support/kafka-broker.ts';
import type { KafkaUnderTest } from '../../test/support/kafka-broker.ts';
import { skipWithoutKafka } from '../../test/support/kafka-jars.ts';
import { connectKafka, createTopic, writeTopic } from '../../test/support/kafka-topic.ts';
import { spanNames, spanRequest } from '../../test/support/span-request.ts';
import { kafkaReceiver } from './factory.ts';

const accepted: Verdict = { kind: 'accepted', rejectedItems: 0, message: '' };

/** Pipelines that are a stub, behind a receiver from YAML text. */
interface Stub {
  /** Keys of the receiver besides the usual ones. */
  readonly yaml?: string;
  readonly consume?: (name: string) => Verdict;
  readonly settled?: () => Promise<void>;
}

interface ReceiverUnderTest {
  readonly names: string[];
  readonly stamps: Stamp[];
  readonly context: RecordingContext;
  shutdown(): Promise<void>;
}

describe(
  'the kafka receiver and a real broker',
  { skip: skipWithoutKafka(), timeout: 120_000 },
  () => {
    let broker: KafkaUnderTest;
    before(async () => {
      broker = await startKafka();
    });
    after(() => broker.remove());

    async function start(topic: string, stub: Stub = {}): Promise<ReceiverUnderTest> {
      const yaml = `
brokers: ["${broker.plain}"]
group_id: ${topic}
initial_offset: earliest
heartbeat_interval: 200ms
session_timeout: 6s
${stub.yaml ?? `traces: { topic: ${topic} }`}`;
      const names: string[] = [];
      const stamps: Stamp[] = [];
      const ingress: Ingress = {
        accepts: (signal) => signal === 'traces',
        consume: ({ body, stamps: given }) => {
          stamps.push(...given);
          const [name = ''] = body.length > 5 ? spanNames(body) : ['poison'];
          const verdict = stub.consume?.(name) ?? accepted;
          if (verdict.kind === 'accepted') names.push(name);
          return Promise.resolve(verdict);
        },
        settled: () => stub.settled?.() ?? Promise.resolve(),
      };
      const context = createRecordingContext('kafka', { ingressBudget: createByteBudget(1e8) });
      const receiver = kafkaReceiver.create(parse(yaml), context, ingress);
      await receiver.start?.();
      return { names, stamps, context, shutdown: async () => receiver.shutdown?.() };
    }

    const write = (topic: string, names: readonly string[]): Promise<void> =>
      writeTopic(
        broker.plain,
        topic,
        names.map((name) => Buffer.from(spanRequest([name]))),
      );

    /** The sum of the group's offsets; undefined where a broker that has just started does not know them yet. */
    async function committed(topic: string): Promise<number | undefined> {
      const admin = connectKafka(broker.plain).admin();
      try {
        await admin.connect();
        const [offsets] = await admin.fetchOffsets({ groupId: topic, topics: [topic] });
        return (offsets?.partitions ?? []).reduce(
          (sum, { offset }) => sum + Math.max(0, Number(offset)),
          0,
        );
      } catch {
        return undefined;
      } finally {
        await admin.disconnect();
      }
    }

    async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
      while (!(await isSo())) await delay(20);
    }

    const numbered = (count: number, prefix = ''): string[] =>
      Array.from({ length: count }, (_, index) => `${prefix}${index}`);

    test('messages reach the pipeline, and are committed only once they are settled', async () => {
      await createTopic(broker.plain, { topic: 'settled' });
      await write('settled', numbered(30));
      let settle = (): void => undefined;
      const settled = new Promise<void>((resolve) => (settle = resolve));
      const receiver = await start('settled', { settled: () => settled });
      await until(() => receiver.names.length === 30);
      assert.equal(await committed('settled'), 0);
      settle();
      await until(async () => (await committed('settled')) === 30);
      await receiver.shutdown();
      const again = await start('settled');
      await write('settled', ['later']);
      await until(() => again.names.length > 0);
      await again.shutdown();
      assert.deepEqual(again.names, ['later']);
    });

    test('a refusing pipeline holds the partition back, and loses nothing', async () => {
      await createTopic(broker.plain, { topic: 'full' });
      await write('full', numbered(20));
      let isFull = true;
      let refused = 0;
      const receiver = await start('full', {
        consume: () => {
          if (!isFull) return accepted;
          refused += 1;
          return { kind: 'unavailable', message: 'full', retryAfterMs: 50 };
        },
      });
      await until(() => refused > 60);
      assert.equal(await committed('full'), 0);
      isFull = false;
      await until(async () => (await committed('full')) === 20);
      await receiver.shutdown();
      assert.deepEqual([...receiver.names].sort(), numbered(20).sort());
    });

    for (const compression of ['gzip', 'snappy', 'lz4', 'zstd']) {
      const skip = compression === 'zstd' && !hasZstd ? 'this Node has no zstd' : false;
      test(
        `messages that the broker's own ${compression} has compressed are read`,
        { skip },
        async () => {
          const topic = `of-${compression}`;
          const configEntries = [{ name: 'compression.type', value: compression }];
          await createTopic(broker.plain, { topic, configEntries });
          await write(topic, numbered(30, 'a name that is worth while to be compressed '));
          const receiver = await start(topic);
          await until(async () => (await committed(topic)) === 30);
          await receiver.shutdown();
          assert.equal(receiver.names.length, 30);
        },
      );
    }

    test(
      'where this Node has no zstd, what needs it is named and waited for',
      { skip: hasZstd },
      async () => {
        await createTopic(broker.plain, {
          topic: 'no-zstd',
          configEntries: [{ name: 'compression.type', value: 'zstd' }],
        });
        await write('no-zstd', numbered(3));
        const receiver = await start('no-zstd');
        const said = (): string => JSON.stringify(receiver.context.lines);
        await until(() => said().includes('will begin anew'));
        await receiver.shutdown();
        assert.match(said(), /ZSTD/i);
        assert.equal(receiver.context.counted[0]?.name, 'weir_receiver_kafka_rejoins_total');
      },
    );

    test('headers that are asked for become stamps, and several topics one signal', async () => {
      for (const topic of ['several', 'several-more']) await createTopic(broker.plain, { topic });
      const receiver = await start('several', {
        yaml: `
traces: { topics: [several, several-more] }
header_extraction: { extract_headers: true, headers: [tenant, absent] }`,
      });
      const producer = connectKafka(broker.plain).producer();
      await producer.connect();
      for (const topic of ['several', 'several-more']) {
        const value = Buffer.from(spanRequest([topic]));
        const headers = { tenant: `of ${topic}`, other: 'x' };
        await producer.send({ topic, messages: [{ value, headers }] });
      }
      await producer.disconnect();
      await until(() => receiver.names.length === 2);
      await receiver.shutdown();
      assert.deepEqual(receiver.names.sort(), ['several', 'several-more']);
      assert.deepEqual(receiver.stamps.map(({ value }) => value).sort(), [
        'of several',
        'of several-more',
      ]);
      assert.equal(receiver.stamps[0]?.key, 'kafka.header.tenant');
    });

    test('a message that nothing can read is counted and skipped', async () => {
      await createTopic(broker.plain, { topic: 'poison', numPartitions: 1 });
      await writeTopic(broker.plain, 'poison', [
        Buffer.from('bad'),
        Buffer.alloc(0),
        Buffer.from(spanRequest(['good'])),
      ]);
      const receiver = await start('poison', {
        consume: (name) => (name === 'poison' ? { kind: 'invalid', message: 'no OTLP' } : accepted),
      });
      await until(async () => (await committed('poison')) === 3);
      await receiver.shutdown();
      assert.deepEqual(receiver.names, ['good']);
      const skipped = receiver.context.counted.filter(({ name }) =>
        name.endsWith('skipped_messages_total'),
      );
      assert.deepEqual(skipped.map(({ labels }) => labels['reason']).sort(), ['empty', 'invalid']);
    });

    test('a member that joins and one that leaves cost no message', async () => {
      await createTopic(broker.plain, { topic: 'rebalance', numPartitions: 6 });
      let written = 0;
      const writeUntil = async (isSo: () => boolean): Promise<void> => {
        while (!isSo()) {
          await write('rebalance', numbered(20, `${written}.`));
          written += 20;
        }
      };
      const first = await start('rebalance');
      await writeUntil(() => first.names.length > 100);
      const second = await start('rebalance');
      await writeUntil(() => second.names.length > 100);
      await first.shutdown();
      const { length } = second.names;
      await writeUntil(() => second.names.length > length + 100);
      await until(async () => (await committed('rebalance')) === written);
      await second.shutdown();
      assert.equal(new Set([...first.names, ...second.names]).size, written);
    });

    test('what was not settled when the group was rebalanced is read again, and nothing else', async () => {
      await createTopic(broker.plain, { topic: 'unsettled', numPartitions: 6 });
      await write('unsettled', numbered(60));
      const first = await start('unsettled');
      await until(async () => (await committed('unsettled')) === 60);
      await first.shutdown();
      let settle = (): void => undefined;
      const settled = new Promise<void>((resolve) => (settle = resolve));
      const stub = { settled: () => settled };
      await write('unsettled', numbered(60, 'held '));
      const held = await start('unsettled', stub);
      await until(() => held.names.length === 60);
      const joined = await start('unsettled', stub);
      await until(() => new Set(joined.names).size === 30);
      assert.equal(await committed('unsettled'), 60);
      settle();
      await until(async () => (await committed('unsettled')) === 120);
      await Promise.all([held.shutdown(), joined.shutdown()]);
      assert.equal(first.names.length, 60);
      assert.deepEqual(
        [...new Set([...held.names, ...joined.names])].sort(),
        numbered(60, 'held ').sort(),
      );
    });

    test('what is settled while the broker is away is committed when it is back', async () => {
      await createTopic(broker.plain, { topic: 'away' });
      await write('away', numbered(60));
      let settle = (): void => undefined;
      const settled = new Promise<void>((resolve) => (settle = resolve));
      const receiver = await start('away', { settled: () => settled });
      await until(() => receiver.names.length === 60);
      await broker.kill();
      settle();
      await delay(500);
      await broker.start();
      await until(async () => (await committed('away')) === 60);
      await receiver.shutdown();
      assert.equal(new Set(receiver.names).size, 60);
    });

    test('a broker that is killed and started again, and a topic that comes late, are waited for', async () => {
      const receiver = await start('late');
      await broker.kill();
      await broker.start();
      await createTopic(broker.plain, { topic: 'late' });
      await write('late', numbered(10));
      await until(async () => (await committed('late')) === 10);
      await receiver.shutdown();
      assert.deepEqual([...receiver.names].sort(), numbered(10));
    });
  },
);
