import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { prometheusConfig } from './config.ts';
import { createPrometheusExporter } from './prometheus.ts';
import { refusedPoints } from './refused-points.ts';

/** A slice is taken in one step on the main thread, so it must be small. */
const maxBytes = 1024 * 1024;

/** Serves metrics to Prometheus. */
export const prometheusExporter: ExporterFactory = defineExporter({
  type: 'prometheus',
  stability: 'alpha',
  signals: ['metrics'],
  schema: prometheusConfig,
  metrics: {
    weir_exporter_refused_points_total: refusedPoints,
    weir_exporter_hidden_families: {
      type: 'gauge',
      help: 'Names that were left out of the last scrape, because the page has them from elsewhere.',
      labels: [],
    },
  },
  delivery: (config) => toDeliverySettings(config, { maxBytes }),
  servesOn: ({ endpoint }) => endpoint,
  create: createPrometheusExporter,
});
