import type { ConnectorOutput, Reducer } from '../../pipeline/component/connector.ts';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { GenaiMetricsConfig } from './config.ts';
import { encodeMetrics } from './encode-metrics.ts';
import type { SeriesDelta } from './series-delta.ts';
import { createSeriesTable } from './series-table.ts';
import type { SeriesTable } from './series-table.ts';

/**
 * Sums up what the workers found and hands all series on, at the interval and at the end. Sums are cumulative, so that a
 * request that a metrics pipeline refuses is made good by the next one; `inherited` is the table of the connector before
 * a reload, which goes on counting until it has run empty.
 */
export function createGenaiMetrics(
  config: GenaiMetricsConfig,
  { clock, logger, meter }: ComponentContext,
  output: ConnectorOutput,
  inherited: SeriesTable | undefined,
): Reducer {
  const table = inherited ?? createSeriesTable(clock.now(), config.aggregation_cardinality_limit);
  const ended = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const emit = async (): Promise<void> => {
    if (table.size === 0) return;
    try {
      await output.emit('metrics', encodeMetrics(table, clock.now()));
    } catch (error) {
      meter.count('weir_connector_failed_emits_total');
      const message = error instanceof Error ? error.message : String(error);
      logger.warn('metrics were not taken; the next ones make up for them', { error: message });
    }
  };
  const run = async (): Promise<void> => {
    for (;;) {
      try {
        await clock.sleep(config.metrics_flush_interval, ended.signal);
      } catch {
        return;
      }
      await emit();
    }
  };
  return {
    state: table,
    start: () => {
      running = run();
      return Promise.resolve();
    },
    add: (summary) => {
      // The map of this type, in genai-metrics.worker.ts, makes nothing else.
      for (const delta of summary as readonly SeriesDelta[]) {
        const folded = table.add(delta);
        if (folded > 0) {
          meter.count('weir_connector_folded_observations_total', { metric: delta.metric }, folded);
        }
      }
    },
    shutdown: async () => {
      if (ended.signal.aborted) return;
      ended.abort();
      await running;
      await emit();
    },
  };
}
