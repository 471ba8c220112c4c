import { itemFields } from './item-fields.ts';
import {
  type BatchIndex,
  ITEM_NODE,
  ITEM_TRACE_STATE,
  NODE_END,
  NODE_START,
  NODE_STRIDE,
} from './batch-index.ts';
import { EDIT_END, EDIT_START, EDIT_STRIDE, type Edits } from './edits.ts';
import { fieldRanges } from './item-reader.ts';
import { readString } from './value.ts';
import { FieldScanner, LENGTH_DELIMITED } from './wire.ts';

const TRACE_STATE = itemFields.traces.traceState;

/** The trace state that was set on the span whose record starts at `item`; undefined where none was. */
export function pendingTraceState(
  { items }: BatchIndex,
  { arena, table }: Edits,
  item: number,
): string | undefined {
  const edit = (items.ints[item + ITEM_TRACE_STATE] ?? 0) - 1;
  if (edit < 0) return undefined;
  const start = table.ints[edit * EDIT_STRIDE + EDIT_START] ?? 0;
  const end = table.ints[edit * EDIT_STRIDE + EDIT_END] ?? 0;
  const scanner = new FieldScanner(arena.bytes).enter(arena.bytes, start, end);
  return scanner.next() ? readString(arena, scanner.start, scanner.stop) : '';
}

/** Replaces a span's trace state, or adds it; '' removes it. All its occurrences go, so that the new one counts. */
export function setTraceState(index: BatchIndex, edits: Edits, item: number, value: string): void {
  const { items, nodes, bytes } = index;
  const start = edits.arena.used;
  if (value !== '') edits.arena.stringField(TRACE_STATE * 8 + LENGTH_DELIMITED, value);
  const pending = (items.ints[item + ITEM_TRACE_STATE] ?? 0) - 1;
  if (pending >= 0) {
    edits.revise(pending, start);
    return;
  }
  const node = items.ints[item + ITEM_NODE] ?? 0;
  const end = nodes.ints[node * NODE_STRIDE + NODE_END] ?? 0;
  const from = nodes.ints[node * NODE_STRIDE + NODE_START] ?? 0;
  const [first, ...others] = fieldRanges(bytes, TRACE_STATE, from, end);
  const position = first?.tagPos ?? end;
  const edit = edits.add(position, (first?.end ?? end) - position, node, start);
  items.ints[item + ITEM_TRACE_STATE] = edit + 1;
  for (const range of others) {
    edits.add(range.tagPos, range.end - range.tagPos, node, edits.arena.used);
  }
}
