import { createWireWriter } from '../../pipeline/otlp/wire-writer.ts';
import type { WireWriter } from '../../pipeline/otlp/wire-writer.ts';
import { toUnitName } from '../prometheus/metric-name.ts';
import type { Exemplar } from '../prometheus/point.ts';
import { linesOf, splitLabels } from './series-lines.ts';
import type { SeriesLine } from './series-lines.ts';
import type { SeriesWrite } from './series-tracker.ts';
import {
  createTextWriter,
  metricTypes,
  writeMessage,
  writeTime,
  writeValue,
} from './write-fields.ts';
import type { TextWriter } from './write-fields.ts';
import type { WritePoint } from './write-point.ts';

/** Room for a common request. */
const capacityBytes = 64 * 1024;

/**
 * Writes a request of remote write 1.0 (prometheus/prompb): WriteRequest 1 timeseries; TimeSeries 1 labels, 2 samples,
 * 3 exemplars; Label 1 name, 2 value; Sample 1 value, 2 timestamp.
 */
export function writeV1(writes: readonly SeriesWrite[]): Uint8Array {
  const writer = createWireWriter(capacityBytes);
  const text = createTextWriter(writer);
  for (const write of writes) {
    const { point, timeMs } = write;
    const parts = new Map<string | undefined, LabelParts>();
    for (const line of linesOf(write)) {
      const extraName = line.label?.[0];
      const split = parts.get(extraName) ?? encodeLabels(point.labels, extraName);
      parts.set(extraName, split);
      writeMessage(writer, 1, () => {
        writeLabels({ writer, text }, point, line, split);
        writeMessage(writer, 2, () => {
          writeValue(writer, 1, line);
          writeTime(writer, 2, timeMs);
        });
        if (line.exemplar !== undefined) writeExemplar({ writer, text }, line.exemplar, timeMs);
      });
    }
  }
  return writer.finish();
}

interface Writers {
  readonly writer: WireWriter;
  readonly text: TextWriter;
}

/** The labels of a point as they are written, before `__name__`, up to what a line adds, and after it. */
type LabelParts = readonly [before: Uint8Array, middle: Uint8Array, after: Uint8Array];

function encodeLabels(labels: readonly string[], extraName: string | undefined): LabelParts {
  const { atName, atExtra } = splitLabels(labels, extraName);
  return [
    encodePairs(labels.slice(0, atName)),
    encodePairs(labels.slice(atName, atExtra)),
    encodePairs(labels.slice(atExtra)),
  ];
}

function encodePairs(pairs: readonly string[]): Uint8Array {
  if (pairs.length === 0) return nothing;
  const writer = createWireWriter();
  const text = createTextWriter(writer);
  for (let i = 0; i < pairs.length; i += 2) {
    writeLabel({ writer, text }, pairs[i] ?? '', pairs[i + 1] ?? '');
  }
  return writer.finish();
}

const nothing = new Uint8Array();

function writeLabels(
  writers: Writers,
  point: WritePoint,
  { suffix, label }: SeriesLine,
  [before, middle, after]: LabelParts,
): void {
  const { writer } = writers;
  writer.raw(before);
  writeLabel(writers, '__name__', point.family + suffix);
  writer.raw(middle);
  if (label !== undefined) writeLabel(writers, label[0], label[1]);
  writer.raw(after);
}

function writeLabel({ writer, text }: Writers, name: string, value: string): void {
  writeMessage(writer, 1, () => {
    text(1, name);
    text(2, value);
  });
}

/** Exemplar: 1 labels, 2 value, 3 timestamp. */
function writeExemplar(
  writers: Writers,
  { labels, value, timeSeconds }: Exemplar,
  timeMs: number,
): void {
  const { writer } = writers;
  writeMessage(writer, 3, () => {
    for (const [name, id] of labels) writeLabel(writers, name, id);
    writeValue(writer, 2, { value, isStale: false });
    writeTime(writer, 3, timeSeconds > 0 ? Math.round(timeSeconds * 1000) : timeMs);
  });
}

/** Writes what is known of families. WriteRequest: 3 metadata; MetricMetadata: 1 type, 2 family name, 4 help, 5 unit. */
export function writeMetadataV1(points: readonly WritePoint[]): Uint8Array {
  const writer = createWireWriter();
  const text = createTextWriter(writer);
  for (const { family, type, help, unit } of points) {
    writeMessage(writer, 3, () => {
      writer.tag(1, 0);
      writer.varint(metricTypes[type]);
      text(2, family);
      text(4, help);
      text(5, toUnitName(unit));
    });
  }
  return writer.finish();
}
