import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import { signals } from '../../pipeline/component/signal.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { otlpHttpConfig } from './config.ts';
import { createOtlpHttpExporter, signalUrl } from './otlp-http.ts';

/**
 * Far below the 4 MiB that gRPC servers take by default and the Collector's 20 MiB over HTTP: a slice is held in memory while
 * it is sent, and sent again whole after a crash.
 */
const maxBytes = 1024 * 1024;

/** Forwards over OTLP/HTTP. */
export const otlpHttpExporter: ExporterFactory = defineExporter({
  type: 'otlp_http',
  stability: 'beta',
  signals,
  schema: otlpHttpConfig,
  delivery: (config) => toDeliverySettings(config, { maxBytes }),
  encodes: ({ encoding }) => encoding === 'json',
  sendsTo: (config, signal) => signalUrl(config, signal)?.href,
  create: createOtlpHttpExporter,
});
