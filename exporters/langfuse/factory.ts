import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { langfuseConfig } from './config.ts';
import { createLangfuse, langfuseMetrics } from './langfuse.ts';

/**
 * OTLP bytes of one slice at most. What is written on a small span more than doubles it, and Langfuse, or a proxy before
 * it, should not have to take more than 4 MB at once.
 */
const maxSliceBytes = 1792 * 1024;

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
