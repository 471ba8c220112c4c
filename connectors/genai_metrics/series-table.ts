import type { MetricName } from './metric-table.ts';
import { seriesKey } from './series-delta.ts';
import type { Exemplar, SeriesDelta } from './series-delta.ts';

/** What one series has come to since the table was made. */
export interface Series {
  readonly attributes: readonly string[];
  count: number;
  sum: number;
  readonly buckets: number[];
  exemplar: Exemplar | undefined;
}

/** The cumulative sums of a connector, bounded in their number. */
export interface SeriesTable {
  /** Milliseconds since the epoch from which on it counts. */
  readonly startMs: number;
  readonly size: number;
  /** Adds what a batch came to; returns how many observations had to go to the series of the overflow. */
  add(delta: SeriesDelta): number;
  /** All series of a metric. */
  of(metric: MetricName): Iterable<Series>;
}

/** As in the SDKs of OpenTelemetry: what is beyond the limit loses its attributes and is counted all the same. */
const overflow = ['otel.metric.overflow', 'true'];

/** Creates an empty table. A metric has at most `maxSeries` series, the one of the overflow among them. */
export function createSeriesTable(startMs: number, maxSeries: number): SeriesTable {
  const metrics = new Map<MetricName, Map<string, Series>>();
  return {
    startMs,
    get size() {
      return [...metrics.values()].reduce((sum, series) => sum + series.size, 0);
    },
    add: (delta) => {
      const series = metrics.get(delta.metric) ?? new Map<string, Series>();
      metrics.set(delta.metric, series);
      const key = seriesKey(delta);
      const isOver = !series.has(key) && series.size >= maxSeries - 1;
      const at = isOver ? { ...delta, attributes: overflow } : delta;
      addTo(findOrMake(series, at), at);
      return isOver ? delta.count : 0;
    },
    of: (metric) => metrics.get(metric)?.values() ?? [],
  };
}

function findOrMake(series: Map<string, Series>, delta: SeriesDelta): Series {
  const key = seriesKey(delta);
  const known = series.get(key);
  if (known !== undefined) return known;
  const buckets = delta.buckets.map(() => 0);
  const made = { attributes: delta.attributes, count: 0, sum: 0, buckets, exemplar: undefined };
  series.set(key, made);
  return made;
}

function addTo(series: Series, { count, sum, buckets, exemplar }: SeriesDelta): void {
  series.count += count;
  series.sum += sum;
  for (const [i, more] of buckets.entries()) series.buckets[i] = (series.buckets[i] ?? 0) + more;
  series.exemplar = exemplar ?? series.exemplar;
}
