import { AttributeMap } from './attribute-map.ts';
import { MessageFields } from './message-fields.ts';
import type { MessageLayout } from './message-fields.ts';
import type { RowBinaryWriter } from './row-binary.ts';
import type { TableKind } from './tables.ts';
import {
  writeAttributes,
  writeEach,
  writeFixed64,
  writeFixed64List,
  writeId,
  writeVarintList,
} from './write-fields.ts';

/** Field numbers that every kind of data point has, though not the same. */
interface PointNumbers {
  readonly start: number;
  readonly time: number;
  readonly attributes: number;
  readonly flags: number;
}

/** How the data points of one kind become rows. */
export interface PointWriter {
  readonly kind: TableKind;
  /** Field of Metric that holds the data. */
  readonly metricField: number;
  readonly numbers: PointNumbers;
  /** Holds the point that is written. */
  readonly fields: MessageFields;
  /** Writes the columns that come after those of all points; `data` is what the points stand in. */
  write(writer: RowBinaryWriter, data: MessageFields): void;
}

const numberPoint = {
  start: 2,
  time: 3,
  asDouble: 4,
  exemplars: 5,
  asInt: 6,
  attributes: 7,
  flags: 8,
};
const numberLayout: MessageLayout = {
  2: 'fixed64',
  3: 'fixed64',
  4: 'fixed64',
  5: 'repeated',
  6: 'fixed64',
  7: 'repeated',
  8: 'varint',
};

const histogramPoint = { start: 2, time: 3, attributes: 9, flags: 10 };
/** HistogramDataPoint: 4 count, 5 sum, 6 bucket_counts, 7 explicit_bounds, 8 exemplars, 11 min, 12 max. */
const histogramLayout: MessageLayout = {
  2: 'fixed64',
  3: 'fixed64',
  4: 'fixed64',
  5: 'fixed64',
  6: 'fixed64_list',
  7: 'fixed64_list',
  8: 'repeated',
  9: 'repeated',
  10: 'varint',
  11: 'fixed64',
  12: 'fixed64',
};

const exponentialPoint = { attributes: 1, start: 2, time: 3, flags: 10 };
/** ExponentialHistogramDataPoint: 4 count, 5 sum, 6 scale, 7 zero_count, 8 positive, 9 negative, 11 exemplars, 12 min, 13 max. */
const exponentialLayout: MessageLayout = {
  1: 'repeated',
  2: 'fixed64',
  3: 'fixed64',
  4: 'fixed64',
  5: 'fixed64',
  6: 'varint',
  7: 'fixed64',
  8: 'bytes',
  9: 'bytes',
  10: 'varint',
  11: 'repeated',
  12: 'fixed64',
  13: 'fixed64',
};
/** Buckets: 1 offset, 2 bucket_counts. */
const bucketsLayout: MessageLayout = { 1: 'varint', 2: 'varint_list' };

const summaryPoint = { start: 2, time: 3, attributes: 7, flags: 8 };
/** SummaryDataPoint: 4 count, 5 sum, 6 quantile_values. */
const summaryLayout: MessageLayout = {
  2: 'fixed64',
  3: 'fixed64',
  4: 'fixed64',
  5: 'fixed64',
  6: 'repeated',
  7: 'repeated',
  8: 'varint',
};
/** ValueAtQuantile: 1 quantile, 2 value. */
const quantileLayout: MessageLayout = { 1: 'fixed64', 2: 'fixed64' };

/** Exemplar: 2 time_unix_nano, 3 as_double, 4 span_id, 5 trace_id, 6 as_int, 7 filtered_attributes. */
const exemplarLayout: MessageLayout = {
  2: 'fixed64',
  3: 'fixed64',
  4: 'bytes',
  5: 'bytes',
  6: 'fixed64',
  7: 'repeated',
};

/** Creates the writers of all kinds of data points, with the columns in the order of their tables. */
export function createPointWriters(): readonly PointWriter[] {
  const exemplars = createExemplarWriter();
  return [
    gaugeWriter(exemplars),
    sumWriter(exemplars),
    histogramWriter(exemplars),
    exponentialWriter(exemplars),
    summaryWriter(),
  ];
}

