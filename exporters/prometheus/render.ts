import type { MetricsFormat } from '../../pipeline/telemetry/metrics-page.ts';
import type { Exemplar, PointData } from './point.ts';
import type { Family, StoredSeries } from './series-store.ts';

/** How samples are written. */
export interface RenderOptions {
  readonly format: MetricsFormat;
  readonly hasTimestamps: boolean;
}

/** A family with its samples, in the text format of Prometheus 0.0.4 or in OpenMetrics 1.0. */
export function renderFamily(family: Family, options: RenderOptions): string {
  const isOpen = options.format === 'openmetrics';
  const { name, type, help } = family;
  // A counter of OpenMetrics is named without what its samples end in, and must end in it.
  const isCounter = type === 'counter' && name.endsWith('_total');
  const title = isOpen && isCounter ? name.slice(0, -'_total'.length) : name;
  const shownType = isOpen && type === 'counter' && !isCounter ? 'unknown' : type;
  const lines = [
    ...(help === '' ? [] : [`# HELP ${title} ${escapeHelp(help, isOpen)}`]),
    `# TYPE ${title} ${shownType}`,
  ];
  const hasExemplars = isOpen && (type === 'histogram' || isCounter);
  for (const one of family.series.values()) {
    const time = options.hasTimestamps ? ` ${formatTime(one.timeMs, isOpen)}` : '';
    for (const { suffix, labels, value, exemplar } of samplesOf(one)) {
      const example = hasExemplars ? formatExemplar(exemplar) : '';
      const braces = labels === '' ? '' : `{${labels}}`;
      lines.push(`${name}${suffix}${braces} ${formatNumber(value)}${time}${example}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

interface Sample {
  readonly suffix: '' | '_bucket' | '_sum' | '_count';
  readonly labels: string;
  readonly value: number;
  readonly exemplar?: Exemplar | undefined;
}

function samplesOf({ labels, data }: StoredSeries): Sample[] {
  switch (data.kind) {
    case 'number':
      return [{ suffix: '', labels, value: data.value, exemplar: data.exemplar }];
    case 'histogram':
      return [...bucketsOf(labels, data), ...totalsOf(labels, data)];
    case 'summary':
      return [
        ...data.quantiles.map(([quantile, value]): Sample => ({
          suffix: '',
          labels: withLabel(labels, 'quantile', quantile),
          value,
        })),
        ...totalsOf(labels, data),
      ];
  }
}

function totalsOf(
  labels: string,
  { sum, count }: { readonly sum: number | undefined; readonly count: number },
): Sample[] {
  const counted: Sample = { suffix: '_count', labels, value: count };
  return sum === undefined ? [counted] : [{ suffix: '_sum', labels, value: sum }, counted];
}

function bucketsOf(labels: string, data: PointData & { readonly kind: 'histogram' }): Sample[] {
  let count = 0;
  return data.buckets.map((more, i) => {
    count += more;
    const bound = data.bounds[i] ?? Infinity;
    const below = data.bounds[i - 1] ?? -Infinity;
    return {
      suffix: '_bucket',
      labels: withLabel(labels, 'le', bound),
      value: bound === Infinity ? data.count : count,
      exemplar: data.exemplars.find(({ value }) => value > below && value <= bound),
    };
  });
}

function withLabel(labels: string, name: 'le' | 'quantile', value: number): string {
  return `${labels}${labels === '' ? '' : ','}${name}="${formatNumber(value)}"`;
}

/** A space after an exemplar would fail the scrape. */
function formatExemplar(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  const { labels, value, timeSeconds } = exemplar;
  const time = timeSeconds > 0 ? ` ${timeSeconds.toFixed(3)}` : '';
  return ` # {${labels}} ${formatNumber(value)}${time}`;
}

function formatTime(timeMs: number, isOpen: boolean): string {
  return isOpen ? (timeMs / 1000).toFixed(3) : String(timeMs);
}

function formatNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

function escapeHelp(help: string, isOpen: boolean): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return isOpen ? escaped.replaceAll('"', '\\"') : escaped;
}
