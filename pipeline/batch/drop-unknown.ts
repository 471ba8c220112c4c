import type { Signal } from '../component/signal.ts';
import { createWireWriter } from '../otlp/wire-writer.ts';
import type { WireWriter } from '../otlp/wire-writer.ts';
import { actionTables, ENTER, SKIP_GROUP, TAGS } from './actions.ts';
import { messageType } from './fields.ts';
import { FieldScanner } from './wire.ts';

const REQUEST = messageType('Request');

/**
 * Writes a request again without the fields that OTLP does not have, at any depth; everything else byte by byte as it was.
 * The request must have been walked: broken bytes are not looked for again.
 */
export function dropUnknown(signal: Signal, bytes: Uint8Array): Uint8Array {
  const writer = createWireWriter(bytes.length);
  writeKnown(writer, { bytes, actions: actionTables[signal] }, REQUEST, [0, bytes.length]);
  return writer.finish();
}

interface Source {
  readonly bytes: Uint8Array;
  readonly actions: Uint8Array;
}

/** Messages nest no deeper than the walk lets them, which bounds the recursion. */
function writeKnown(
  writer: WireWriter,
  source: Source,
  type: number,
  [start, end]: readonly [number, number],
): void {
  const { bytes, actions } = source;
  const scanner = new FieldScanner(bytes).enter(bytes, start, end);
  while (scanner.next()) {
    const tag = scanner.field * 8 + scanner.wireType;
    const action = tag < TAGS ? (actions[type * TAGS + tag] ?? 0) : SKIP_GROUP;
    if (action <= SKIP_GROUP) continue;
    if (action < ENTER) {
      writer.raw(bytes.subarray(scanner.tagPos, scanner.stop));
      continue;
    }
    writer.varint(tag);
    const mark = writer.open();
    writeKnown(writer, source, action - ENTER, [scanner.start, scanner.stop]);
    writer.close(mark);
  }
}
