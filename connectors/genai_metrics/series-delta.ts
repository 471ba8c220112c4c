import type { MetricName } from './metric-table.ts';

/** One call that a metric counted, so that the trace behind a number is found. */
export interface Exemplar {
  readonly value: number;
  /** Nanoseconds since the epoch. */
  readonly timeUnixNano: bigint;
  /** Lower-case hex. */
  readonly traceId: string;
  readonly spanId: string;
}

/** What the calls of one batch add to one series; structured-cloneable. */
export interface SeriesDelta {
  readonly metric: MetricName;
  /** Names and values of attributes by turns, always in the same order. */
  readonly attributes: readonly string[];
  count: number;
  sum: number;
  /** Counts by bucket, the last one above all bounds; empty for a counter. */
  readonly buckets: number[];
  readonly exemplar: Exemplar | undefined;
}

/** Tells series apart; attribute values hold no control character where they matter, and a clash would only add up. */
export function seriesKey({
  metric,
  attributes,
}: Pick<SeriesDelta, 'metric' | 'attributes'>): string {
  return `${metric}\0${attributes.join('\0')}`;
}
