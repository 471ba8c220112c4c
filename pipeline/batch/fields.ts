import type { Signal } from '../component/signal.ts';
import type { TextPlace } from './batch.ts';

/**
 * Field tables of opentelemetry-proto 1.x (collector, resource, common, trace, logs, metrics). A field is
 * `[number, name, kind, place]`: `place` says that a string holds user content. The envelope of traces, logs and metrics
 * has the same numbers, so only `Item` differs. A known field sent with another wire type counts as unknown, as in
 * protobufjs; unknown fields are skipped and survive.
 */
export type Field = readonly [number: number, name: string, kind: FieldKind, place?: TextPlace];

export type FieldKind =
  'varint' | 'fixed32' | 'fixed64' | 'string' | 'bytes' | 'fixed64s' | 'varints' | MessageName;

/** Messages from `Gauge` on have data points, those from `NumberDataPoint` to `SummaryDataPoint` are data points. */
export const messageNames = [
  'Request',
  'ResourceGroup',
  'Resource',
  'ScopeGroup',
  'Scope',
  'Item',
  'KeyValue',
  'AnyValue',
  'ArrayValue',
  'KeyValueList',
  'EntityRef',
  'Event',
  'Link',
  'Status',
  'Data',
  'ExponentialData',
  'HistogramData',
  'SummaryData',
  'Buckets',
  'Quantile',
  'Exemplar',
  'NumberPoint',
  'HistogramPoint',
  'ExponentialPoint',
  'SummaryPoint',
] as const;

type MessageName = (typeof messageNames)[number];

/** Index of a message in the tables below. */
export function messageType(name: MessageName): number {
  return messageNames.indexOf(name);
}

const envelope = {
  Request: [[1, 'resource_spans | resource_logs | resource_metrics', 'ResourceGroup']],
  ResourceGroup: [
    [1, 'resource', 'Resource'],
    [2, 'scope_spans | scope_logs | scope_metrics', 'ScopeGroup'],
    [3, 'schema_url', 'string', 'schema_url'],
  ],
  Resource: [
    [1, 'attributes', 'KeyValue'],
    [2, 'dropped_attributes_count', 'varint'],
    [3, 'entity_refs', 'EntityRef'],
  ],
  ScopeGroup: [
    [1, 'scope', 'Scope'],
    [2, 'spans | log_records | metrics', 'Item'],
    [3, 'schema_url', 'string', 'schema_url'],
  ],
  Scope: [
    [1, 'name', 'string', 'scope'],
    [2, 'version', 'string', 'scope'],
    [3, 'attributes', 'KeyValue'],
    [4, 'dropped_attributes_count', 'varint'],
  ],
} as const;

const common = {
  KeyValue: [
    [1, 'key', 'string', 'attribute'],
    [2, 'value', 'AnyValue'],
  ],
  AnyValue: [
    [1, 'string_value', 'string', 'attribute'],
    [2, 'bool_value', 'varint'],
    [3, 'int_value', 'varint'],
    [4, 'double_value', 'fixed64'],
    [5, 'array_value', 'ArrayValue'],
    [6, 'kvlist_value', 'KeyValueList'],
    [7, 'bytes_value', 'bytes'],
  ],
  ArrayValue: [[1, 'values', 'AnyValue']],
  KeyValueList: [[1, 'values', 'KeyValue']],
  EntityRef: [
    [1, 'schema_url', 'string', 'schema_url'],
    [2, 'type', 'string', 'attribute'],
    [3, 'id_keys', 'string', 'attribute'],
    [4, 'description_keys', 'string', 'attribute'],
  ],
} as const;

const trace = {
  Event: [
    [1, 'time_unix_nano', 'fixed64'],
    [2, 'name', 'string', 'event_name'],
    [3, 'attributes', 'KeyValue'],
    [4, 'dropped_attributes_count', 'varint'],
  ],
  Link: [
    [1, 'trace_id', 'bytes'],
    [2, 'span_id', 'bytes'],
    [3, 'trace_state', 'string', 'trace_state'],
    [4, 'attributes', 'KeyValue'],
    [5, 'dropped_attributes_count', 'varint'],
    [6, 'flags', 'fixed32'],
  ],
  Status: [
    [2, 'message', 'string', 'status_message'],
    [3, 'code', 'varint'],
  ],
} as const;

