import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { langfuseConfig } from './config.ts';
import { createLangfuse, langfuseMetrics } from './langfuse.ts';

/**
 * OTLP bytes of one slice at most. What is written on spans adds to that; proxies before Langfuse often take no more
 * than 4 MB, and an answer 413 splits the rest.
 */
const maxSliceBytes = 3 * 1024 * 1024;

/** Traces as observations with explicit type, model, usage and cost; evaluation results as scores. */
export const langfuseExporter: ExporterFactory = defineExporter({
  type: 'langfuse',
  stability: 'beta',
  signals: ['traces', 'logs'],
  schema: langfuseConfig,
  metrics: langfuseMetrics,
  delivery: (config) => toDeliverySettings(config, { maxBytes: maxSliceBytes }),
  create: createLangfuse,
});
