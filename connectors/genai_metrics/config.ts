import { z } from 'zod';
import { durationOr } from '../../pipeline/config/duration.ts';

/** Keys of the `genai_metrics` connector, named as those of the Collector's `span_metrics`. */
export const genaiMetricsConfig = z.strictObject({
  metrics_flush_interval: durationOr('15s')
    .refine((ms) => ms > 0, { error: 'must be more than 0' })
    .meta({ description: 'How often the metrics are handed on.' }),
  aggregation_cardinality_limit: z.int().min(2).default(2000).meta({
    description:
      'Most series of one metric; what comes beyond it is counted under `otel.metric.overflow`.',
  }),
  exemplars: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .meta({ description: 'Name the trace of the latest call with every histogram.' }),
    })
    .prefault({})
    .meta({ description: 'Links from metrics to traces.' }),
});

/** The parsed form of `genaiMetricsConfig`. */
export type GenaiMetricsConfig = z.output<typeof genaiMetricsConfig>;
