import { z } from 'zod';
import { durationOr } from '../../pipeline/config/duration.ts';
import { deliveryKeys } from '../../pipeline/deliver/config.ts';

/** Keys of the `prometheus` exporter, the Collector's, and `max_series`. */
export const prometheusConfig = z.strictObject({
  endpoint: z
    .string()
    .regex(/^.*:\d{1,5}$/, { message: 'must be host:port, such as 127.0.0.1:8889' })
    .optional()
    .meta({
      description: "host:port that serves /metrics; Weir's own /metrics where absent.",
    }),
  namespace: z
    .string()
    .default('')
    .meta({ description: 'What every metric name begins with, before an underscore.' }),
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
  add_metric_suffixes: z
    .boolean()
    .default(true)
    .meta({ description: 'Add units and _total to names; see `translation_strategy`.' }),
  translation_strategy: z
    .enum(['UnderscoreEscapingWithSuffixes', 'UnderscoreEscapingWithoutSuffixes'])
    .optional()
    .meta({ description: 'How names are translated; goes before `add_metric_suffixes`.' }),
  without_scope_info: z
    .boolean()
    .default(false)
    .meta({ description: 'Leave out otel_scope_name and otel_scope_version.' }),
  resource_to_telemetry_conversion: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .meta({ description: 'Make every resource attribute a label of every series.' }),
      exclude_service_attributes: z.boolean().default(false).meta({
        description: 'Not service.name, service.namespace and service.instance.id.',
      }),
    })
    .prefault({})
    .meta({ description: 'Resource attributes as labels; otherwise they are in target_info.' }),
  max_series: z.int().min(1).default(50_000).meta({
    description: 'Most series that are held; points of more are refused, counted.',
  }),
  ...deliveryKeys({ timeout: '5s' }),
});

/** The parsed form of `prometheusConfig`. */
export type PrometheusConfig = z.output<typeof prometheusConfig>;
