import { defineConnector } from '../../pipeline/component/connector.ts';
import type { ConnectorFactory } from '../../pipeline/component/connector.ts';
import { genaiMetricsConfig } from './config.ts';
import { createGenaiMetrics } from './genai-metrics.ts';
import type { SeriesTable } from './series-table.ts';

/** Derives calls, duration, tokens and cost from GenAI spans before anything samples them. */
export const genaiMetricsConnector: ConnectorFactory = defineConnector({
  type: 'genai_metrics',
  stability: 'alpha',
  connects: [{ from: 'traces', to: 'metrics' }],
  schema: genaiMetricsConfig,
  metrics: {
    weir_connector_folded_observations_total: {
      type: 'counter',
      help: 'Observations that were counted without their attributes, because their metric has all the series it may have.',
      labels: ['metric'],
    },
    weir_connector_failed_emits_total: {
      type: 'counter',
      help: 'Requests that a pipeline behind the connector refused; the next one makes up for them.',
      labels: [],
    },
  },
  // The state comes from a connector of this type, which has no other.
  create: (config, context, output, inherited) =>
    createGenaiMetrics(config, context, output, inherited as SeriesTable | undefined),
});
