import { AnyValueCursor } from './any-value.ts';
import { AttributeMap, writeText } from './attribute-map.ts';
import type { ItemEncoder } from './encode-span.ts';
import { writePlace } from './envelope.ts';
import type { Envelope } from './envelope.ts';
import { MessageFields } from './message-fields.ts';
import type { RowSet } from './row-set.ts';
import { writeAttributes, writeFixed64, writeId, writeString } from './write-fields.ts';

/** Field numbers of opentelemetry.proto.logs.v1.LogRecord that are stored. */
const log = {
  time: 1,
  severityNumber: 2,
  severityText: 3,
  body: 5,
  attributes: 6,
  flags: 8,
  traceId: 9,
  spanId: 10,
  observedTime: 11,
  eventName: 12,
} as const;
const logLayout = {
  [log.time]: 'fixed64',
  [log.severityNumber]: 'varint',
  [log.severityText]: 'bytes',
  [log.body]: 'bytes',
  [log.attributes]: 'repeated',
  [log.flags]: 'fixed32',
  [log.traceId]: 'bytes',
  [log.spanId]: 'bytes',
  [log.observedTime]: 'fixed64',
  [log.eventName]: 'bytes',
} as const;

/** Creates the encoder of log records to rows of the logs table, in the order of its layout. */
export function createLogEncoder(envelope: Envelope, rows: RowSet): ItemEncoder {
  const fields = new MessageFields(logLayout);
  const attributes = new AttributeMap();
  const body = new AnyValueCursor();
  return (start, stop) => {
    fields.read(envelope.bytes, start, stop);
    const hasTime = fields.low(log.time) !== 0 || fields.high(log.time) !== 0;
    const time = hasTime ? log.time : log.observedTime;
    const writer = rows.row('logs', fields.low(time), fields.high(time));
    writeFixed64(writer, fields, time);
    writeId(writer, fields, log.traceId);
    writeId(writer, fields, log.spanId);
    writer.uint8(fields.low(log.flags) & 0xff);
    writeString(writer, fields, log.severityText);
    writer.uint8(fields.integer(log.severityNumber) & 0xff);
    writePlace(writer, envelope, envelope.serviceName);
    writeText(writer, body.enter(fields.bytes, fields.start(log.body), fields.stop(log.body)));
    writePlace(writer, envelope, envelope.resourceSchemaUrl);
    writer.append(envelope.resource);
    writePlace(writer, envelope, envelope.scopeSchemaUrl);
    writePlace(writer, envelope, envelope.scopeName);
    writePlace(writer, envelope, envelope.scopeVersion);
    writer.append(envelope.scope);
    writeAttributes(writer, fields, log.attributes, attributes);
    writeString(writer, fields, log.eventName);
  };
}
