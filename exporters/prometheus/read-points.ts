import { readRequest } from '../../pipeline/otlp/encode-json.ts';
import { addAttributes, describing, toLabelName, toResourceLabels } from './label-set.ts';
import type { LabelOptions, LabelSet } from './label-set.ts';
import { toMetricName } from './metric-name.ts';
import type { NameOptions } from './metric-name.ts';
import type { Metric, OtlpMetrics, PointBase, ResourceMetrics } from './otlp-metrics.ts';
import { toClassicHistogram, toHistogram, toNumber, toSummary } from './point-data.ts';
import type { FamilyType, Point, PointData } from './point.ts';

/** What the points of a request are called. */
export interface ReadOptions {
  readonly naming: NameOptions;
  readonly labels: LabelOptions;
  /** Whether series name the scope that they come from. */
  readonly hasScope: boolean;
  /** Whether there is a `target_info` for every resource. */
  readonly hasTargetInfo: boolean;
}

/** The points of a metrics request, under the names that Prometheus has for them. @throws WireError where it is none. */
export function readPoints(bytes: Uint8Array, options: ReadOptions): Point<LabelSet>[] {
  // The schema of OTLP, by which it was read, knows no other fields.
  const request = readRequest('metrics', bytes) as OtlpMetrics;
  return (request.resourceMetrics ?? []).flatMap((one) => readResource(one, options));
}

function readResource(resource: ResourceMetrics, options: ReadOptions): Point<LabelSet>[] {
  const attributes = resource.resource?.attributes ?? [];
  const labels = toResourceLabels(attributes, options.labels);
  const points = (resource.scopeMetrics ?? []).flatMap(({ scope, metrics }) => {
    const base = new Map(labels);
    if (options.hasScope) {
      if (scope?.name) base.set('otel_scope_name', scope.name);
      if (scope?.version) base.set('otel_scope_version', scope.version);
    }
    return (metrics ?? []).flatMap((metric) => readMetric(metric, base, options));
  });
  const info = options.hasTargetInfo
    ? readTargetInfo(resource, labels, { options, timeMs: latest(points) })
    : undefined;
  return info === undefined ? points : [...points, info];
}

function latest(points: readonly Point<LabelSet>[]): number {
  return points.reduce((time, point) => Math.max(time, point.timeMs), 0);
}

/** What is known of a resource beyond `job` and `instance`, by which it is joined. */
function readTargetInfo(
  { resource }: ResourceMetrics,
  labels: LabelSet,
  { options, timeMs }: { readonly options: ReadOptions; readonly timeMs: number },
): Point<LabelSet> | undefined {
  const attributes = describing(resource?.attributes ?? []);
  if (attributes.length === 0 || !(labels.has('job') || labels.has('instance'))) return undefined;
  const all = new Map<string, string>();
  addAttributes(all, attributes, options.labels.isEscaped);
  for (const [name, value] of labels) all.set(name, value);
  return {
    family: 'target_info',
    type: 'gauge',
    help: 'Attributes of the resources that the series belong to.',
    unit: '',
    labels: all,
    timeMs,
    startMs: 0,
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

function readMetric(metric: Metric, base: LabelSet, options: ReadOptions): Point<LabelSet>[] {
  const reading = readData(metric);
  if (reading === undefined) return [];
  const { name = '', unit = '', description: help = '' } = metric;
  const { type } = reading;
  const { constant, isEscaped } = options.labels;
  const family = toMetricName({ name, unit, kind: type }, options.naming);
  return reading.points.map(([point, data]) => {
    const labels = new Map(base);
    addAttributes(labels, point.attributes, isEscaped);
    for (const [key, value] of Object.entries(constant)) {
      labels.set(toLabelName(key, isEscaped), value);
    }
    return {
      family,
      type,
      help,
      unit,
      labels,
      timeMs: toMilliseconds(point.timeUnixNano),
      startMs: toMilliseconds(point.startTimeUnixNano),
      isDelta: reading.temporality === delta,
      data: ((point.flags ?? 0) & noRecordedValue) === 0 ? data : undefined,
      isItem: true,
    };
  });
}

/** Cuts the text: as a number, nanoseconds would be rounded, and the millisecond could be the one before. */
function toMilliseconds(nanoseconds = ''): number {
  return Number(nanoseconds.slice(0, -6));
}
