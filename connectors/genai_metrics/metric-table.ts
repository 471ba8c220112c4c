/** One of the metrics that are derived from GenAI calls. */
export type MetricName = 'duration' | 'tokens' | 'cost';

/** What a metric is called and how it is counted. */
export interface MetricDefinition {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** Upper bounds of a histogram's buckets; empty for a counter. */
  readonly bounds: readonly number[];
}

function growing(first: number, factor: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, power) => first * factor ** power);
}

/**
 * Names, units and buckets of the GenAI semantic conventions. They know no cost: its unit is lower case, so that every
 * translation to Prometheus gives `gen_ai_client_cost_usd_total`.
 */
export const metricTable: Readonly<Record<MetricName, MetricDefinition>> = {
  duration: {
    name: 'gen_ai.client.operation.duration',
    unit: 's',
    description: 'Duration of GenAI calls.',
    bounds: growing(0.01, 2, 14),
  },
  tokens: {
    name: 'gen_ai.client.token.usage',
    unit: '{token}',
    description: 'Input and output tokens of GenAI calls.',
    bounds: growing(1, 4, 14),
  },
  cost: {
    name: 'gen_ai.client.cost',
    unit: 'usd',
    description: 'Cost of GenAI calls in US dollars.',
    bounds: [],
  },
};
