import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import { signals } from '../../pipeline/component/signal.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { kafkaExporterConfig } from './config.ts';
import { createKafkaExporter, kafkaExporterMetrics } from './kafka.ts';

/** Writes to Kafka topics what a Collector's kafka receiver, or Weir's, reads. */
export const kafkaExporter: ExporterFactory = defineExporter({
  type: 'kafka',
  stability: 'beta',
  signals,
  schema: kafkaExporterConfig,
  metrics: kafkaExporterMetrics,
  // Larger slices would only be several requests, one after the other.
  delivery: (config) => toDeliverySettings(config, { maxBytes: config.producer.max_message_bytes }),
  create: createKafkaExporter,
});
