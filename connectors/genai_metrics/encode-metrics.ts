import { createWireWriter, wireType } from '../../pipeline/otlp/wire-writer.ts';
import type { WireWriter } from '../../pipeline/otlp/wire-writer.ts';
import { metricTable } from './metric-table.ts';
import type { MetricDefinition, MetricName } from './metric-table.ts';
import type { Exemplar } from './series-delta.ts';
import type { Series, SeriesTable } from './series-table.ts';

/** AggregationTemporality: 2 cumulative. */
const cumulative = 2;

const scopeName = 'weir/genai_metrics';

/**
 * Writes all series as an OTLP metrics request: one resource without attributes, because a series names the service of its
 * calls itself; `nowMs` is the time of every point.
 */
export function encodeMetrics(table: SeriesTable, nowMs: number): Uint8Array {
  const writer = createWireWriter(64 * 1024);
  const times = { start: toNano(table.startMs), now: toNano(nowMs) };
  // ExportMetricsServiceRequest: 1 resource_metrics; ResourceMetrics: 2 scope_metrics; ScopeMetrics: 1 scope, 2 metrics.
  message(writer, 1, () => {
    message(writer, 2, () => {
      message(writer, 1, () => {
        text(writer, 1, scopeName);
      });
      for (const name of ['duration', 'tokens', 'cost'] as const) {
        writeMetric(writer, { name, table, times });
      }
    });
  });
  return writer.finish();
}

function toNano(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}

interface Times {
  readonly start: bigint;
  readonly now: bigint;
}

/** Metric: 1 name, 2 description, 3 unit, 7 sum, 9 histogram. Sum and Histogram: 1 data_points, 2 aggregation_temporality, 3 is_monotonic. */
function writeMetric(
  writer: WireWriter,
  { name, table, times }: { name: MetricName; table: SeriesTable; times: Times },
): void {
  const series = [...table.of(name)];
  if (series.length === 0) return;
  const metric = metricTable[name];
  const isHistogram = metric.bounds.length > 0;
  message(writer, 2, () => {
    text(writer, 1, metric.name);
    text(writer, 2, metric.description);
    text(writer, 3, metric.unit);
    message(writer, isHistogram ? 9 : 7, () => {
      for (const one of series) {
        message(writer, 1, () => {
          if (isHistogram) writeHistogramPoint(writer, metric, one, times);
          else writeNumberPoint(writer, one, times);
        });
      }
      writer.tag(2, wireType.varint);
      writer.varint(cumulative);
      if (isHistogram) return;
      writer.tag(3, wireType.varint);
      writer.varint(1);
    });
  });
}

/** NumberDataPoint: 2 start, 3 time, 4 as_double, 7 attributes. */
function writeNumberPoint(writer: WireWriter, { attributes, sum }: Series, times: Times): void {
  writeTimes(writer, times);
  double(writer, 4, sum);
  writeAttributes(writer, 7, attributes);
}

/** HistogramDataPoint: 2 start, 3 time, 4 count, 5 sum, 6 bucket_counts, 7 explicit_bounds, 8 exemplars, 9 attributes. */
function writeHistogramPoint(
  writer: WireWriter,
  { bounds }: MetricDefinition,
  { attributes, count, sum, buckets, exemplar }: Series,
  times: Times,
): void {
  writeTimes(writer, times);
  fixed64(writer, 4, BigInt(count));
  double(writer, 5, sum);
  message(writer, 6, () => {
    for (const bucket of buckets) writeFixed64(writer, BigInt(bucket));
  });
  message(writer, 7, () => {
    for (const bound of bounds) writer.double(bound);
  });
  if (exemplar !== undefined) writeExemplar(writer, exemplar);
  writeAttributes(writer, 9, attributes);
}

/** Exemplar: 2 time, 3 as_double, 4 span_id, 5 trace_id. */
function writeExemplar(writer: WireWriter, exemplar: Exemplar): void {
  message(writer, 8, () => {
    fixed64(writer, 2, exemplar.timeUnixNano);
    double(writer, 3, exemplar.value);
    writer.tag(4, wireType.delimited);
    writer.delimited(Buffer.from(exemplar.spanId, 'hex'));
    writer.tag(5, wireType.delimited);
    writer.delimited(Buffer.from(exemplar.traceId, 'hex'));
  });
}

function writeTimes(writer: WireWriter, { start, now }: Times): void {
  fixed64(writer, 2, start);
  fixed64(writer, 3, now);
}

/** KeyValue: 1 key, 2 value; AnyValue: 1 string_value. */
function writeAttributes(writer: WireWriter, field: number, attributes: readonly string[]): void {
  for (let i = 0; i < attributes.length; i += 2) {
    message(writer, field, () => {
      text(writer, 1, attributes[i] ?? '');
      message(writer, 2, () => {
        text(writer, 1, attributes[i + 1] ?? '');
      });
    });
  }
}

function message(writer: WireWriter, field: number, write: () => void): void {
  writer.tag(field, wireType.delimited);
  const mark = writer.open();
  write();
  writer.close(mark);
}

function text(writer: WireWriter, field: number, value: string): void {
  writer.tag(field, wireType.delimited);
  writer.delimited(Buffer.from(value));
}

function double(writer: WireWriter, field: number, value: number): void {
  writer.tag(field, wireType.fixed64);
  writer.double(value);
}

function fixed64(writer: WireWriter, field: number, value: bigint): void {
  writer.tag(field, wireType.fixed64);
  writeFixed64(writer, value);
}

function writeFixed64(writer: WireWriter, value: bigint): void {
  writer.fixed64(Number(value >> 32n), Number(value & 0xffff_ffffn));
}
