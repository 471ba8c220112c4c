import { defineReceiver } from '../../pipeline/component/receiver.ts';
import type { ReceiverFactory } from '../../pipeline/component/receiver.ts';
import { signals } from '../../pipeline/component/signal.ts';
import { kafkaReceiverConfig } from './config.ts';
import { createKafkaReceiver } from './kafka.ts';
import { kafkaReceiverMetrics } from './metrics.ts';

/** Reads from Kafka topics what a Collector's kafka exporter, or Weir's, writes. */
export const kafkaReceiver: ReceiverFactory = defineReceiver({
  type: 'kafka',
  stability: 'beta',
  signals,
  schema: kafkaReceiverConfig,
  metrics: kafkaReceiverMetrics,
  create: createKafkaReceiver,
});
