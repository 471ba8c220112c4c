import { fieldSize, utf8Size } from './arena.ts';
import { fieldEnd } from './attribute-reader.ts';
import {
  ATTRIBUTE_EDIT,
  ATTRIBUTE_END,
  ATTRIBUTE_KEY,
  ATTRIBUTE_NEXT,
  ATTRIBUTE_NODE,
  ATTRIBUTE_START,
  ATTRIBUTE_STATE,
  ATTRIBUTE_STRIDE,
  ATTRIBUTE_TAG,
  type BatchIndex,
  DELETED,
  IN_ARENA,
  LIST_HEAD,
  LIST_RANK,
  LIST_STRIDE,
  LIST_TAG,
  LIST_TAIL,
  LIST_VERSION,
  NODE_END,
  NODE_STRIDE,
} from './batch-index.ts';
import type { AttributeTemplate } from './attribute-template.ts';
import { appendNode, EDIT_END, EDIT_START, EDIT_STRIDE, type Edits } from './edits.ts';
import { KEY_VALUE_KEY_TAG, KEY_VALUE_VALUE_TAG, STRING_TAG } from './value.ts';
import { varintSize } from './wire.ts';

/** Inserts the KeyValue fields that the arena holds from `start` on at the end of a list's message; returns the edit. */
export function insertAttributes(
  index: BatchIndex,
  edits: Edits,
  list: number,
  start: number,
): number {
  const node = appendNode(index, list);
  const end = index.nodes.ints[node * NODE_STRIDE + NODE_END] ?? 0;
  return edits.append(end, node, index.lists.ints[list * LIST_STRIDE + LIST_RANK] ?? 0, start);
}

/**
 * Adds the attribute whose KeyValue field the arena holds from `start` on to a list; its AnyValue is the last `size` bytes.
 * Returns its index. Where it lies is not looked for again: only attributes of the request are replaced where they stand.
 */
export function appendAttribute(
  index: BatchIndex,
  edits: Edits,
  list: number,
  [key, start, size]: readonly [key: number, start: number, size: number],
): number {
  const edit = insertAttributes(index, edits, list, start);
  const { attributes } = index;
  const lists = index.lists.ints;
  const end = edits.arena.used;
  const attribute = attributes.count;
  const at = attributes.add();
  const { ints } = attributes;
  const listAt = list * LIST_STRIDE;
  const tail = lists[listAt + LIST_TAIL] ?? -1;
  ints[at + ATTRIBUTE_KEY] = key;
  ints[at + ATTRIBUTE_NEXT] = -1;
  ints[at + ATTRIBUTE_TAG] = -1 - start;
  ints[at + ATTRIBUTE_START] = end - size;
  ints[at + ATTRIBUTE_END] = end;
  ints[at + ATTRIBUTE_STATE] = IN_ARENA;
  ints[at + ATTRIBUTE_EDIT] = edit;
  if (tail < 0) lists[listAt + LIST_HEAD] = attribute;
  else ints[tail * ATTRIBUTE_STRIDE + ATTRIBUTE_NEXT] = attribute;
  lists[listAt + LIST_TAIL] = attribute;
  countChange(index, list);
  return attribute;
}

/** Adds all attributes of a template, whose bytes an edit holds from its start on, to a list; returns the first one's index. */
export function addTemplate(
  index: BatchIndex,
  list: number,
  [edit, base]: readonly [edit: number, start: number],
  added: AttributeTemplate['attributes'],
): number {
  const { attributes, lists } = index;
  const first = attributes.count;
  const listAt = list * LIST_STRIDE;
  const tail = lists.ints[listAt + LIST_TAIL] ?? -1;
  let next = first;
  for (const { key, start, valueStart, end } of added) {
    const at = attributes.add();
    const { ints } = attributes;
    next += 1;
    ints[at + ATTRIBUTE_KEY] = key.id;
    ints[at + ATTRIBUTE_NEXT] = next;
    ints[at + ATTRIBUTE_TAG] = -1 - base - start;
    ints[at + ATTRIBUTE_START] = base + valueStart;
    ints[at + ATTRIBUTE_END] = base + end;
    ints[at + ATTRIBUTE_STATE] = IN_ARENA;
    ints[at + ATTRIBUTE_EDIT] = edit;
  }
  attributes.ints[(next - 1) * ATTRIBUTE_STRIDE + ATTRIBUTE_NEXT] = -1;
  if (tail < 0) lists.ints[listAt + LIST_HEAD] = first;
  else attributes.ints[tail * ATTRIBUTE_STRIDE + ATTRIBUTE_NEXT] = first;
  lists.ints[listAt + LIST_TAIL] = next - 1;
  countChange(index, list);
  return first;
}

/**
 * Puts the KeyValue field that the arena holds from `start` on in the place of an attribute; returns where in the arena
 * it ends then.
 */
export function replaceAttribute(
  index: BatchIndex,
  edits: Edits,
  { list, attribute }: { list: number; attribute: number },
  start: number,
): number {
  const at = attribute * ATTRIBUTE_STRIDE;
  const { ints } = index.attributes;
  const edit = ints[at + ATTRIBUTE_EDIT] ?? -1;
  const tag = ints[at + ATTRIBUTE_TAG] ?? 0;
  if (tag < 0) return replaceAppended(index, edits, { list, attribute }, start);
  if (edit >= 0) {
    edits.revise(edit, start);
  } else {
    const node = ints[at + ATTRIBUTE_NODE] ?? 0;
    ints[at + ATTRIBUTE_EDIT] = edits.add(tag, fieldEnd(index, tag) - tag, node, start);
  }
  return edits.arena.used;
}

