import { z } from 'zod';
import { durationOr } from '../../pipeline/config/duration.ts';
import { deliveryKeys } from '../../pipeline/deliver/config.ts';
import {
  addMetricSuffixes,
  namespace,
  resourceToTelemetryConversion,
  withoutScopeInfo,
} from './naming-config.ts';

/** Keys of the `prometheus` exporter, the Collector's, and `max_series`. */
export const prometheusConfig = z.strictObject({
  endpoint: z
    .string()
    .regex(/^.*:\d{1,5}$/, { message: 'must be host:port, such as 127.0.0.1:8889' })
    .optional()
    .meta({
      description: "host:port that serves /metrics; Weir's own /metrics where absent.",
    }),
  namespace,
  const_labels: z
    .record(z.string(), z.string())
    .default({})
    .meta({ description: 'Labels that every series gets.' }),
  send_timestamps: z.boolean().default(false).meta({
    description: 'Serve the times of the points; otherwise they are those of the scrape.',
  }),
  metric_expiration: durationOr('5m').meta({
    description: 'A series that had no point for so long is no longer served.',
  }),
  enable_open_metrics: z.boolean().default(false).meta({
    description: 'Serve OpenMetrics, with exemplars, to scrapers that ask for it.',
  }),
  add_metric_suffixes: addMetricSuffixes,
  translation_strategy: z
    .enum(['UnderscoreEscapingWithSuffixes', 'UnderscoreEscapingWithoutSuffixes'])
    .optional()
    .meta({ description: 'How names are translated; goes before `add_metric_suffixes`.' }),
  without_scope_info: withoutScopeInfo,
  resource_to_telemetry_conversion: resourceToTelemetryConversion,
  max_series: z.int().min(1).default(50_000).meta({
    description: 'Most series that are held; points of more are refused, counted.',
  }),
  ...deliveryKeys({ timeout: '5s' }),
});

/** The parsed form of `prometheusConfig`. */
export type PrometheusConfig = z.output<typeof prometheusConfig>;
