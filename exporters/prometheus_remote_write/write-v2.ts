import { createWireWriter, wireType } from '../../pipeline/otlp/wire-writer.ts';
import type { WireWriter } from '../../pipeline/otlp/wire-writer.ts';
import { toUnitName } from '../prometheus/metric-name.ts';
import type { Exemplar } from '../prometheus/point.ts';
import { linesOf, splitLabels } from './series-lines.ts';
import type { SeriesLine } from './series-lines.ts';
import type { SeriesWrite } from './series-tracker.ts';
import { metricTypes, writeMessage, writeTime, writeValue } from './write-fields.ts';
import type { WritePoint } from './write-point.ts';

/** A request before compression. */
interface WriteRequestV2 {
  readonly body: Uint8Array;
  /** What the server must say that it wrote. */
  readonly samples: number;
}

/** Room for a common request. */
const capacityBytes = 64 * 1024;

/** The texts of a request, each once; the first is empty, as the specification wants it. */
interface Symbols {
  of(text: string): number;
  readonly texts: Iterable<string>;
}

function createSymbols(): Symbols {
  const references = new Map<string, number>([['', 0]]);
  return {
    of: (text) => {
      const known = references.get(text);
      if (known !== undefined) return known;
      references.set(text, references.size);
      return references.size - 1;
    },
    get texts() {
      return references.keys();
    },
  };
}

/**
 * Writes a request of remote write 2.0 (io.prometheus.write.v2): Request 4 symbols, 5 timeseries; TimeSeries 1 labels_refs,
 * 2 samples, 4 exemplars, 5 metadata; Sample 1 value, 2 timestamp, 3 start_timestamp.
 */
export function writeV2(writes: readonly SeriesWrite[]): WriteRequestV2 {
  const writer = createWireWriter(capacityBytes);
  const symbols = createSymbols();
  let samples = 0;
  for (const write of writes) {
    const { point, timeMs } = write;
    const references = point.labels.map((text) => symbols.of(text));
    const metadata = toMetadata(point, symbols);
    for (const line of linesOf(write)) {
      samples += 1;
      writeMessage(writer, 5, () => {
        writeLabels(writer, { point, line, references }, symbols);
        writeSample(writer, line, write);
        if (line.exemplar !== undefined) writeExemplar(writer, line.exemplar, symbols, timeMs);
        writer.tag(5, wireType.delimited);
        writer.delimited(metadata);
      });
    }
  }
  for (const text of symbols.texts) {
    writer.tag(4, wireType.delimited);
    writer.delimited(Buffer.from(text));
  }
  return { body: writer.finish(), samples };
}

function writeLabels(
  writer: WireWriter,
  one: {
    readonly point: WritePoint;
    readonly line: SeriesLine;
    readonly references: readonly number[];
  },
  symbols: Symbols,
): void {
  const { point, line, references } = one;
  const { suffix, label } = line;
  const { atName, atExtra } = splitLabels(point.labels, label?.[0]);
  const write = (from: number, to: number): void => {
    for (let i = from; i < to; i += 1) writer.varint(references[i] ?? 0);
  };
  writeMessage(writer, 1, () => {
    write(0, atName);
    writer.varint(symbols.of('__name__'));
    writer.varint(symbols.of(point.family + suffix));
    write(atName, atExtra);
    for (const text of label ?? []) writer.varint(symbols.of(text));
    write(atExtra, references.length);
  });
}

function writeSample(
  writer: WireWriter,
  line: SeriesLine,
  { point, timeMs, startMs }: SeriesWrite,
): void {
  const hasStart = point.type !== 'gauge' && startMs > 0 && startMs < timeMs;
  writeMessage(writer, 2, () => {
    writeValue(writer, 1, line);
    writeTime(writer, 2, timeMs);
    if (hasStart && !line.isStale) writeTime(writer, 3, startMs);
  });
}

/** Exemplar: 1 labels_refs, 2 value, 3 timestamp. */
function writeExemplar(
  writer: WireWriter,
  { labels, value, timeSeconds }: Exemplar,
  symbols: Symbols,
  timeMs: number,
): void {
  writeMessage(writer, 4, () => {
    writeMessage(writer, 1, () => {
      for (const [name, id] of labels) {
        writer.varint(symbols.of(name));
        writer.varint(symbols.of(id));
      }
    });
    writeValue(writer, 2, { value, isStale: false });
    writeTime(writer, 3, timeSeconds > 0 ? Math.round(timeSeconds * 1000) : timeMs);
  });
}

/** Metadata: 1 type, 3 help_ref, 4 unit_ref. */
function toMetadata({ type, help, unit }: WritePoint, symbols: Symbols): Uint8Array {
  const writer = createWireWriter();
  writer.tag(1, wireType.varint);
  writer.varint(metricTypes[type]);
  writer.tag(3, wireType.varint);
  writer.varint(symbols.of(help));
  writer.tag(4, wireType.varint);
  writer.varint(symbols.of(toUnitName(unit)));
  return writer.finish();
}
