import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import { signals } from '../../pipeline/component/signal.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { otlpConfig } from './config.ts';
import { createOtlpExporter } from './otlp.ts';

/**
 * Far below the 4 MiB that gRPC servers take by default and the Collector's 20 MiB over HTTP: a slice is held in memory while
 * it is sent, and sent again whole after a crash.
 */
const maxBytes = 1024 * 1024;

/** Forwards over OTLP/gRPC. */
export const otlpExporter: ExporterFactory = defineExporter({
  type: 'otlp',
  stability: 'beta',
  signals,
  schema: otlpConfig,
  delivery: (config) => toDeliverySettings(config, { maxBytes }),
  sendsTo: ({ endpoint }) => endpoint,
  create: createOtlpExporter,
});
