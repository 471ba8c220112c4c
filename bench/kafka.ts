import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { kafkaExporter } from '../exporters/kafka/factory.ts';
import { kafkaEncode } from '../exporters/kafka/kafka.worker.ts';
import { unpackMessages } from '../exporters/kafka/messages.ts';
import { createByteBudget } from '../pipeline/admission/byte-budget.ts';
import type { Payload } from '../pipeline/component/transform.ts';
import { kafkaReceiver } from '../receivers/kafka/factory.ts';
import { createRecordingContext } from '../test/support/component-context.ts';
import { createEncoder } from '../test/support/encode-slice.ts';
import { startKafka } from '../test/support/kafka-broker.ts';
import { skipWithoutKafka } from '../test/support/kafka-jars.ts';
import { connectKafka, countMessages, createTopic } from '../test/support/kafka-topic.ts';
import { traceRequest } from './corpus.ts';

type Print = (line: string) => void;

/** Sends under way at once, each with a producer of its own. */
const producers = 4;
const measuredMs = 1500;
/** Either way is measured so often, in turn: a busy machine and a broker that warms up must not favour one of them. */
const rounds = 4;

interface Rate {
  readonly messages: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** Measures what is produced to and consumed from a real broker, beside bare kafkajs in the same run. */
export async function benchKafka(print: Print): Promise<void> {
  const skip = skipWithoutKafka();
  if (skip !== false) {
    print(skip);
    return;
  }
  const broker = await startKafka();
  try {
    for (const [kind, spans] of [
      ['small', 512],
      ['prompt', 24],
    ] as const) {
      for (const byTrace of [false, true]) {
        await benchTopic(broker.plain, { kind, spans, byTrace, print });
      }
    }
  } finally {
    await broker.remove();
  }
}

interface Case {
  readonly kind: 'small' | 'prompt';
  readonly spans: number;
  readonly byTrace: boolean;
  readonly print: Print;
}

async function benchTopic(broker: string, { kind, spans, byTrace, print }: Case): Promise<void> {
  const config = { brokers: [broker], partition_traces_by_id: byTrace };
  const encode = createEncoder(kafkaEncode, kafkaExporter, { config, signal: 'traces' });
  const [payload] = encode(traceRequest(kind, spans));
  if (payload === undefined) throw new Error('nothing to send');
  const name = `${kind}-${byTrace ? 'by-trace' : 'whole'}`;
  const { length } = unpackMessages(payload.body);
  print(`${name}: requests of ${length} messages, ${(payload.body.length / 1000).toFixed(1)} KB`);
  for (const way of ['bare', 'weir']) await createTopic(broker, { topic: `${name}-${way}` });
  const produced = await inTurn(
    () => produceOwn({ ...config, topic: `${name}-weir` }, payload),
    () => produceBare(broker, `${name}-bare`, payload),
  );
  print(line('produce', produced));
  const topic = `${name}-weir`;
  const count = await countMessages(broker, topic);
  const consumed = await inTurn(
    (round) => consumeOwn({ broker, topic, group: `weir-${round}` }, count),
    (round) => consumeBare({ broker, topic, group: `bare-${round}` }, count),
  );
  print(line('consume', consumed));
}

interface Comparison {
  readonly own: Rate;
  readonly bare: Rate;
}

/** Measures two ways in turn; the first turn of each only warms up. */
async function inTurn(
  measureOwn: (round: number) => Promise<Rate>,
  measureBare: (round: number) => Promise<Rate>,
): Promise<Comparison> {
  let own: Rate = { messages: 0, bytes: 0, seconds: 0 };
  let bare = own;
  for (let round = 0; round <= rounds; round += 1) {
    const [nextBare, nextOwn] = [await measureBare(round), await measureOwn(round)];
    if (round === 0) continue;
    own = add(own, nextOwn);
    bare = add(bare, nextBare);
  }
  return { own, bare };
}

function add(left: Rate, right: Rate): Rate {
  return {
    messages: left.messages + right.messages,
    bytes: left.bytes + right.bytes,
    seconds: left.seconds + right.seconds,
  };
}

interface Group {
  readonly broker: string;
  readonly topic: string;
  readonly group: string;
}

async function repeat(
  { body }: Payload,
  send: (producer: number, turn: number) => Promise<void>,
): Promise<Rate> {
  const messages = unpackMessages(body);
  const bytes = messages.reduce((sum, { value }) => sum + value.byteLength, 0);
  const startMs = performance.now();
  let sends = 0;
  const loop = async (producer: number): Promise<void> => {
    for (let turn = 0; performance.now() < startMs + measuredMs; turn += 1) {
      await send(producer, turn);
      sends += 1;
    }
  };
  await Promise.all(Array.from({ length: producers }, (_, producer) => loop(producer)));
  const seconds = (performance.now() - startMs) / 1000;
  return { messages: sends * messages.length, bytes: sends * bytes, seconds };
}

async function produceBare(broker: string, topic: string, payload: Payload): Promise<Rate> {
  const options = {
    idempotent: true,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  };
  const all = Array.from({ length: producers }, () => connectKafka(broker).producer(options));
  await Promise.all(all.map((producer) => producer.connect()));
  const messages = unpackMessages(payload.body).map(({ head: { key }, value }) => ({
    key: key === '' ? null : key,
    value: Buffer.from(value),
  }));
  const rate = await repeat(payload, async (producer) => {
    await all[producer]?.send({ topic, messages });
  });
  await Promise.all(all.map((producer) => producer.disconnect()));
  return rate;
}

async function produceOwn(config: object, payload: Payload): Promise<Rate> {
  const exporter = kafkaExporter.create(config, createRecordingContext('kafka'));
  await exporter.start?.();
  const { signal: abort } = new AbortController();
  const rate = await repeat(payload, async (producer, turn) => {
    const id = `${producer}/${turn}`;
    const outcome = await exporter.send(payload, { id, signal: 'traces', attempt: 1, abort });
    if (outcome.kind !== 'delivered') throw new Error(outcome.kind);
  });
  await exporter.shutdown?.();
  return rate;
}

async function consumeBare({ broker, topic, group }: Group, count: number): Promise<Rate> {
  const consumer = connectKafka(broker).consumer({ groupId: `${topic}-${group}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const clock = createConsumption();
  await consumer.run({
    partitionsConsumedConcurrently: 16,
    eachBatch: ({ batch: { messages } }) => {
      for (const { value } of messages) clock.add(value?.length ?? 0);
      return Promise.resolve();
    },
  });
  const rate = await clock.until(count);
  await consumer.disconnect();
  return rate;
}

async function consumeOwn({ broker, topic, group }: Group, count: number): Promise<Rate> {
  const config = {
    brokers: [broker],
    group_id: `${topic}-${group}`,
    initial_offset: 'earliest',
    traces: { topic },
  };
  const clock = createConsumption();
  const context = createRecordingContext('kafka', { ingressBudget: createByteBudget(1e8) });
  const receiver = kafkaReceiver.create(config, context, {
    accepts: (signal) => signal === 'traces',
    consume: ({ body }) => {
      clock.add(body.byteLength);
      return Promise.resolve({ kind: 'accepted', rejectedItems: 0, message: '' });
    },
    settled: () => Promise.resolve(),
  });
  await receiver.start?.();
  const rate = await clock.until(count);
  await receiver.shutdown?.();
  return rate;
}

interface Consumption {
  add(bytes: number): void;
  until(count: number): Promise<Rate>;
}

/** Counts from the first message on: joining a group takes its time, whoever joins. */
function createConsumption(): Consumption {
  let startMs = 0;
  let endMs = 0;
  let messages = 0;
  let bytes = 0;
  return {
    add: (size) => {
      endMs = performance.now();
      if (messages === 0) startMs = endMs;
      messages += 1;
      bytes += size;
    },
    until: async (count) => {
      while (messages < count) await delay(5);
      return { messages, bytes, seconds: (endMs - startMs) / 1000 };
    },
  };
}

function line(name: string, { own, bare }: Comparison): string {
  const show = ({ messages, bytes, seconds }: Rate): string =>
    `${Math.round(messages / seconds)} msg/s ${(bytes / seconds / 1e6).toFixed(1)} MB/s`;
  const ratio = own.bytes / own.seconds / (bare.bytes / bare.seconds);
  return `${name}: weir ${show(own)}, bare kafkajs ${show(bare)}, ratio ${ratio.toFixed(2)}`;
}
