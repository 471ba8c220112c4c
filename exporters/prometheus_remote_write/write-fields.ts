import { wireType } from '../../pipeline/otlp/wire-writer.ts';
import type { WireWriter } from '../../pipeline/otlp/wire-writer.ts';
import type { FamilyType } from '../prometheus/point.ts';

/** MetricMetadata.MetricType of 1.0, and Metadata.MetricType of 2.0. */
export const metricTypes: Readonly<Record<FamilyType, number>> = {
  counter: 1,
  gauge: 2,
  histogram: 3,
  summary: 5,
};

/**
 * The NaN that says that a series has ended: 0x7ff0000000000002. A JavaScript number would not keep its payload, so that it is
 * written as two halves.
 */
const staleHigh = 0x7ff0_0000;
const staleLow = 2;

/** Writes a value, or the marker of an ended series. */
export function writeValue(
  writer: WireWriter,
  field: number,
  { value, isStale }: { readonly value: number; readonly isStale: boolean },
): void {
  writer.tag(field, wireType.fixed64);
  if (isStale) writer.fixed64(staleHigh, staleLow);
  else writer.double(value);
}

/** Writes milliseconds since the epoch. */
export function writeTime(writer: WireWriter, field: number, timeMs: number): void {
  writer.tag(field, wireType.varint);
  writer.varint(timeMs);
}

/** Writes a message. */
export function writeMessage(writer: WireWriter, field: number, write: () => void): void {
  writer.tag(field, wireType.delimited);
  const mark = writer.open();
  write();
  writer.close(mark);
}

/** Writes a text; equal ones are turned into bytes once. */
export type TextWriter = (field: number, text: string) => void;

/** Names and bounds come again with every series. */
export function createTextWriter(writer: WireWriter): TextWriter {
  const known = new Map<string, Uint8Array>();
  return (field, text) => {
    const bytes = known.get(text) ?? Buffer.from(text);
    known.set(text, bytes);
    writer.tag(field, wireType.delimited);
    writer.delimited(bytes);
  };
}
