import { typedColumns } from './typed-columns.ts';

/** The tables of the store, by what their rows are; those of metrics are keys of `metrics_tables` too. */
export const tableKinds = [
  'traces',
  'logs',
  'gauge',
  'sum',
  'histogram',
  'exponential_histogram',
  'summary',
] as const;

/** One kind of table. */
export type TableKind = (typeof tableKinds)[number];

/** A column with its type and codec as DDL writes them. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** A table as the OpenTelemetry Collector's clickhouse exporter lays it out, with what Weir adds. */
export interface TableLayout {
  /** In the order in which the encoder writes their values. */
  readonly columns: readonly Column[];
  /** Columns that the server computes, and indexes: they are declared, and no rows are sent for them. */
  readonly computed: readonly string[];
  /** Column of the time that partitions and TTL go by. */
  readonly time: string;
  readonly primaryKey: string;
  readonly orderBy: string;
}

const stringMap = 'Map(LowCardinality(String), String)';
const mapColumn = `${stringMap} CODEC(ZSTD(1))`;
const text = 'String CODEC(ZSTD(1))';
const lowCardinality = 'LowCardinality(String) CODEC(ZSTD(1))';
const nanoseconds = 'DateTime64(9) CODEC(Delta(8), ZSTD(1))';

const traces: TableLayout = {
  columns: toColumns([
    ['Timestamp', nanoseconds],
    ['TraceId', text],
    ['SpanId', text],
    ['ParentSpanId', text],
    ['TraceState', text],
    ['SpanName', lowCardinality],
    ['SpanKind', lowCardinality],
    ['ServiceName', lowCardinality],
    ['ResourceAttributes', mapColumn],
    ['ScopeName', text],
    ['ScopeVersion', text],
    ['SpanAttributes', mapColumn],
    ['Duration', 'UInt64 CODEC(T64, ZSTD(1))'],
    ['StatusCode', lowCardinality],
    ['StatusMessage', text],
    ['Events.Timestamp', 'Array(DateTime64(9)) CODEC(ZSTD(1))'],
    ['Events.Name', 'Array(LowCardinality(String)) CODEC(ZSTD(1))'],
    ['Events.Attributes', `Array(${stringMap}) CODEC(ZSTD(1))`],
    ['Links.TraceId', 'Array(String) CODEC(ZSTD(1))'],
    ['Links.SpanId', 'Array(String) CODEC(ZSTD(1))'],
    ['Links.TraceState', 'Array(String) CODEC(ZSTD(1))'],
    ['Links.Attributes', `Array(${stringMap}) CODEC(ZSTD(1))`],
    ...typedColumns.map(({ column, type }) => [column, type] as const),
  ]),
  computed: [
    bloom('idx_trace_id', 'TraceId', '0.001'),
    ...mapIndexes('res_attr', 'ResourceAttributes'),
    ...mapIndexes('span_attr', 'SpanAttributes'),
    'INDEX idx_duration Duration TYPE minmax GRANULARITY 1',
    bloom('idx_session_id', 'SessionId', '0.01'),
    bloom('idx_user_id', 'UserId', '0.01'),
  ],
  time: 'Timestamp',
  primaryKey: '(ServiceName, SpanName, toDateTime(Timestamp))',
  orderBy: '(ServiceName, SpanName, toDateTime(Timestamp), Timestamp)',
};

const logs: TableLayout = {
  columns: toColumns([
    ['Timestamp', nanoseconds],
    ['TraceId', text],
    ['SpanId', text],
    ['TraceFlags', 'UInt8'],
    ['SeverityText', lowCardinality],
    ['SeverityNumber', 'UInt8'],
    ['ServiceName', lowCardinality],
    ['Body', text],
    ['ResourceSchemaUrl', lowCardinality],
    ['ResourceAttributes', mapColumn],
    ['ScopeSchemaUrl', lowCardinality],
    ['ScopeName', text],
    ['ScopeVersion', lowCardinality],
    ['ScopeAttributes', mapColumn],
    ['LogAttributes', mapColumn],
    ['EventName', lowCardinality],
  ]),
  computed: [
    '`TimestampTime` DateTime DEFAULT toDateTime(Timestamp)',
    bloom('idx_trace_id', 'TraceId', '0.001'),
    ...mapIndexes('res_attr', 'ResourceAttributes'),
    ...mapIndexes('log_attr', 'LogAttributes'),
  ],
  time: 'Timestamp',
  primaryKey: '(ServiceName, toDateTime(Timestamp))',
  orderBy: '(ServiceName, toDateTime(Timestamp), Timestamp)',
};

