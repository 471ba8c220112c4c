import type { Batch, BatchReader } from '../../pipeline/batch/batch.ts';
import { defineEncode } from '../../pipeline/component/transform.ts';
import type { EncodeDefinition, WorkerContext } from '../../pipeline/component/transform.ts';
import type { DebugConfig } from './config.ts';
import { createDetailReader } from './item-details.ts';
import { createLogLine, createMetricLine } from './item-line.ts';
import type { ItemLine } from './item-line.ts';
import { createPaint } from './palette.ts';
import type { Paint } from './palette.ts';
import { createSpanReader } from './read-span.ts';
import { renderTraces } from './trace-tree.ts';

/** What the main thread tells the worker: only it knows whether the text goes to a terminal. */
export interface DebugPrepared {
  readonly colour: boolean;
}

/** Renders a slice as text for a person: a tree a trace, a line a log record or metric. One payload a slice. */
export const debugEncode: EncodeDefinition = defineEncode<DebugConfig, DebugPrepared>({
  type: 'debug',
  create: (config, prepared, context) => {
    const render = createRenderer(config, createPaint(prepared.colour), context);
    const encoder = new TextEncoder();
    return (slice, reader: BatchReader) => {
      const text = render(reader.open(slice.signal, slice.bytes));
      return [{ body: encoder.encode(text), items: slice.items }];
    };
  },
});

type Render = (batch: Batch) => string;

function createRenderer(config: DebugConfig, paint: Paint, context: WorkerContext): Render {
  const { keys, signal } = context;
  const readDetails = createDetailReader(config.verbosity, keys);
  if (signal === 'traces') {
    const readSpan = createSpanReader(keys);
    return (batch) => {
      const rows = Array.from(batch, (span) => readSpan(span, readDetails(span)));
      // The empty line keeps the trees of two batches apart.
      return rows.length === 0 ? '' : `${renderTraces(rows, paint)}\n`;
    };
  }
  const itemLine: ItemLine =
    signal === 'logs' ? createLogLine(keys, paint) : createMetricLine(keys, paint);
  return (batch) =>
    Array.from(batch, (item) =>
      [itemLine(item), ...readDetails(item).map((line) => `   ${line}`), ''].join('\n'),
    ).join('');
}
