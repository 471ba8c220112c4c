import type { ClickHouseConfig } from './config.ts';
import type { SchemaOptions } from './ddl.ts';

/** The schema that a configuration of the exporter asks for. */
export function toSchemaOptions(config: ClickHouseConfig): SchemaOptions {
  const metrics = config.metrics_tables;
  return {
    database: config.database,
    tables: {
      traces: config.traces_table_name,
      logs: config.logs_table_name,
      gauge: metrics.gauge.name,
      sum: metrics.sum.name,
      histogram: metrics.histogram.name,
      exponential_histogram: metrics.exponential_histogram.name,
      summary: metrics.summary.name,
    },
    ttlMs: config.ttl,
    cluster: config.cluster_name,
    isDistributed: false,
    engine: config.table_engine,
  };
}
