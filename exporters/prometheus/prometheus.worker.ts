import { serialize } from 'node:v8';
import { defineEncode } from '../../pipeline/component/transform.ts';
import type { EncodeDefinition } from '../../pipeline/component/transform.ts';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import type { PrometheusConfig } from './config.ts';
import {
  addAttributes,
  describing,
  formatLabels,
  toLabelName,
  toResourceLabels,
} from './label-set.ts';
import type { LabelSet } from './label-set.ts';
import { toMetricName } from './metric-name.ts';
import type { Metric, OtlpMetrics, PointBase, ResourceMetrics } from './otlp-metrics.ts';
import { toClassicHistogram, toHistogram, toNumber, toSummary } from './point-data.ts';
import type { FamilyType, Point, PointData } from './point.ts';

/** Turns a slice into the points of its series, in V8's own form: one payload a slice. */
export const prometheusEncode: EncodeDefinition = defineEncode<PrometheusConfig>({
  type: 'prometheus',
  create: (config) => {
    return ({ bytes, items }) => {
      // The schema of OTLP, by which it was written, knows no other fields.
      const request = JSON.parse(encodeJson('metrics', bytes)) as OtlpMetrics;
      const points = (request.resourceMetrics ?? []).flatMap((one) => readResource(one, config));
      // JSON has neither NaN nor infinities, which points may hold.
      return [{ body: new Uint8Array(serialize(points)), items }];
    };
  },
});

function readResource(resource: ResourceMetrics, config: PrometheusConfig): Point[] {
  const attributes = resource.resource?.attributes ?? [];
  const labels = toResourceLabels(attributes, config);
  const points = (resource.scopeMetrics ?? []).flatMap(({ scope, metrics }) => {
    const base = new Map(labels);
    if (!config.without_scope_info) {
      if (scope?.name) base.set('otel_scope_name', scope.name);
      if (scope?.version) base.set('otel_scope_version', scope.version);
    }
    return (metrics ?? []).flatMap((metric) => readMetric(metric, base, config));
  });
  const info = readTargetInfo(resource, labels, latest(points));
  return info === undefined ? points : [...points, info];
}

function latest(points: readonly Point[]): number {
  return points.reduce((time, point) => Math.max(time, point.timeMs), 0);
}

/** What is known of a resource beyond `job` and `instance`, by which it is joined. */
function readTargetInfo(
  { resource }: ResourceMetrics,
  labels: LabelSet,
  timeMs: number,
): Point | undefined {
  const attributes = describing(resource?.attributes ?? []);
  if (attributes.length === 0 || !(labels.has('job') || labels.has('instance'))) return undefined;
  const all = new Map<string, string>();
  addAttributes(all, attributes);
  for (const [name, value] of labels) all.set(name, value);
  return {
    family: 'target_info',
    type: 'gauge',
    help: 'Attributes of the resources that the series belong to.',
    labels: formatLabels(all),
    timeMs,
    isDelta: false,
    data: { kind: 'number', value: 1 },
    isItem: false,
  };
}

/** The points of one kind of data, with what they become. */
interface Reading {
  readonly type: FamilyType;
  readonly temporality: number | undefined;
  readonly points: readonly (readonly [PointBase, PointData])[];
}

function readData(metric: Metric): Reading | undefined {
  const { gauge, sum, histogram, exponentialHistogram: exponential, summary } = metric;
  if (gauge !== undefined) return toReading('gauge', gauge, toNumber);
  if (sum !== undefined) {
    return toReading(sum.isMonotonic === true ? 'counter' : 'gauge', sum, toNumber);
  }
  if (histogram !== undefined) return toReading('histogram', histogram, toHistogram);
  if (exponential !== undefined) return toReading('histogram', exponential, toClassicHistogram);
  return summary === undefined ? undefined : toReading('summary', summary, toSummary);
}

function toReading<P extends PointBase>(
  type: FamilyType,
  data: { readonly dataPoints?: readonly P[]; readonly aggregationTemporality?: number },
  toData: (point: P) => PointData,
): Reading {
  const points = (data.dataPoints ?? []).map((point) => [point, toData(point)] as const);
  return { type, temporality: data.aggregationTemporality, points };
}

/** AggregationTemporality: 1 delta. */
const delta = 1;

/** DataPointFlags: 1 no recorded value. */
const noRecordedValue = 1;

function readMetric(metric: Metric, base: LabelSet, config: PrometheusConfig): Point[] {
  const reading = readData(metric);
  if (reading === undefined) return [];
  const { name = '', unit = '', description: help = '' } = metric;
  const hasSuffixes =
    config.translation_strategy === undefined
      ? config.add_metric_suffixes
      : config.translation_strategy === 'UnderscoreEscapingWithSuffixes';
  const { type } = reading;
  const options = { namespace: config.namespace, hasSuffixes };
  const family = toMetricName({ name, unit, kind: type }, options);
  return reading.points.map(([point, data]) => {
    const labels = new Map(base);
    addAttributes(labels, point.attributes);
    for (const constant of Object.keys(config.const_labels)) {
      const label = toLabelName(constant);
      labels.set(label, base.get(label) ?? '');
    }
    return {
      family,
      type,
      help,
      labels: formatLabels(labels),
      timeMs: Math.floor(Number(point.timeUnixNano ?? 0) / 1e6),
      isDelta: reading.temporality === delta,
      data: ((point.flags ?? 0) & noRecordedValue) === 0 ? data : undefined,
      isItem: true,
    };
  });
}