const pointColumns = [
  ['ResourceAttributes', mapColumn],
  ['ResourceSchemaUrl', text],
  ['ScopeName', text],
  ['ScopeVersion', text],
  ['ScopeAttributes', mapColumn],
  ['ScopeDroppedAttrCount', 'UInt32 CODEC(ZSTD(1))'],
  ['ScopeSchemaUrl', text],
  ['ServiceName', lowCardinality],
  ['MetricName', text],
  ['MetricDescription', text],
  ['MetricUnit', text],
  ['Attributes', mapColumn],
  ['StartTimeUnix', nanoseconds],
  ['TimeUnix', nanoseconds],
  ['Flags', 'UInt32 CODEC(ZSTD(1))'],
] as const;

const exemplarColumns = [
  ['Exemplars.FilteredAttributes', `Array(${stringMap}) CODEC(ZSTD(1))`],
  ['Exemplars.TimeUnix', 'Array(DateTime64(9)) CODEC(ZSTD(1))'],
  ['Exemplars.Value', 'Array(Float64) CODEC(ZSTD(1))'],
  ['Exemplars.SpanId', 'Array(String) CODEC(ZSTD(1))'],
  ['Exemplars.TraceId', 'Array(String) CODEC(ZSTD(1))'],
] as const;

const number = 'Float64 CODEC(ZSTD(1))';
const counter = 'UInt64 CODEC(Delta(8), ZSTD(1))';
const counts = 'Array(UInt64) CODEC(ZSTD(1))';
const integer = 'Int32 CODEC(ZSTD(1))';
const temporality = ['AggregationTemporality', integer] as const;
const distribution = [
  ['Count', counter],
  ['Sum', number],
  ['Min', number],
  ['Max', number],
] as const;

/** Layouts by kind. Names and types are the Collector's (clickhouseexporter, internal/sqltemplates), so that Grafana and HyperDX read them. */
export const tableLayouts: Readonly<Record<TableKind, TableLayout>> = {
  traces,
  logs,
  gauge: points([...exemplarColumns, ['Value', number]]),
  sum: points([...exemplarColumns, ['Value', number], temporality, ['IsMonotonic', 'Bool']]),
  histogram: points([
    ...exemplarColumns,
    ...distribution,
    ['BucketCounts', counts],
    ['ExplicitBounds', 'Array(Float64) CODEC(ZSTD(1))'],
    temporality,
  ]),
  exponential_histogram: points([
    ...exemplarColumns,
    ...distribution,
    ['Scale', integer],
    ['ZeroCount', counter],
    ['PositiveOffset', integer],
    ['PositiveBucketCounts', counts],
    ['NegativeOffset', integer],
    ['NegativeBucketCounts', counts],
    temporality,
  ]),
  summary: points([
    ['Count', counter],
    ['Sum', number],
    ['ValueAtQuantiles.Quantile', 'Array(Float64) CODEC(ZSTD(1))'],
    ['ValueAtQuantiles.Value', 'Array(Float64) CODEC(ZSTD(1))'],
  ]),
};

function points(columns: readonly (readonly [string, string])[]): TableLayout {
  return {
    columns: toColumns([...pointColumns, ...columns]),
    computed: [
      ...mapIndexes('res_attr', 'ResourceAttributes'),
      ...mapIndexes('attr', 'Attributes'),
    ],
    time: 'TimeUnix',
    primaryKey: '(ServiceName, MetricName, Attributes, toUnixTimestamp64Nano(TimeUnix))',
    orderBy: '(ServiceName, MetricName, Attributes, toUnixTimestamp64Nano(TimeUnix))',
  };
}

function toColumns(pairs: readonly (readonly [string, string])[]): readonly Column[] {
  return pairs.map(([name, type]) => ({ name, type }));
}

function bloom(name: string, expression: string, falsePositives: string): string {
  return `INDEX ${name} ${expression} TYPE bloom_filter(${falsePositives}) GRANULARITY 1`;
}

function mapIndexes(name: string, column: string): readonly string[] {
  return [
    bloom(`idx_${name}_key`, `mapKeys(${column})`, '0.01'),
    bloom(`idx_${name}_value`, `mapValues(${column})`, '0.01'),
  ];
}
