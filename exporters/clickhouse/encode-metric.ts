import { AttributeMap } from './attribute-map.ts';
import type { ItemEncoder } from './encode-span.ts';
import { writePlace } from './envelope.ts';
import type { Envelope } from './envelope.ts';
import { MessageFields } from './message-fields.ts';
import { createPointWriters } from './metric-points.ts';
import type { PointWriter } from './metric-points.ts';
import type { RowBinaryWriter } from './row-binary.ts';
import type { RowSet } from './row-set.ts';
import { writeAttributes, writeFixed64, writeString } from './write-fields.ts';

/** Metric: 1 name, 2 description, 3 unit, then the oneof of its data. */
const metricLayout = {
  1: 'bytes',
  2: 'bytes',
  3: 'bytes',
  5: 'bytes',
  7: 'bytes',
  9: 'bytes',
  10: 'bytes',
  11: 'bytes',
} as const;

/** Gauge, Sum, Histogram, …: 1 data_points, 2 aggregation_temporality, 3 is_monotonic. */
const dataLayout = { 1: 'repeated', 2: 'varint', 3: 'varint' } as const;

/** Creates the encoder of metrics: one row a data point, in the table of its kind and the order of that layout. */
export function createMetricEncoder(envelope: Envelope, rows: RowSet): ItemEncoder {
  const metric = new MessageFields(metricLayout);
  const data = new MessageFields(dataLayout);
  const attributes = new AttributeMap();
  const pointWriters = createPointWriters();
  const writeRow = (point: PointWriter): void => {
    const { fields, numbers } = point;
    const writer = rows.row(point.kind, fields.low(numbers.time), fields.high(numbers.time));
    writeEnvelope(writer, envelope);
    for (const field of [1, 2, 3]) writeString(writer, metric, field);
    writeAttributes(writer, fields, numbers.attributes, attributes);
    writeFixed64(writer, fields, numbers.start);
    writeFixed64(writer, fields, numbers.time);
    writer.uint32(fields.integer(numbers.flags) >>> 0);
    point.write(writer, data);
  };
  return (start, stop) => {
    metric.read(envelope.bytes, start, stop);
    for (const point of pointWriters) {
      if (!metric.has(point.metricField)) continue;
      data.readIn(metric, point.metricField);
      const list = data.list(1);
      for (let i = 0; i < list.length; i += 2) {
        point.fields.read(envelope.bytes, list[i] ?? 0, list[i + 1] ?? 0);
        writeRow(point);
      }
    }
  };
}

function writeEnvelope(writer: RowBinaryWriter, envelope: Envelope): void {
  writer.append(envelope.resource);
  writePlace(writer, envelope, envelope.resourceSchemaUrl);
  writePlace(writer, envelope, envelope.scopeName);
  writePlace(writer, envelope, envelope.scopeVersion);
  writer.append(envelope.scope);
  writer.uint32(envelope.scopeDroppedAttributes >>> 0);
  writePlace(writer, envelope, envelope.scopeSchemaUrl);
  writePlace(writer, envelope, envelope.serviceName);
}
