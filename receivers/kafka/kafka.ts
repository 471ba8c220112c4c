import type { Consumer } from 'kafkajs';
import { createKafkaClient } from '../../exporters/kafka/client.ts';
import type { KafkaClient } from '../../exporters/kafka/client.ts';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Ingress, Receiver } from '../../pipeline/component/receiver.ts';
import { signals } from '../../pipeline/component/signal.ts';
import type { KafkaReceiverConfig } from './config.ts';
import { consumeBatch } from './consume-batch.ts';
import type { BatchConsumer, TopicRoute } from './consume-batch.ts';

/** Between two tries to join the group. */
const rejoinMs = 2000;

/** What is under way at the end is given so long to be settled and committed; the rest comes again. */
const drainMs = 5000;

/**
 * The group is left within this, or in the background: a member that leaves in the midst of a rebalance has to wait for
 * those that are slow to join.
 */
const leaveMs = 2000;

/** Partitions whose messages are under way at once. */
const concurrentPartitions = 16;

/** Longer than any heartbeat or fetch is meant to take. */
const requestTimeoutMs = 30_000;

/** Joins a consumer group and gives what it reads to the pipelines of each signal; begins anew for as long as it has to. */
export function createKafkaReceiver(
  config: KafkaReceiverConfig,
  context: ComponentContext,
  ingress: Ingress,
): Receiver {
  const { logger, clock } = context;
  const ending = new AbortController();
  const ended = new AbortController();
  let running: Promise<void> | undefined;
  const batches: BatchConsumer = {
    ...context,
    ingress,
    budget: context.ingressBudget,
    membership: { joins: 0 },
    heartbeatMs: config.heartbeat_interval,
    ending: ending.signal,
    ended: ended.signal,
  };
  const run = async (
    client: KafkaClient,
    routes: ReadonlyMap<string, TopicRoute>,
  ): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        await consumeUntilCrash(client, config, { batches, routes });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn('consuming failed and will begin anew', { error: reason });
        context.meter.count('weir_receiver_kafka_rejoins_total');
        await clock.sleep(rejoinMs, ending.signal).catch(() => undefined);
      }
    }
  };
  return {
    start: async () => {
      const routes = toRoutes(config, ingress);
      const client = await createKafkaClient(config, { logger, requestTimeoutMs });
      running = run(client, routes);
    },
    shutdown: async () => {
      ending.abort();
      const left = new AbortController();
      const limits = async (): Promise<void> => {
        await clock.sleep(drainMs, left.signal);
        ended.abort();
        await clock.sleep(leaveMs, left.signal);
        logger.debug('the consumer group has not let go yet');
      };
      await Promise.race([running, limits().catch(() => undefined)]);
      left.abort();
    },
  };
}

/** @throws Error where two signals that pipelines take would come from one topic. */
function toRoutes(config: KafkaReceiverConfig, ingress: Ingress): Map<string, TopicRoute> {
  const routes = new Map<string, TopicRoute>();
  for (const signal of signals.filter((each) => ingress.accepts(each))) {
    const { topic: only, topics, encoding = config.encoding } = config[signal];
    const { extract_headers: isOn, headers } = config.header_extraction;
    const route: TopicRoute = {
      signal,
      encoding: encoding === 'otlp_json' ? 'json' : 'protobuf',
      headers: isOn ? headers : [],
    };
    for (const topic of new Set(only === undefined ? topics : [only])) {
      if (routes.has(topic)) throw new Error(`topic "${topic}" cannot hold two signals`);
      routes.set(topic, route);
    }
  }
  return routes;
}

interface Consuming {
  readonly batches: BatchConsumer;
  readonly routes: ReadonlyMap<string, TopicRoute>;
}

/** Resolves when the receiver ends. @throws what the consumer crashed with; it is disconnected then. */
async function consumeUntilCrash(
  { open }: KafkaClient,
  config: KafkaReceiverConfig,
  { batches, routes }: Consuming,
): Promise<void> {
  const kafka = await open();
  const consumer = kafka.consumer({
    groupId: config.group_id,
    sessionTimeout: config.session_timeout,
    heartbeatInterval: config.heartbeat_interval,
    metadataMaxAge: config.metadata.refresh_interval,
    rackId: config.rack_id,
    minBytes: config.min_fetch_size,
    maxBytes: config.max_fetch_size,
    maxBytesPerPartition: config.max_partition_fetch_size,
    maxWaitTimeInMs: config.max_fetch_wait,
    allowAutoTopicCreation: false,
    retry: { retries: 5, restartOnFailure: () => Promise.resolve(false) },
  });
  const crash = untilCrash(consumer, batches.ending);
  consumer.on(consumer.events.GROUP_JOIN, () => {
    batches.membership.joins += 1;
  });
  try {
    await consumer.connect();
    const fromBeginning = config.initial_offset === 'earliest';
    await consumer.subscribe({ topics: [...routes.keys()], fromBeginning });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: concurrentPartitions,
      eachBatch: async (payload) => {
        const route = routes.get(payload.batch.topic);
        if (route !== undefined) await consumeBatch(batches, route, payload);
      },
    });
    await crash;
  } finally {
    // It waits for the batches under way, which commit what is settled.
    await consumer.disconnect().catch(() => undefined);
  }
}

function untilCrash(consumer: Consumer, ending: AbortSignal): Promise<void> {
  const crash = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      reject(payload.error);
    });
    const end = (): void => {
      resolve();
    };
    if (ending.aborted) end();
    else ending.addEventListener('abort', end, { once: true });
  });
  // Nobody listens yet while the consumer connects, which fails by itself then.
  crash.catch(() => undefined);
  return crash;
}