type ExemplarWriter = (writer: RowBinaryWriter, point: MessageFields, field: number) => void;

function gaugeWriter(exemplars: ExemplarWriter): PointWriter {
  const fields = new MessageFields(numberLayout);
  const write = (writer: RowBinaryWriter): void => {
    exemplars(writer, fields, numberPoint.exemplars);
    writer.float64(numberOf(fields, numberPoint));
  };
  return { kind: 'gauge', metricField: 5, numbers: numberPoint, fields, write };
}

function sumWriter(exemplars: ExemplarWriter): PointWriter {
  const fields = new MessageFields(numberLayout);
  const write = (writer: RowBinaryWriter, data: MessageFields): void => {
    exemplars(writer, fields, numberPoint.exemplars);
    writer.float64(numberOf(fields, numberPoint));
    writer.int32(data.integer(2));
    writer.uint8(data.integer(3) === 0 ? 0 : 1);
  };
  return { kind: 'sum', metricField: 7, numbers: numberPoint, fields, write };
}

function histogramWriter(exemplars: ExemplarWriter): PointWriter {
  const fields = new MessageFields(histogramLayout);
  const write = (writer: RowBinaryWriter, data: MessageFields): void => {
    exemplars(writer, fields, 8);
    writeFixed64(writer, fields, 4);
    for (const field of [5, 11, 12]) writer.float64(fields.double(field));
    writeFixed64List(writer, fields, 6);
    writeFixed64List(writer, fields, 7);
    writer.int32(data.integer(2));
  };
  return { kind: 'histogram', metricField: 9, numbers: histogramPoint, fields, write };
}

function exponentialWriter(exemplars: ExemplarWriter): PointWriter {
  const fields = new MessageFields(exponentialLayout);
  const buckets = new MessageFields(bucketsLayout);
  const write = (writer: RowBinaryWriter, data: MessageFields): void => {
    exemplars(writer, fields, 11);
    writeFixed64(writer, fields, 4);
    for (const field of [5, 12, 13]) writer.float64(fields.double(field));
    writer.int32(fields.signed(6));
    writeFixed64(writer, fields, 7);
    for (const side of [8, 9]) {
      buckets.readIn(fields, side);
      writer.int32(buckets.signed(1));
      writeVarintList(writer, buckets, 2);
    }
    writer.int32(data.integer(2));
  };
  const numbers = exponentialPoint;
  return { kind: 'exponential_histogram', metricField: 10, numbers, fields, write };
}

function summaryWriter(): PointWriter {
  const fields = new MessageFields(summaryLayout);
  const quantile = new MessageFields(quantileLayout);
  const write = (writer: RowBinaryWriter): void => {
    writeFixed64(writer, fields, 4);
    writer.float64(fields.double(5));
    for (const field of [1, 2]) {
      writeEach(writer, fields.list(6), quantile, {
        bytes: fields.bytes,
        write: () => {
          writer.float64(quantile.double(field));
        },
      });
    }
  };
  return { kind: 'summary', metricField: 11, numbers: summaryPoint, fields, write };
}

/** The five arrays of the nested column Exemplars. */
function createExemplarWriter(): ExemplarWriter {
  const exemplar = new MessageFields(exemplarLayout);
  const attributes = new AttributeMap();
  return (writer, point, field) => {
    const each = (write: () => void): void => {
      writeEach(writer, point.list(field), exemplar, { bytes: point.bytes, write });
    };
    each(() => {
      writeAttributes(writer, exemplar, 7, attributes);
    });
    each(() => {
      writeFixed64(writer, exemplar, 2);
    });
    each(() => {
      writer.float64(numberOf(exemplar, { asDouble: 3, asInt: 6 }));
    });
    each(() => {
      writeId(writer, exemplar, 4);
    });
    each(() => {
      writeId(writer, exemplar, 5);
    });
  };
}

/** The value of a point that is a double or an sfixed64; the tables hold both as Float64. */
function numberOf(
  fields: MessageFields,
  { asDouble, asInt }: { readonly asDouble: number; readonly asInt: number },
): number {
  if (!fields.has(asInt)) return fields.double(asDouble);
  return (fields.high(asInt) | 0) * 4_294_967_296 + fields.low(asInt);
}
