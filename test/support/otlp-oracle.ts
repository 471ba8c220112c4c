import protobuf from 'protobufjs';

import type { Signal } from '../../pipeline/component/signal.ts';

/**
 * The OTLP messages as protobufjs sees them, against which the wire reader is tested. Written from the field numbers of
 * opentelemetry-proto 1.x (collector, resource, common, trace, logs, metrics) and google/rpc/status.proto. Strings are not
 * checked for UTF-8, as the Collector does not check them either.
 */
const otlpProto = `
edition = "2023";
package otlp;
option features.field_presence = IMPLICIT;
option features.utf8_validation = NONE;

message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ExportLogsServiceRequest { repeated ResourceLogs resource_logs = 1; }
message ExportMetricsServiceRequest { repeated ResourceMetrics resource_metrics = 1; }
message ExportTraceServiceResponse { TracePartialSuccess partial_success = 1; }
message ExportLogsServiceResponse { LogsPartialSuccess partial_success = 1; }
message ExportMetricsServiceResponse { MetricsPartialSuccess partial_success = 1; }
message TracePartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
message LogsPartialSuccess { int64 rejected_log_records = 1; string error_message = 2; }
message MetricsPartialSuccess { int64 rejected_data_points = 1; string error_message = 2; }

message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
message Any { string type_url = 1; bytes value = 2; }
message RetryInfo { Duration retry_delay = 1; }
message Duration { int64 seconds = 1; int32 nanos = 2; }

message Resource {
  repeated KeyValue attributes = 1;
  uint32 dropped_attributes_count = 2;
  repeated EntityRef entity_refs = 3;
}
message EntityRef {
  string schema_url = 1;
  string type = 2;
  repeated string id_keys = 3;
  repeated string description_keys = 4;
}
message InstrumentationScope {
  string name = 1;
  string version = 2;
  repeated KeyValue attributes = 3;
  uint32 dropped_attributes_count = 4;
}
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue {
  oneof value {
    string string_value = 1;
    bool bool_value = 2;
    int64 int_value = 3;
    double double_value = 4;
    ArrayValue array_value = 5;
    KeyValueList kvlist_value = 6;
    bytes bytes_value = 7;
  }
}
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }

message ResourceSpans {
  Resource resource = 1;
  repeated ScopeSpans scope_spans = 2;
  string schema_url = 3;
}
message ScopeSpans {
  InstrumentationScope scope = 1;
  repeated Span spans = 2;
  string schema_url = 3;
}
message Span {
  bytes trace_id = 1;
  bytes span_id = 2;
  string trace_state = 3;
  bytes parent_span_id = 4;
  fixed32 flags = 16;
  string name = 5;
  int32 kind = 6;
  fixed64 start_time_unix_nano = 7;
  fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9;
  uint32 dropped_attributes_count = 10;
  repeated Event events = 11;
  uint32 dropped_events_count = 12;
  repeated Link links = 13;
  uint32 dropped_links_count = 14;
  SpanStatus status = 15;
}
message Event {
  fixed64 time_unix_nano = 1;
  string name = 2;
  repeated KeyValue attributes = 3;
  uint32 dropped_attributes_count = 4;
}
message Link {
  bytes trace_id = 1;
  bytes span_id = 2;
  string trace_state = 3;
  repeated KeyValue attributes = 4;
  uint32 dropped_attributes_count = 5;
  fixed32 flags = 6;
}
message SpanStatus { string message = 2; int32 code = 3; }

message ResourceLogs {
  Resource resource = 1;
  repeated ScopeLogs scope_logs = 2;
  string schema_url = 3;
}
message ScopeLogs {
  InstrumentationScope scope = 1;
  repeated LogRecord log_records = 2;
  string schema_url = 3;
}
message LogRecord {
  fixed64 time_unix_nano = 1;
  fixed64 observed_time_unix_nano = 11;
  int32 severity_number = 2;
  string severity_text = 3;
  AnyValue body = 5;
  repeated KeyValue attributes = 6;
  uint32 dropped_attributes_count = 7;
  fixed32 flags = 8;
  bytes trace_id = 9;
  bytes span_id = 10;
  string event_name = 12;
}

message ResourceMetrics {
  Resource resource = 1;
  repeated ScopeMetrics scope_metrics = 2;
  string schema_url = 3;
}
message ScopeMetrics {
  InstrumentationScope scope = 1;
  repeated Metric metrics = 2;
  string schema_url = 3;
}
message Metric {
  string name = 1;
  string description = 2;
  string unit = 3;
  oneof data {
    Gauge gauge = 5;
    Sum sum = 7;
    Histogram histogram = 9;
    ExponentialHistogram exponential_histogram = 10;
    Summary summary = 11;
  }
  repeated KeyValue metadata = 12;
}
message Gauge { repeated NumberDataPoint data_points = 1; }
message Sum {
  repeated NumberDataPoint data_points = 1;
  int32 aggregation_temporality = 2;
  bool is_monotonic = 3;
}
message Histogram {
  repeated HistogramDataPoint data_points = 1;
  int32 aggregation_temporality = 2;
}
message ExponentialHistogram {
  repeated ExponentialHistogramDataPoint data_points = 1;
  int32 aggregation_temporality = 2;
}
message Summary { repeated SummaryDataPoint data_points = 1; }
message NumberDataPoint {
  repeated KeyValue attributes = 7;
  fixed64 start_time_unix_nano = 2;
  fixed64 time_unix_nano = 3;
  oneof value {
    double as_double = 4;
    sfixed64 as_int = 6;
  }
  repeated Exemplar exemplars = 5;
  uint32 flags = 8;
}
message HistogramDataPoint {
  repeated KeyValue attributes = 9;
  fixed64 start_time_unix_nano = 2;
  fixed64 time_unix_nano = 3;
  fixed64 count = 4;
  double sum = 5 [features.field_presence = EXPLICIT];
  repeated fixed64 bucket_counts = 6;
  repeated double explicit_bounds = 7;
  repeated Exemplar exemplars = 8;
  uint32 flags = 10;
  double min = 11 [features.field_presence = EXPLICIT];
  double max = 12 [features.field_presence = EXPLICIT];
}
message ExponentialHistogramDataPoint {
  repeated KeyValue attributes = 1;
  fixed64 start_time_unix_nano = 2;
  fixed64 time_unix_nano = 3;
  fixed64 count = 4;
  double sum = 5 [features.field_presence = EXPLICIT];
  sint32 scale = 6;
  fixed64 zero_count = 7;
  Buckets positive = 8;
  Buckets negative = 9;
  uint32 flags = 10;
  repeated Exemplar exemplars = 11;
  double min = 12 [features.field_presence = EXPLICIT];
  double max = 13 [features.field_presence = EXPLICIT];
  double zero_threshold = 14;
}
message Buckets { sint32 offset = 1; repeated uint64 bucket_counts = 2; }
message SummaryDataPoint {
  repeated KeyValue attributes = 7;
  fixed64 start_time_unix_nano = 2;
  fixed64 time_unix_nano = 3;
  fixed64 count = 4;
  double sum = 5;
  repeated ValueAtQuantile quantile_values = 6;
  uint32 flags = 8;
}
message ValueAtQuantile { double quantile = 1; double value = 2; }
message Exemplar {
  repeated KeyValue filtered_attributes = 7;
  fixed64 time_unix_nano = 2;
  oneof value {
    double as_double = 3;
    sfixed64 as_int = 6;
  }
  bytes span_id = 4;
  bytes trace_id = 5;
}
`;

