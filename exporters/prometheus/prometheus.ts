import { deserialize } from 'node:v8';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import { delivered } from '../../pipeline/component/outcome.ts';
import { createMetricsPages, metricsPagesOffer } from '../../pipeline/telemetry/metrics-page.ts';
import type { MetricsPages, MetricsSection } from '../../pipeline/telemetry/metrics-page.ts';
import type { PrometheusConfig } from './config.ts';
import type { Point } from './point.ts';
import { renderFamily } from './render.ts';
import { createSeriesStore } from './series-store.ts';

/** Holds the newest point of every series and serves them to scrapers, on a page of its own or on Weir's. */
export function createPrometheusExporter(
  config: PrometheusConfig,
  context: ComponentContext,
): Exporter {
  const { clock, meter } = context;
  const store = createSeriesStore(config.max_series);
  let leave: () => Promise<void> = () => Promise.resolve();
  const section: MetricsSection = {
    hasOpenMetrics: config.enable_open_metrics,
    render: (format, taken) => {
      store.expire(clock.monotonic(), config.metric_expiration);
      const options = { format, hasTimestamps: config.send_timestamps };
      let text = '';
      let hidden = 0;
      for (const family of store.families) {
        if (taken.has(family.name)) hidden += 1;
        else text += renderFamily(family, options);
        taken.add(family.name);
      }
      meter.gauge('weir_exporter_hidden_families', hidden);
      return text;
    },
  };
  return {
    start: async () => {
      // Whoever starts the daemon puts the pages there; without, as in tests, the exporter has its own.
      const pages =
        (context.offer(metricsPagesOffer) as MetricsPages | undefined) ?? createMetricsPages();
      leave = await pages.serve(section, config.endpoint);
    },
    shutdown: async () => {
      const leaving = leave;
      leave = () => Promise.resolve();
      await leaving();
    },
    send: (payload) => {
      // The encoder of this type, in prometheus.worker.ts, makes nothing else.
      const points = deserialize(payload.body) as Point<string>[];
      const nowMs = clock.monotonic();
      let rejectedItems = 0;
      for (const point of points) {
        const reason = store.add(point, nowMs);
        if (reason === undefined) continue;
        meter.count('weir_exporter_refused_points_total', { reason });
        if (point.isItem) rejectedItems += 1;
      }
      if (rejectedItems === 0) return Promise.resolve(delivered);
      const message = 'points of too many series, or of a name that has another type';
      return Promise.resolve({ kind: 'partial', rejectedItems, message });
    },
  };
}
