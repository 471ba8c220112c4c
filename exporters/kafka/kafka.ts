import type { ComponentContext, MetricDeclarations } from '../../pipeline/component/context.ts';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import { delivered } from '../../pipeline/component/outcome.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import type { Payload } from '../../pipeline/component/transform.ts';
import { createKafkaClient } from './client.ts';
import type { KafkaExporterConfig } from './config.ts';
import { defaultTopics } from './connection-config.ts';
import { groupForRequests, messageBytes, unpackMessages } from './messages.ts';
import type { KafkaMessage } from './messages.ts';
import { toKafkaOutcome } from './outcome.ts';
import { createProducers } from './producers.ts';
import type { Producers } from './producers.ts';

/** What the exporter counts of its own. */
export const kafkaExporterMetrics = {
  weir_exporter_kafka_messages_total: {
    type: 'counter',
    help: 'Messages that the brokers have acknowledged.',
    labels: ['signal'],
  },
  weir_exporter_kafka_message_bytes_total: {
    type: 'counter',
    help: 'Bytes of their values, uncompressed.',
    labels: ['signal'],
  },
  weir_exporter_kafka_topic_fallbacks_total: {
    type: 'counter',
    help: 'Resources whose attribute names no possible topic (invalid_name), so that what they hold goes to the topic of its signal.',
    labels: ['signal', 'reason'],
  },
} as const satisfies MetricDeclarations;

/** How long an answer may take once the brokers' own time for it is over; then kafkajs repeats the request. */
const graceMs = 1000;

/** kafkajs' own, where there is no timeout. */
const untimedRequestMs = 30_000;

/** A shutdown is not held up by brokers that do not answer. */
const disconnectLimitMs = 2000;

const maxFlights = 1024;

/** A payload on its way: it outlives attempts that ran out of time. */
interface Flight {
  /** Groups of messages that the brokers have acknowledged. */
  acknowledged: number;
  outcome: Promise<Outcome> | undefined;
}

/**
 * Produces the messages that the worker part made, in requests of at most `max_message_bytes`, each awaited. An attempt
 * that runs out of time leaves its request under way, and the next attempt of the same payload waits for that one: to send
 * it anew would be a duplicate for sure.
 */
export function createKafkaExporter(
  config: KafkaExporterConfig,
  context: ComponentContext,
): Exporter {
  const { logger, meter, clock } = context;
  const flights = new Map<string, Flight>();
  let producers: Producers | undefined;

  const produceAll = async (flight: Flight, payload: Payload, signal: Signal): Promise<Outcome> => {
    const messages = unpackMessages(payload.body);
    const tooLarge = describeTooLarge(messages, config);
    if (tooLarge !== undefined) return { kind: 'too_large', message: tooLarge };
    const groups = groupForRequests(messages, config.producer.max_message_bytes);
    for (const group of groups.slice(flight.acknowledged)) {
      const { topic: named } = group[0].head;
      const topic = named === '' ? topicOf(config, signal) : named;
      try {
        if (producers === undefined) throw new Error('send before start, or after shutdown');
        await producers.produce(topic, group);
        flight.acknowledged += 1;
        const bytes = group.reduce((sum, { value }) => sum + value.byteLength, 0);
        meter.count('weir_exporter_kafka_messages_total', { signal }, group.length);
        meter.count('weir_exporter_kafka_message_bytes_total', { signal }, bytes);
      } catch (error) {
        return toKafkaOutcome(error, { topic, isNamedByData: named !== '' });
      }
    }
    return delivered;
  };

  return {
    start: async () => {
      const requestTimeoutMs = config.timeout > 0 ? config.timeout + graceMs : untimedRequestMs;
      const client = await createKafkaClient(config, { logger, requestTimeoutMs });
      producers = createProducers(client, config, logger);
    },
    shutdown: async () => {
      const ending = producers?.disconnect();
      producers = undefined;
      const limit = new AbortController();
      const timedOut = clock.sleep(disconnectLimitMs, limit.signal).catch(() => undefined);
      await Promise.race([ending, timedOut]);
      limit.abort();
    },
    send: async (payload, delivery) => {
      const { id, signal } = delivery;
      const flight = flights.get(id) ?? { acknowledged: 0, outcome: undefined };
      flights.set(id, flight);
      forgetOldest(flights);
      flight.outcome ??= produceAll(flight, payload, signal);
      const outcome = await flight.outcome;
      // An attempt that was cut off leaves the outcome to the one that follows it.
      if (delivery.abort.aborted) return outcome;
      flight.outcome = undefined;
      if (outcome.kind !== 'retryable') flights.delete(id);
      return outcome;
    },
  };
}

/** Only payloads that were given up are left behind; far fewer than this are ever under way. */
function forgetOldest(flights: Map<string, Flight>): void {
  if (flights.size <= maxFlights) return;
  const [oldest] = flights.keys();
  if (oldest !== undefined) flights.delete(oldest);
}

function topicOf(config: KafkaExporterConfig, signal: Signal): string {
  return config[signal].topic ?? config.topic ?? defaultTopics[signal];
}

/** A message over the limit holds a single item: the delivery loop halves the payload until that is alone. */
function describeTooLarge(
  messages: readonly KafkaMessage[],
  { producer }: KafkaExporterConfig,
): string | undefined {
  const largest = Math.max(0, ...messages.map(messageBytes));
  if (largest <= producer.max_message_bytes) return undefined;
  return `an item of ${largest} bytes is over producer.max_message_bytes (${producer.max_message_bytes})`;
}
