import type { MetricsFormat } from '../../pipeline/telemetry/metrics-page.ts';
import { formatLabels } from './label-set.ts';
import type { Exemplar } from './point.ts';
import { formatNumber, samplesOf } from './samples.ts';
import type { Family } from './series-store.ts';

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
    for (const { suffix, label, value, exemplar } of samplesOf(one.data)) {
      const example = hasExemplars ? formatExemplar(exemplar) : '';
      const labels = joinLabels(one.labels, label);
      const braces = labels === '' ? '' : `{${labels}}`;
      lines.push(`${name}${suffix}${braces} ${formatNumber(value)}${time}${example}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function joinLabels(
  labels: string,
  more: readonly [name: string, value: string] | undefined,
): string {
  if (more === undefined) return labels;
  return `${labels}${labels === '' ? '' : ','}${more[0]}="${more[1]}"`;
}

/** A space after an exemplar would fail the scrape. */
function formatExemplar(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  const { labels, value, timeSeconds } = exemplar;
  const time = timeSeconds > 0 ? ` ${timeSeconds.toFixed(3)}` : '';
  return ` # {${formatLabels(labels)}} ${formatNumber(value)}${time}`;
}

function formatTime(timeMs: number, isOpen: boolean): string {
  return isOpen ? (timeMs / 1000).toFixed(3) : String(timeMs);
}

function escapeHelp(help: string, isOpen: boolean): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return isOpen ? escaped.replaceAll('"', '\\"') : escaped;
}
