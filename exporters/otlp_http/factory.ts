import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import { signals } from '../../pipeline/component/signal.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { otlpHttpConfig } from './config.ts';
import { createOtlpHttpExporter } from './otlp-http.ts';

/** Below the Collector's 20 MiB limit, by far: a slice is held in memory while it is sent. */
const maxBytes = 4 * 1024 * 1024;

/** Forwards over OTLP/HTTP. */
export const otlpHttpExporter: ExporterFactory = defineExporter({
  type: 'otlp_http',
  stability: 'beta',
  signals,
  schema: otlpHttpConfig,
  delivery: (config) => toDeliverySettings(config, { maxBytes }),
  create: createOtlpHttpExporter,
});
