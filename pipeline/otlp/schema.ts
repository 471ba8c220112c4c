import type { Signal } from '../component/signal.ts';

/** How a scalar is written in protobuf and JSON. `trace_id` and `span_id` are bytes that OTLP/JSON writes in hex. */
export type ScalarKind =
  | 'string'
  | 'bytes'
  | 'trace_id'
  | 'span_id'
  | 'bool'
  | 'double'
  | 'int64'
  | 'uint64'
  | 'fixed64'
  | 'sfixed64'
  | 'int32'
  | 'sint32'
  | 'uint32'
  | 'fixed32'
  | 'enum';

/** A field of an OTLP message. */
export interface Field {
  /** lowerCamelCase, as OTLP/JSON writes it. */
  readonly name: string;
  readonly number: number;
  readonly kind: ScalarKind | 'message';
  readonly repeated: boolean;
  /** Written even where it has its default value: members of a oneof and `optional` fields. */
  readonly explicit: boolean;
  /** Whether it is a member of its message's oneof: of those only the last counts. No OTLP message has two. */
  readonly oneof: boolean;
  /** Of kind `message`. */
  readonly message: Message | undefined;
  /** Numbers by name, of kind `enum`. */
  readonly values: ReadonlyMap<string, number> | undefined;
}

/** An OTLP message. */
export interface Message {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
  /** By lowerCamelCase and by snake_case name. */
  readonly byName: ReadonlyMap<string, Field>;
}

const enums: Readonly<Record<string, readonly string[]>> = {
  SpanKind: ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
    (name) => `SPAN_KIND_${name}`,
  ),
  StatusCode: ['UNSET', 'OK', 'ERROR'].map((name) => `STATUS_CODE_${name}`),
  SeverityNumber: [
    'SEVERITY_NUMBER_UNSPECIFIED',
    ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name) =>
      ['', '2', '3', '4'].map((step) => `SEVERITY_NUMBER_${name}${step}`),
    ),
  ],
  AggregationTemporality: ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'].map(
    (name) => `AGGREGATION_TEMPORALITY_${name}`,
  ),
};

/**
 * One line a message: `name number type`, where the type is a scalar, an enum or a message, `[]` marks repeated, `?` a
 * field with explicit presence, `|` a member of the message's oneof. From opentelemetry-proto 1.10
 * (common/v1, resource/v1, trace/v1, logs/v1, metrics/v1, collector/…/v1).
 */
const messages: Readonly<Record<string, string>> = {
  TracesRequest: 'resourceSpans 1 ResourceSpans[]',
  LogsRequest: 'resourceLogs 1 ResourceLogs[]',
  MetricsRequest: 'resourceMetrics 1 ResourceMetrics[]',

  AnyValue: `stringValue 1 string|, boolValue 2 bool|, intValue 3 int64|, doubleValue 4 double|,
    arrayValue 5 ArrayValue|, kvlistValue 6 KeyValueList|, bytesValue 7 bytes|, stringValueStrindex 8 int32|`,
  ArrayValue: 'values 1 AnyValue[]',
  KeyValueList: 'values 1 KeyValue[]',
  KeyValue: 'key 1 string, value 2 AnyValue, keyStrindex 3 int32',
  InstrumentationScope:
    'name 1 string, version 2 string, attributes 3 KeyValue[], droppedAttributesCount 4 uint32',
  EntityRef: 'schemaUrl 1 string, type 2 string, idKeys 3 string[], descriptionKeys 4 string[]',
  Resource: 'attributes 1 KeyValue[], droppedAttributesCount 2 uint32, entityRefs 3 EntityRef[]',

  ResourceSpans: 'resource 1 Resource, scopeSpans 2 ScopeSpans[], schemaUrl 3 string',
  ScopeSpans: 'scope 1 InstrumentationScope, spans 2 Span[], schemaUrl 3 string',
  Span: `traceId 1 trace_id, spanId 2 span_id, traceState 3 string, parentSpanId 4 span_id, name 5 string,
    kind 6 SpanKind, startTimeUnixNano 7 fixed64, endTimeUnixNano 8 fixed64, attributes 9 KeyValue[],
    droppedAttributesCount 10 uint32, events 11 Event[], droppedEventsCount 12 uint32, links 13 Link[],
    droppedLinksCount 14 uint32, status 15 Status, flags 16 fixed32`,
  Event:
    'timeUnixNano 1 fixed64, name 2 string, attributes 3 KeyValue[], droppedAttributesCount 4 uint32',
  Link: `traceId 1 trace_id, spanId 2 span_id, traceState 3 string, attributes 4 KeyValue[],
    droppedAttributesCount 5 uint32, flags 6 fixed32`,
  Status: 'message 2 string, code 3 StatusCode',

  ResourceLogs: 'resource 1 Resource, scopeLogs 2 ScopeLogs[], schemaUrl 3 string',
  ScopeLogs: 'scope 1 InstrumentationScope, logRecords 2 LogRecord[], schemaUrl 3 string',
  LogRecord: `timeUnixNano 1 fixed64, severityNumber 2 SeverityNumber, severityText 3 string, body 5 AnyValue,
    attributes 6 KeyValue[], droppedAttributesCount 7 uint32, flags 8 fixed32, traceId 9 trace_id,
    spanId 10 span_id, observedTimeUnixNano 11 fixed64, eventName 12 string`,

  ResourceMetrics: 'resource 1 Resource, scopeMetrics 2 ScopeMetrics[], schemaUrl 3 string',
  ScopeMetrics: 'scope 1 InstrumentationScope, metrics 2 Metric[], schemaUrl 3 string',
  Metric: `name 1 string, description 2 string, unit 3 string, gauge 5 Gauge|, sum 7 Sum|, histogram 9 Histogram|,
    exponentialHistogram 10 ExponentialHistogram|, summary 11 Summary|, metadata 12 KeyValue[]`,
  Gauge: 'dataPoints 1 NumberDataPoint[]',
  Sum: `dataPoints 1 NumberDataPoint[], aggregationTemporality 2 AggregationTemporality, isMonotonic 3 bool`,
  Histogram: 'dataPoints 1 HistogramDataPoint[], aggregationTemporality 2 AggregationTemporality',
  ExponentialHistogram: `dataPoints 1 ExponentialHistogramDataPoint[],
    aggregationTemporality 2 AggregationTemporality`,
  Summary: 'dataPoints 1 SummaryDataPoint[]',
  NumberDataPoint: `startTimeUnixNano 2 fixed64, timeUnixNano 3 fixed64, asDouble 4 double|, exemplars 5 Exemplar[],
    asInt 6 sfixed64|, attributes 7 KeyValue[], flags 8 uint32`,
  HistogramDataPoint: `startTimeUnixNano 2 fixed64, timeUnixNano 3 fixed64, count 4 fixed64, sum 5 double?,
    bucketCounts 6 fixed64[], explicitBounds 7 double[], exemplars 8 Exemplar[], attributes 9 KeyValue[],
    flags 10 uint32, min 11 double?, max 12 double?`,
  ExponentialHistogramDataPoint: `attributes 1 KeyValue[], startTimeUnixNano 2 fixed64, timeUnixNano 3 fixed64,
    count 4 fixed64, sum 5 double?, scale 6 sint32, zeroCount 7 fixed64, positive 8 Buckets, negative 9 Buckets,
    flags 10 uint32, exemplars 11 Exemplar[], min 12 double?, max 13 double?, zeroThreshold 14 double`,
  Buckets: 'offset 1 sint32, bucketCounts 2 uint64[]',
  SummaryDataPoint: `startTimeUnixNano 2 fixed64, timeUnixNano 3 fixed64, count 4 fixed64, sum 5 double,
    quantileValues 6 ValueAtQuantile[], attributes 7 KeyValue[], flags 8 uint32`,
  ValueAtQuantile: 'quantile 1 double, value 2 double',
  Exemplar: `timeUnixNano 2 fixed64, asDouble 3 double|, spanId 4 span_id, traceId 5 trace_id, asInt 6 sfixed64|,
    filteredAttributes 7 KeyValue[]`,
};