const metrics = {
  Data: [
    [1, 'data_points', 'NumberPoint'],
    [2, 'aggregation_temporality', 'varint'],
    [3, 'is_monotonic', 'varint'],
  ],
  HistogramData: [
    [1, 'data_points', 'HistogramPoint'],
    [2, 'aggregation_temporality', 'varint'],
  ],
  ExponentialData: [
    [1, 'data_points', 'ExponentialPoint'],
    [2, 'aggregation_temporality', 'varint'],
  ],
  SummaryData: [[1, 'data_points', 'SummaryPoint']],
  NumberPoint: [
    [2, 'start_time_unix_nano', 'fixed64'],
    [3, 'time_unix_nano', 'fixed64'],
    [4, 'as_double', 'fixed64'],
    [5, 'exemplars', 'Exemplar'],
    [6, 'as_int', 'fixed64'],
    [7, 'attributes', 'KeyValue'],
    [8, 'flags', 'varint'],
  ],
  HistogramPoint: [
    [2, 'start_time_unix_nano', 'fixed64'],
    [3, 'time_unix_nano', 'fixed64'],
    [4, 'count', 'fixed64'],
    [5, 'sum', 'fixed64'],
    [6, 'bucket_counts', 'fixed64s'],
    [7, 'explicit_bounds', 'fixed64s'],
    [8, 'exemplars', 'Exemplar'],
    [9, 'attributes', 'KeyValue'],
    [10, 'flags', 'varint'],
    [11, 'min', 'fixed64'],
    [12, 'max', 'fixed64'],
  ],
  ExponentialPoint: [
    [1, 'attributes', 'KeyValue'],
    [2, 'start_time_unix_nano', 'fixed64'],
    [3, 'time_unix_nano', 'fixed64'],
    [4, 'count', 'fixed64'],
    [5, 'sum', 'fixed64'],
    [6, 'scale', 'varint'],
    [7, 'zero_count', 'fixed64'],
    [8, 'positive', 'Buckets'],
    [9, 'negative', 'Buckets'],
    [10, 'flags', 'varint'],
    [11, 'exemplars', 'Exemplar'],
    [12, 'min', 'fixed64'],
    [13, 'max', 'fixed64'],
    [14, 'zero_threshold', 'fixed64'],
  ],
  Buckets: [
    [1, 'offset', 'varint'],
    [2, 'bucket_counts', 'varints'],
  ],
  SummaryPoint: [
    [2, 'start_time_unix_nano', 'fixed64'],
    [3, 'time_unix_nano', 'fixed64'],
    [4, 'count', 'fixed64'],
    [5, 'sum', 'fixed64'],
    [6, 'quantile_values', 'Quantile'],
    [7, 'attributes', 'KeyValue'],
    [8, 'flags', 'varint'],
  ],
  Quantile: [
    [1, 'quantile', 'fixed64'],
    [2, 'value', 'fixed64'],
  ],
  Exemplar: [
    [2, 'time_unix_nano', 'fixed64'],
    [3, 'as_double', 'fixed64'],
    [4, 'span_id', 'bytes'],
    [5, 'trace_id', 'bytes'],
    [6, 'as_int', 'fixed64'],
    [7, 'filtered_attributes', 'KeyValue'],
  ],
} as const;

const span = [
  [1, 'trace_id', 'bytes'],
  [2, 'span_id', 'bytes'],
  [3, 'trace_state', 'string', 'trace_state'],
  [4, 'parent_span_id', 'bytes'],
  [5, 'name', 'string', 'name'],
  [6, 'kind', 'varint'],
  [7, 'start_time_unix_nano', 'fixed64'],
  [8, 'end_time_unix_nano', 'fixed64'],
  [9, 'attributes', 'KeyValue'],
  [10, 'dropped_attributes_count', 'varint'],
  [11, 'events', 'Event'],
  [12, 'dropped_events_count', 'varint'],
  [13, 'links', 'Link'],
  [14, 'dropped_links_count', 'varint'],
  [15, 'status', 'Status'],
  [16, 'flags', 'fixed32'],
] as const;

const logRecord = [
  [1, 'time_unix_nano', 'fixed64'],
  [2, 'severity_number', 'varint'],
  [3, 'severity_text', 'string', 'severity_text'],
  [5, 'body', 'AnyValue'],
  [6, 'attributes', 'KeyValue'],
  [7, 'dropped_attributes_count', 'varint'],
  [8, 'flags', 'fixed32'],
  [9, 'trace_id', 'bytes'],
  [10, 'span_id', 'bytes'],
  [11, 'observed_time_unix_nano', 'fixed64'],
  [12, 'event_name', 'string', 'event_name'],
] as const;

const metric = [
  [1, 'name', 'string', 'metric'],
  [2, 'description', 'string', 'metric'],
  [3, 'unit', 'string', 'metric'],
  [5, 'gauge', 'Data'],
  [7, 'sum', 'Data'],
  [9, 'histogram', 'HistogramData'],
  [10, 'exponential_histogram', 'ExponentialData'],
  [11, 'summary', 'SummaryData'],
  [12, 'metadata', 'KeyValue'],
] as const;

const items: Readonly<Record<Signal, readonly Field[]>> = {
  traces: span,
  logs: logRecord,
  metrics: metric,
};

/** The field tables of all messages of a signal. */
export function fieldTables(signal: Signal): Readonly<Record<MessageName, readonly Field[]>> {
  return { ...envelope, ...common, ...trace, ...metrics, Item: items[signal] };
}
