import {
  type BatchIndex,
  ITEM_NODE,
  ITEM_PARENT_SPAN_ID,
  ITEM_TRACE_STATE,
  NODE_END,
  NODE_START,
  NODE_STRIDE,
} from './batch-index.ts';
import { EDIT_END, EDIT_START, EDIT_STRIDE, type Edits } from './edits.ts';
import { itemFields } from './item-fields.ts';
import { fieldRanges } from './item-reader.ts';
import { FieldScanner, LENGTH_DELIMITED } from './wire.ts';

/** A length-delimited field of an item that can be set. */
export interface EditableField {
  readonly number: number;
  /** Column of the item's record that holds the pending edit, plus one. */
  readonly column: number;
}

export const traceStateField: EditableField = {
  number: itemFields.traces.traceState,
  column: ITEM_TRACE_STATE,
};

export const parentSpanIdField: EditableField = {
  number: itemFields.traces.parentSpanId,
  column: ITEM_PARENT_SPAN_ID,
};

/** A log record has no trace state, and keeps the edit of its body there. */
export const bodyField: EditableField = {
  number: itemFields.logs.body,
  column: ITEM_TRACE_STATE,
};

/** Where in the arena the payload lies that was set on the span whose record starts at `item`; undefined where none was. */
export function pendingField(
  { items }: BatchIndex,
  { arena, table }: Edits,
  item: number,
  { column }: EditableField,
): { readonly start: number; readonly end: number } | undefined {
  const edit = (items.ints[item + column] ?? 0) - 1;
  if (edit < 0) return undefined;
  const start = table.ints[edit * EDIT_STRIDE + EDIT_START] ?? 0;
  const end = table.ints[edit * EDIT_STRIDE + EDIT_END] ?? 0;
  const scanner = new FieldScanner(arena.bytes).enter(arena.bytes, start, end);
  return scanner.next() ? { start: scanner.start, end: scanner.stop } : { start: 0, end: 0 };
}

/** Replaces an item's field, or adds it; an empty value removes it. All its occurrences go, so that the new one counts. */
export function setField(
  index: BatchIndex,
  edits: Edits,
  { item, field }: { readonly item: number; readonly field: EditableField },
  value: Uint8Array,
): void {
  const { items, nodes, bytes } = index;
  const { number, column } = field;
  const start = writeField(edits, number, value);
  const pending = (items.ints[item + column] ?? 0) - 1;
  if (pending >= 0) {
    edits.revise(pending, start);
    return;
  }
  const node = items.ints[item + ITEM_NODE] ?? 0;
  const end = nodes.ints[node * NODE_STRIDE + NODE_END] ?? 0;
  const from = nodes.ints[node * NODE_STRIDE + NODE_START] ?? 0;
  const [first, ...others] = fieldRanges(bytes, number, from, end);
  const position = first?.tagPos ?? end;
  const edit = edits.add(position, (first?.end ?? end) - position, node, start);
  items.ints[item + column] = edit + 1;
  for (const range of others) {
    edits.add(range.tagPos, range.end - range.tagPos, node, edits.arena.used);
  }
}

/** Longest tag and length of a field. */
const frameBytes = 10;

function writeField({ arena }: Edits, number: number, value: Uint8Array): number {
  const start = arena.used;
  if (value.length === 0) return start;
  arena.reserve(frameBytes + value.length);
  arena.varint(number * 8 + LENGTH_DELIMITED);
  arena.varint(value.length);
  arena.copyAll(value);
  return start;
}