const root = protobuf.parse(otlpProto, { keepCase: false }).root.resolveAll();

/** Request messages by signal; other messages by their name in the proto text above. */
export const requestTypes: Readonly<Record<Signal, string>> = {
  traces: 'ExportTraceServiceRequest',
  logs: 'ExportLogsServiceRequest',
  metrics: 'ExportMetricsServiceRequest',
};

/** Response messages by signal. */
const responseTypes: Readonly<Record<Signal, string>> = {
  traces: 'ExportTraceServiceResponse',
  logs: 'ExportLogsServiceResponse',
  metrics: 'ExportMetricsServiceResponse',
};

/** A message as plain data: lowerCamelCase names, 64-bit integers as decimal strings, absent fields left out. */
export type Plain = Record<string, unknown>;

/** The protobufjs type of that name, such as `Span`. */
export function otlpType(name: string): protobuf.Type {
  return root.lookupType(`otlp.${name}`);
}

/** Encodes plain data (64-bit integers as strings or numbers, bytes as Uint8Array or base64) as a message. */
export function encodeMessage(name: string, message: Plain): Uint8Array {
  const type = otlpType(name);
  return new Uint8Array(type.encode(type.fromObject(message)).finish());
}

/** Decodes a message to plain data; repeated fields are always there. @throws Error where protobufjs refuses the bytes. */
export function decodeMessage(name: string, bytes: Uint8Array): Plain {
  const type = otlpType(name);
  // A Buffer, so that broken UTF-8 is decoded by Node, as in the wire reader.
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return type.toObject(type.decode(buffer), { longs: String, bytes: Buffer, arrays: true });
}

/** Encodes an export request. */
export function encodeRequest(signal: Signal, request: Plain): Uint8Array {
  return encodeMessage(requestTypes[signal], request);
}

/** Decodes an export request. @throws Error where protobufjs refuses the bytes. */
export function decodeRequest(signal: Signal, bytes: Uint8Array): Plain {
  return decodeMessage(requestTypes[signal], bytes);
}

/** Decodes an export response. @throws Error where protobufjs refuses the bytes. */
export function decodeResponse(signal: Signal, bytes: Uint8Array): Plain {
  return decodeMessage(responseTypes[signal], bytes);
}

/** Encodes an export response. */
export function encodeResponse(signal: Signal, response: Plain): Uint8Array {
  return encodeMessage(responseTypes[signal], response);
}
