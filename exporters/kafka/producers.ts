import type { CompressionTypes, Message, Producer } from 'kafkajs';
import type { Logger } from '../../pipeline/component/context.ts';
import type { KafkaExporterConfig } from './config.ts';
import type { KafkaClient } from './client.ts';
import type { KafkaMessage } from './messages.ts';
import { createPartitioner } from './partitioner.ts';
import type { PartitionChoice, Partitioning } from './partitioner.ts';

/** A producer of kafkajs, to which nothing is given before it has answered. */
interface SteadyProducer {
  readonly producer: Producer;
  readonly choice: PartitionChoice;
}

/** The producers of one exporter. */
export interface Producers {
  /** Resolves once the brokers have answered for every message. @throws what kafkajs gave up with. */
  produce(topic: string, messages: readonly KafkaMessage[]): Promise<void>;
  /** Ends all of them; what is under way fails. */
  disconnect(): Promise<void>;
}

/**
 * Creates producers as they are needed, one for each request under way, with one awaited send each. kafkajs' idempotence
 * allows no less: a send that fails gives its sequence numbers back, and whichever comes next takes them, so that the
 * broker acknowledges it as a repeat and drops it. For the same reason a producer that has failed is never used again:
 * the broker may have taken what it sent last.
 */
export function createProducers(
  client: KafkaClient,
  config: KafkaExporterConfig,
  logger: Logger,
): Producers {
  const idle: SteadyProducer[] = [];
  const all = new Set<SteadyProducer>();
  const discard = async (steady: SteadyProducer): Promise<void> => {
    all.delete(steady);
    try {
      await steady.producer.disconnect();
    } catch (error) {
      logger.debug('a producer did not end well', { error: String(error) });
    }
  };
  const take = async (): Promise<SteadyProducer> => {
    const free = idle.pop();
    if (free !== undefined) return free;
    const steady = await createProducer(client, config);
    all.add(steady);
    try {
      await steady.producer.connect();
    } catch (error) {
      void discard(steady);
      throw error;
    }
    return steady;
  };
  return {
    produce: async (topic, messages) => {
      const steady = await take();
      try {
        await sendOnce(steady, { client, config, topic, messages });
      } catch (error) {
        void discard(steady);
        throw error;
      }
      idle.push(steady);
    },
    disconnect: async () => {
      idle.length = 0;
      await Promise.all([...all].map(discard));
    },
  };
}

/** Below it numbers stay exact, whatever turn they start from. */
const firstTurns = 1 << 20;

async function createProducer(
  { library, open }: KafkaClient,
  config: KafkaExporterConfig,
): Promise<SteadyProducer> {
  const choice: PartitionChoice = {
    turn: Math.floor(Math.random() * firstTurns),
    places: new Map(),
    chosen: new Set(),
  };
  const kafka = await open();
  const producer = kafka.producer({
    createPartitioner: createPartitioner(partitioningOf(config), choice, library),
    idempotent: acksOf(config) === -1,
    maxInFlightRequests: 1,
    metadataMaxAge: config.metadata.refresh_interval,
    allowAutoTopicCreation: config.producer.allow_auto_topic_creation,
  });
  return { producer, choice };
}

function partitioningOf({ record_partitioner: chosen }: KafkaExporterConfig): Partitioning {
  const inTurn = chosen.round_robin ?? chosen.least_backup;
  return inTurn === undefined ? (chosen.sticky_key?.hasher ?? 'sarama_compat') : 'round_robin';
}

function acksOf({ producer: { required_acks: acks } }: KafkaExporterConfig): -1 | 0 | 1 {
  return acks === 'all' ? -1 : acks;
}

interface Sending {
  readonly client: KafkaClient;
  readonly config: KafkaExporterConfig;
  readonly topic: string;
  readonly messages: readonly KafkaMessage[];
}

async function sendOnce(steady: SteadyProducer, sending: Sending): Promise<void> {
  const { client, config, topic } = sending;
  const { producer, choice } = steady;
  const acks = acksOf(config);
  const messages = sending.messages.map(toRecord);
  choice.places = new Map(messages.map((message, place) => [message, place]));
  choice.chosen.clear();
  const answers = await producer.send({
    topic,
    acks,
    compression: compressionOf(client, config),
    ...(config.timeout > 0 && { timeout: config.timeout }),
    messages,
  });
  choice.turn += partitioningOf(config) === 'round_robin' ? messages.length : 1;
  if (acks === 0) return;
  const answered = new Set(answers.map(({ partition }) => partition));
  for (const partition of choice.chosen) {
    if (!answered.has(partition)) throw new UnansweredError(topic, partition);
  }
}

function toRecord({ head, value }: KafkaMessage): Message {
  return {
    key: head.key === '' ? null : Buffer.from(head.key),
    value: toBuffer(value),
    headers: { ...head.headers },
  };
}

/** kafkajs counts a broker as having answered even where a partition has moved to it since: nothing was sent for that. */
class UnansweredError extends Error {
  override readonly name = 'KafkaJSUnanswered';

  constructor(topic: string, partition: number) {
    super(`no answer for partition ${partition} of "${topic}"`);
  }
}

function compressionOf(
  { library }: KafkaClient,
  { producer }: KafkaExporterConfig,
): CompressionTypes {
  const { CompressionTypes: types } = library;
  return {
    none: types.None,
    gzip: types.GZIP,
    snappy: types.Snappy,
    lz4: types.LZ4,
    zstd: types.ZSTD,
  }[producer.compression];
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
