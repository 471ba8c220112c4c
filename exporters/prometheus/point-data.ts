import type {
  Buckets,
  Double,
  ExponentialPoint,
  HistogramPoint,
  NumberPoint,
  OtlpExemplar,
  PointBase,
  SummaryPoint,
} from './otlp-metrics.ts';
import type { Exemplar, PointData } from './point.ts';

/** Data of a point of a gauge or sum. */
export function toNumber(point: NumberPoint): PointData {
  const [exemplar] = toExemplars(point);
  const value = toDouble(point.asDouble ?? point.asInt);
  return { kind: 'number', value, ...(exemplar !== undefined && { exemplar }) };
}

/** Data of a point of a histogram with bounds. */
export function toHistogram(point: HistogramPoint): PointData {
  const bounds = (point.explicitBounds ?? []).map(toDouble);
  const buckets = (point.bucketCounts ?? []).map(Number);
  const count = Number(point.count ?? 0);
  // A histogram may have no buckets at all, only count and sum.
  const isWhole = buckets.length === bounds.length + 1 && !bounds.some(Number.isNaN);
  return {
    kind: 'histogram',
    count,
    sum: point.sum === undefined ? undefined : toDouble(point.sum),
    ...(isWhole ? distinct(bounds, buckets) : { bounds: [], buckets: [count] }),
    exemplars: toExemplars(point),
  };
}

/**
 * Buckets with bounds that ascend, none of them twice: some senders write the last bound, infinity, too, and bounds of
 * exponential histograms can lie beyond what a double holds. Equal bounds would be two samples of one series.
 */
function distinct(
  bounds: readonly number[],
  buckets: readonly number[],
): { readonly bounds: readonly number[]; readonly buckets: readonly number[] } {
  const counts = new Map<number, number>();
  for (const [i, count] of buckets.entries()) {
    const bound = bounds[i] ?? Infinity;
    counts.set(bound, (counts.get(bound) ?? 0) + count);
  }
  counts.set(Infinity, counts.get(Infinity) ?? 0);
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return {
    bounds: sorted.map(([bound]) => bound).slice(0, -1),
    buckets: sorted.map(([, count]) => count),
  };
}

/**
 * Data of an exponential histogram, with bounds that are powers of two (or of its base, where that is greater): they stay
 * the same while the histogram shifts and rescales, as series need.
 */
export function toClassicHistogram(point: ExponentialPoint): PointData {
  const scale = point.scale ?? 0;
  const growth = 2 ** Math.max(0, -scale);
  const edge = (index: number): number => 2 ** (index * growth);
  const negative = coarsen(point.negative, scale);
  const positive = coarsen(point.positive, scale);
  const bounds: number[] = [];
  const buckets: number[] = [];
  for (const [index, count] of [...negative].reverse()) {
    bounds.push(-edge(index));
    buckets.push(count);
  }
  bounds.push(toDouble(point.zeroThreshold));
  buckets.push(Number(point.zeroCount ?? 0));
  for (const [index, count] of positive) {
    bounds.push(edge(index + 1));
    buckets.push(count);
  }
  return {
    kind: 'histogram',
    count: Number(point.count ?? 0),
    sum: point.sum === undefined ? undefined : toDouble(point.sum),
    ...distinct(bounds, buckets),
    exemplars: toExemplars(point),
  };
}

/** Counts by index at scale 0, without gaps; those of a scale below 0 stay as they are. */
function coarsen(buckets: Buckets | undefined, scale: number): [index: number, count: number][] {
  const shift = Math.max(0, scale);
  const offset = buckets?.offset ?? 0;
  const counts: [number, number][] = [];
  for (const [i, text] of (buckets?.bucketCounts ?? []).entries()) {
    const index = Math.floor((offset + i) / 2 ** shift);
    const last = counts.at(-1);
    if (last?.[0] === index) last[1] += Number(text);
    else counts.push([index, Number(text)]);
  }
  return counts;
}

/** Data of a summary. */
export function toSummary(point: SummaryPoint): PointData {
  return {
    kind: 'summary',
    count: Number(point.count ?? 0),
    sum: toDouble(point.sum),
    quantiles: (point.quantileValues ?? []).map(
      ({ quantile, value }) => [toDouble(quantile), toDouble(value)] as const,
    ),
  };
}

function toDouble(value: Double | undefined): number {
  return Number(value ?? 0);
}

function toExemplars({ exemplars }: PointBase): readonly Exemplar[] {
  return (exemplars ?? []).map(toExemplar).sort((a, b) => b.timeSeconds - a.timeSeconds);
}

function toExemplar({ asDouble, asInt, timeUnixNano, traceId, spanId }: OtlpExemplar): Exemplar {
  const labels = new Map<string, string>();
  if (traceId) labels.set('trace_id', traceId);
  if (spanId) labels.set('span_id', spanId);
  return {
    value: toDouble(asDouble ?? asInt),
    timeSeconds: Number(timeUnixNano ?? 0) / 1e9,
    labels,
  };
}
