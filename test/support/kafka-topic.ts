import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import type { Admin, ICustomPartitioner, Kafka, ITopicConfig } from 'kafkajs';
import { registerCodecs } from '../../exporters/kafka/codecs.ts';

/** A message as it lies in a topic. */
export interface StoredMessage {
  readonly partition: number;
  /** Undefined where it has none. */
  readonly key: string | undefined;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** A client of the tests' own, to look at a broker from outside. */
export function connectKafka(broker: string): Kafka {
  registerCodecs(kafkajs);
  const retry = { retries: 20, initialRetryTime: 100, maxRetryTime: 1000 };
  return new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING, retry });
}

/** Creates a topic, of 3 partitions where it says nothing. */
export async function createTopic(broker: string, topic: ITopicConfig): Promise<void> {
  const admin = connectKafka(broker).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ numPartitions: 3, ...topic }], waitForLeaders: false });
  while (!(await areLed(admin, topic.topic))) await delay(20);
  await admin.disconnect();
}

/**
 * A broker does not know a new topic at once, nor who leads its partitions; and one that names itself as the leader of a
 * partition may refuse to lead it a moment longer.
 */
async function areLed(admin: Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const partitions = topics.flatMap((each) => each.partitions);
    if (partitions.length === 0 || partitions.some(({ leader }) => leader < 0)) return false;
    return (await admin.fetchTopicOffsets(topic)).length === partitions.length;
  } catch {
    return false;
  }
}

/** How many messages a topic holds. */
export async function countMessages(broker: string, topic: string): Promise<number> {
  const admin = connectKafka(broker).admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
}

/** Every message that a topic holds now, in order within a partition. */
export async function readTopic(broker: string, topic: string): Promise<StoredMessage[]> {
  const count = await countMessages(broker, topic);
  const messages: StoredMessage[] = [];
  if (count === 0) return messages;
  const consumer = connectKafka(broker).consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => {
      // A broker that has just started refuses for a while, and the consumer tries again.
      if (!payload.restart) reject(payload.error);
    });
    const run = consumer.run({
      autoCommit: false,
      eachMessage: ({ partition, message: { key, value, headers = {} } }) => {
        messages.push({
          partition,
          key: key?.toString(),
          value: value ?? Buffer.alloc(0),
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, text]) => [name, String(text)]),
          ),
        });
        if (messages.length === count) resolve();
        return Promise.resolve();
      },
    });
    run.catch(reject);
  });
  await consumer.disconnect();
  return messages;
}

/**
 * Writes messages into the partitions of a topic in turn, each message once. A broker that gets to know a new topic may take
 * a part of a request and refuse the rest, and kafkajs then sends all of it again: idempotent, and into the same partitions
 * as before, or messages are doubled and lost.
 */
export async function writeTopic(
  broker: string,
  topic: string,
  values: readonly Buffer[],
): Promise<void> {
  const turns = new Map<unknown, number>(values.map((value, turn) => [value, turn]));
  const inTurn: ICustomPartitioner =
    () =>
    ({ message: { value }, partitionMetadata: { length } }) =>
      (turns.get(value) ?? 0) % length;
  const producer = connectKafka(broker).producer({ idempotent: true, createPartitioner: inTurn });
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ value })) });
  await producer.disconnect();
}