const scalarKinds: ReadonlySet<string> = new Set<ScalarKind>([
  'string',
  'bytes',
  'trace_id',
  'span_id',
  'bool',
  'double',
  'int64',
  'uint64',
  'fixed64',
  'sfixed64',
  'int32',
  'sint32',
  'uint32',
  'fixed32',
]);

function isScalarKind(type: string): type is ScalarKind {
  return scalarKinds.has(type);
}

interface MessageUnderConstruction extends Message {
  readonly fields: Field[];
  readonly byNumber: Map<number, Field>;
  readonly byName: Map<string, Field>;
}

/** Messages by name. They refer to each other, AnyValue to itself, so all exist before any has its fields. */
const built: ReadonlyMap<string, Message> = buildMessages();

function buildMessages(): ReadonlyMap<string, Message> {
  const byName = new Map<string, MessageUnderConstruction>();
  for (const name of Object.keys(messages)) {
    byName.set(name, { name, fields: [], byNumber: new Map(), byName: new Map() });
  }
  for (const [name, message] of byName) {
    for (const line of (messages[name] ?? '').split(',')) {
      const field = parseField(line.trim(), byName);
      message.fields.push(field);
      message.byNumber.set(field.number, field);
      message.byName.set(field.name, field);
      message.byName.set(toSnakeCase(field.name), field);
    }
  }
  return byName;
}

function parseField(line: string, byName: ReadonlyMap<string, Message>): Field {
  const match = /^(\w+) (\d+) (\w+)(\[\]|\?|\||)$/.exec(line);
  if (match === null) throw new Error(`not a field of the OTLP schema: ${line}`);
  const [, name = '', number = '', type = '', mark = ''] = match;
  const values = enums[type];
  const message = byName.get(type);
  return {
    name,
    number: Number(number),
    kind: toKind(type, message),
    repeated: mark === '[]',
    explicit: mark === '?' || mark === '|',
    oneof: mark === '|',
    message,
    values: values && new Map(values.map((value, index) => [value, index])),
  };
}

function toKind(type: string, message: Message | undefined): Field['kind'] {
  if (message !== undefined) return 'message';
  if (isScalarKind(type)) return type;
  if (type in enums) return 'enum';
  throw new Error(`not a type of the OTLP schema: ${type}`);
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const requestNames: Readonly<Record<Signal, string>> = {
  traces: 'TracesRequest',
  logs: 'LogsRequest',
  metrics: 'MetricsRequest',
};

/** The `Export…ServiceRequest` of a signal. */
export function requestMessage(signal: Signal): Message {
  const message = built.get(requestNames[signal]);
  if (message === undefined) throw new Error(`the OTLP schema has no request for ${signal}`);
  return message;
}
