import { defineEncode } from '../../pipeline/component/transform.ts';
import type { Encode, Payload } from '../../pipeline/component/transform.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import type { ClickHouseConfig } from './config.ts';
import { createLogEncoder } from './encode-log.ts';
import { createMetricEncoder } from './encode-metric.ts';
import { createSpanEncoder } from './encode-span.ts';
import type { ItemEncoder } from './encode-span.ts';
import { Envelope } from './envelope.ts';
import { RowSet } from './row-set.ts';

const encoders: Readonly<Record<Signal, (envelope: Envelope, rows: RowSet) => ItemEncoder>> = {
  traces: createSpanEncoder,
  logs: createLogEncoder,
  metrics: createMetricEncoder,
};

/**
 * Encodes a slice to RowBinary straight from the bytes of its requests: one payload for each table and day, whose route
 * is a `RowRoute`. Items that no table takes (a metric of an unknown kind) come as one payload without a route.
 */
export const clickhouseEncode = defineEncode<ClickHouseConfig>({
  type: 'clickhouse',
  create: (_config, _prepared, context) => createEncode(context.signal),
});

/** Creates the encoder of one signal. */
export function createEncode(signal: Signal): Encode {
  const envelope = new Envelope();
  const rows = new RowSet();
  const encodeItem = encoders[signal](envelope, rows);
  return (slice) => {
    rows.clear();
    // Sound because slices come from files and other threads by copy or transfer, never as shared memory.
    envelope.walk(slice.bytes as Uint8Array<ArrayBuffer>, encodeItem);
    const payloads = rows.groups().map(({ route, writer }): Payload => {
      const items = writer.rows;
      return { body: writer.take(), items, route };
    });
    const unstored = slice.items - payloads.reduce((sum, { items }) => sum + items, 0);
    if (unstored > 0) payloads.push({ body: new Uint8Array(0), items: unstored });
    return payloads;
  };
}
