import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import { signals } from '../../pipeline/component/signal.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { otlpConfig } from './config.ts';
import { createOtlpExporter } from './otlp.ts';

/** grpc-go and most servers refuse messages over 4 MiB; the rest is room for what the last request of a slice adds. */
const maxBytes = 3.5 * 1024 * 1024;

/** Forwards over OTLP/gRPC. */
export const otlpExporter: ExporterFactory = defineExporter({
  type: 'otlp',
  stability: 'beta',
  signals,
  schema: otlpConfig,
  delivery: (config) => toDeliverySettings(config, { maxBytes }),
  create: createOtlpExporter,
});
