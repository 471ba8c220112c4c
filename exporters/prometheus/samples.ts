import type { Exemplar, PointData } from './point.ts';

/** One of the numbers that a point is in Prometheus. */
export interface Sample {
  /** What the name of the family is followed by. */
  readonly suffix: '' | '_bucket' | '_sum' | '_count';
  /** The bound of a bucket, the quantile of a summary. */
  readonly label?: readonly [name: 'le' | 'quantile', value: string];
  readonly value: number;
  readonly exemplar?: Exemplar | undefined;
}

/** The numbers of a point: one, or those of the buckets or quantiles with `_sum` and `_count`. */
export function samplesOf(data: PointData): Sample[] {
  switch (data.kind) {
    case 'number':
      return [{ suffix: '', value: data.value, exemplar: data.exemplar }];
    case 'histogram':
      return [...bucketsOf(data), ...totalsOf(data)];
    case 'summary':
      return [
        ...data.quantiles.map(([quantile, value]): Sample => ({
          suffix: '',
          label: ['quantile', formatBound(quantile)],
          value,
        })),
        ...totalsOf(data),
      ];
  }
}

function totalsOf({ sum, count }: { readonly sum: number | undefined; readonly count: number }) {
  const counted: Sample = { suffix: '_count', value: count };
  const summed: Sample[] = sum === undefined ? [] : [{ suffix: '_sum', value: sum }];
  return [...summed, counted];
}

function bucketsOf(data: PointData & { readonly kind: 'histogram' }): Sample[] {
  let count = 0;
  return data.buckets.map((more, i) => {
    count += more;
    const bound = data.bounds[i] ?? Infinity;
    const below = data.bounds[i - 1] ?? -Infinity;
    return {
      suffix: '_bucket',
      label: ['le', formatBound(bound)],
      value: bound === Infinity ? data.count : count,
      exemplar: data.exemplars.find(({ value }) => value > below && value <= bound),
    };
  });
}

/** A number as Prometheus writes it. */
export function formatNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/** From this power of ten on, and from 0.0001 down, Go writes an exponent. */
const firstExponent = 6;
const lastExponent = -4;

/**
 * A bound or a quantile as OpenMetrics writes it ("Canonical Numbers"): `1.0`, `0.25`, `4.194304e+06`. Prometheus 3 rewrites
 * those of a scrape so, and not those of remote write: only so a series is the same whichever way it comes.
 */
export function formatBound(value: number): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = value === 0 ? 0 : Number(power);
  if (exponent >= lastExponent && exponent < firstExponent) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const sign = exponent < 0 ? '-' : '+';
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
