import { AnyValueCursor } from './any-value.ts';
import { AttributeMap } from './attribute-map.ts';
import { writePlace } from './envelope.ts';
import type { Envelope } from './envelope.ts';
import { MessageFields } from './message-fields.ts';
import type { RowBinaryWriter } from './row-binary.ts';
import type { RowSet } from './row-set.ts';
import { TypedValues } from './typed-values.ts';
import { writeAttributes, writeEach, writeFixed64, writeId, writeString } from './write-fields.ts';

/** Field numbers of opentelemetry.proto.trace.v1.Span that are stored. */
const span = {
  traceId: 1,
  spanId: 2,
  traceState: 3,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  start: 7,
  end: 8,
  attributes: 9,
  events: 11,
  links: 13,
  status: 15,
} as const;
const spanLayout = {
  [span.traceId]: 'bytes',
  [span.spanId]: 'bytes',
  [span.traceState]: 'bytes',
  [span.parentSpanId]: 'bytes',
  [span.name]: 'bytes',
  [span.kind]: 'varint',
  [span.start]: 'fixed64',
  [span.end]: 'fixed64',
  [span.attributes]: 'repeated',
  [span.events]: 'repeated',
  [span.links]: 'repeated',
  [span.status]: 'bytes',
} as const;

/** Status: 2 message, 3 code. */
const statusLayout = { 2: 'bytes', 3: 'varint' } as const;
/** Event: 1 time_unix_nano, 2 name, 3 attributes. */
const eventLayout = { 1: 'fixed64', 2: 'bytes', 3: 'repeated' } as const;
/** Link: 1 trace_id, 2 span_id, 3 trace_state, 4 attributes. */
const linkLayout = { 1: 'bytes', 2: 'bytes', 3: 'bytes', 4: 'repeated' } as const;

/** As the Collector prints them. */
const kinds = toBytes(['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer']);
const statusCodes = toBytes(['Unset', 'Ok', 'Error']);

/** Writes the span message from `start` to `stop` as one row. */
export type ItemEncoder = (start: number, stop: number) => void;

/** Creates the encoder of spans to rows of the traces table, in the order of its layout. */
export function createSpanEncoder(envelope: Envelope, rows: RowSet): ItemEncoder {
  const fields = new MessageFields(spanLayout);
  const status = new MessageFields(statusLayout);
  const attributes = new AttributeMap();
  const typed = new TypedValues();
  const value = new AnyValueCursor();
  const writeEvents = createEventWriter();
  const writeLinks = createLinkWriter();
  return (start, stop) => {
    fields.read(envelope.bytes, start, stop);
    splitAttributes(fields, attributes, typed);
    const writer = rows.row('traces', fields.low(span.start), fields.high(span.start));
    writeFixed64(writer, fields, span.start);
    writeId(writer, fields, span.traceId);
    writeId(writer, fields, span.spanId);
    writeId(writer, fields, span.parentSpanId);
    writeString(writer, fields, span.traceState);
    writeString(writer, fields, span.name);
    writeName(writer, kinds, fields.integer(span.kind));
    writePlace(writer, envelope, envelope.serviceName);
    writer.append(envelope.resource);
    writePlace(writer, envelope, envelope.scopeName);
    writePlace(writer, envelope, envelope.scopeVersion);
    attributes.write(writer);
    writeDuration(writer, fields);
    status.readIn(fields, span.status);
    writeName(writer, statusCodes, status.integer(3));
    writeString(writer, status, 2);
    writeEvents(writer, fields);
    writeLinks(writer, fields);
    typed.write(writer, value);
  };
}

function toBytes(names: readonly string[]): readonly Uint8Array[] {
  return names.map((name) => Buffer.from(name));
}

/** Writes the name of an enum's number; of one that is not known the name of 0. */
function writeName(writer: RowBinaryWriter, names: readonly Uint8Array[], number: number): void {
  const name = names[number] ?? names[0];
  if (name !== undefined) writer.bytes(name, 0, name.length);
}

/** Gathers the span's attributes; those with a column of their own leave the map. */
function splitAttributes(
  fields: MessageFields,
  attributes: AttributeMap,
  typed: TypedValues,
): void {
  attributes.clear(fields.bytes);
  typed.clear(fields.bytes);
  const list = fields.list(span.attributes);
  for (let i = 0; i < list.length; i += 2) {
    typed.take(attributes, attributes.add(list[i] ?? 0, list[i + 1] ?? 0));
  }
}

/** End minus start in nanoseconds, 0 where the clock went back. */
function writeDuration(writer: RowBinaryWriter, fields: MessageFields): void {
  const [startLow, startHigh] = [fields.low(span.start), fields.high(span.start)];
  const [endLow, endHigh] = [fields.low(span.end), fields.high(span.end)];
  const borrow = endLow < startLow ? 1 : 0;
  const high = endHigh - startHigh - borrow;
  if (high < 0) writer.uint64(0, 0);
  else writer.uint64((endLow - startLow) >>> 0, high);
}

type PartWriter = (writer: RowBinaryWriter, span: MessageFields) => void;

function createEventWriter(): PartWriter {
  const event = new MessageFields(eventLayout);
  const attributes = new AttributeMap();
  return (writer, fields) => {
    const each = (write: () => void): void => {
      writeEach(writer, fields.list(span.events), event, { bytes: fields.bytes, write });
    };
    each(() => {
      writeFixed64(writer, event, 1);
    });
    each(() => {
      writeString(writer, event, 2);
    });
    each(() => {
      writeAttributes(writer, event, 3, attributes);
    });
  };
}

function createLinkWriter(): PartWriter {
  const link = new MessageFields(linkLayout);
  const attributes = new AttributeMap();
  return (writer, fields) => {
    const each = (write: () => void): void => {
      writeEach(writer, fields.list(span.links), link, { bytes: fields.bytes, write });
    };
    each(() => {
      writeId(writer, link, 1);
    });
    each(() => {
      writeId(writer, link, 2);
    });
    each(() => {
      writeString(writer, link, 3);
    });
    each(() => {
      writeAttributes(writer, link, 4, attributes);
    });
  };
}