/** As `replaceAttribute` for an attribute that was appended: writes the splice that it is part of anew, and moves the others. */
function replaceAppended(
  index: BatchIndex,
  { arena, table }: Edits,
  { list, attribute }: { list: number; attribute: number },
  start: number,
): number {
  const { ints } = index.attributes;
  const at = attribute * ATTRIBUTE_STRIDE;
  const edit = ints[at + ATTRIBUTE_EDIT] ?? 0;
  const splice = edit * EDIT_STRIDE;
  const from = table.ints[splice + EDIT_START] ?? 0;
  const to = table.ints[splice + EDIT_END] ?? 0;
  const oldStart = -1 - (ints[at + ATTRIBUTE_TAG] ?? 0);
  const oldEnd = ints[at + ATTRIBUTE_END] ?? 0;
  const size = arena.used - start;
  arena.reserve(to - from + size);
  const moved = arena.used;
  arena.copy(arena.view, from, oldStart);
  const newStart = arena.used;
  arena.copy(arena.view, start, start + size);
  const newEnd = arena.used;
  arena.copy(arena.view, oldEnd, to);
  table.ints[splice + EDIT_START] = moved;
  table.ints[splice + EDIT_END] = arena.used;
  for (let i = index.lists.ints[list * LIST_STRIDE + LIST_HEAD] ?? -1; i >= 0;) {
    const other = i * ATTRIBUTE_STRIDE;
    i = ints[other + ATTRIBUTE_NEXT] ?? -1;
    if (ints[other + ATTRIBUTE_EDIT] !== edit) continue;
    const isBefore = (ints[other + ATTRIBUTE_START] ?? 0) < oldStart;
    shift(ints, other, isBefore ? moved - from : newEnd - oldEnd);
  }
  ints[at + ATTRIBUTE_TAG] = -1 - newStart;
  return newEnd;
}

function shift(ints: Int32Array, at: number, by: number): void {
  ints[at + ATTRIBUTE_TAG] = (ints[at + ATTRIBUTE_TAG] ?? 0) - by;
  ints[at + ATTRIBUTE_START] = (ints[at + ATTRIBUTE_START] ?? 0) + by;
  ints[at + ATTRIBUTE_END] = (ints[at + ATTRIBUTE_END] ?? 0) + by;
}

/** Lets an attribute be read from the `size` bytes of the arena before `end` from now on. */
export function readFromArena(
  { attributes: { ints } }: BatchIndex,
  attribute: number,
  end: number,
  size: number,
): void {
  const at = attribute * ATTRIBUTE_STRIDE;
  ints[at + ATTRIBUTE_START] = end - size;
  ints[at + ATTRIBUTE_END] = end;
  ints[at + ATTRIBUTE_STATE] = IN_ARENA;
}

/** Puts a string in the place of an attribute's value. */
export function replaceValue(
  index: BatchIndex,
  edits: Edits,
  place: { readonly list: number; readonly attribute: number; readonly name: string },
  value: string,
): void {
  const { arena } = edits;
  const size = fieldSize(utf8Size(value));
  const whole = fieldSize(utf8Size(place.name)) + fieldSize(size);
  arena.reserve(1 + varintSize(whole) + whole);
  const start = arena.used;
  arena.byte(index.lists.ints[place.list * LIST_STRIDE + LIST_TAG] ?? 0);
  arena.varint(whole);
  arena.stringField(KEY_VALUE_KEY_TAG, place.name);
  arena.byte(KEY_VALUE_VALUE_TAG);
  arena.varint(size);
  arena.stringField(STRING_TAG, value);
  readFromArena(index, place.attribute, replaceAttribute(index, edits, place, start), size);
}

/** Deletes an attribute of a list. */
export function deleteAttribute(
  index: BatchIndex,
  edits: Edits,
  list: number,
  attribute: number,
): void {
  const at = attribute * ATTRIBUTE_STRIDE;
  const { ints } = index.attributes;
  ints[at + ATTRIBUTE_STATE] = (ints[at + ATTRIBUTE_STATE] ?? 0) | DELETED;
  const tag = ints[at + ATTRIBUTE_TAG] ?? 0;
  if (tag >= 0 && (ints[at + ATTRIBUTE_EDIT] ?? -1) < 0) {
    const node = ints[at + ATTRIBUTE_NODE] ?? 0;
    ints[at + ATTRIBUTE_EDIT] = edits.remove(tag, fieldEnd(index, tag) - tag, node);
  } else {
    replaceAttribute(index, edits, { list, attribute }, edits.arena.used);
  }
  // Nobody finds an attribute by a key that it does not have.
  if ((ints[at + ATTRIBUTE_KEY] ?? -1) >= 0) countChange(index, list);
}

function countChange({ lists }: BatchIndex, list: number): void {
  const version = list * LIST_STRIDE + LIST_VERSION;
  lists.ints[version] = (lists.ints[version] ?? 0) + 1;
}
