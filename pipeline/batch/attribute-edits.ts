import { fieldEnd } from './attribute-reader.ts';
import {
  ATTRIBUTE_EDIT,
  ATTRIBUTE_END,
  ATTRIBUTE_KEY,
  ATTRIBUTE_NODE,
  ATTRIBUTE_START,
  ATTRIBUTE_STATE,
  ATTRIBUTE_STRIDE,
  ATTRIBUTE_TAG,
  type BatchIndex,
  DELETED,
  IN_ARENA,
  LIST_RANK,
  LIST_STRIDE,
  LIST_VERSION,
  NODE_END,
  NODE_STRIDE,
} from './batch-index.ts';
import { appendNode, EDIT_RANK, EDIT_STRIDE, type Edits } from './edits.ts';

/** Adds the KeyValue field that the arena holds from `start` on to a list; returns the attribute's index. */
export function appendAttribute(
  index: BatchIndex,
  edits: Edits,
  { list, key }: { list: number; key: number },
  start: number,
): number {
  const node = appendNode(index, list);
  const end = index.nodes.ints[node * NODE_STRIDE + NODE_END] ?? 0;
  const edit = edits.add(end, 0, node, start);
  const rank = index.lists.ints[list * LIST_STRIDE + LIST_RANK] ?? 0;
  edits.table.ints[edit * EDIT_STRIDE + EDIT_RANK] = rank;
  const attribute = index.attributes.count;
  const at = index.addAttribute(list, node);
  const { ints } = index.attributes;
  ints[at + ATTRIBUTE_KEY] = key;
  ints[at + ATTRIBUTE_TAG] = -1;
  ints[at + ATTRIBUTE_EDIT] = edit;
  countChange(index, list);
  return attribute;
}

/** Puts the KeyValue field that the arena holds from `start` on in the place of an attribute. */
export function replaceAttribute(
  index: BatchIndex,
  edits: Edits,
  attribute: number,
  start: number,
): void {
  const at = attribute * ATTRIBUTE_STRIDE;
  const { ints } = index.attributes;
  const edit = ints[at + ATTRIBUTE_EDIT] ?? -1;
  if (edit >= 0) {
    edits.revise(edit, start);
    return;
  }
  const tag = ints[at + ATTRIBUTE_TAG] ?? 0;
  const node = ints[at + ATTRIBUTE_NODE] ?? 0;
  ints[at + ATTRIBUTE_EDIT] = edits.add(tag, fieldEnd(index, tag) - tag, node, start);
}

/** Lets an attribute be read from the last `size` bytes of the arena from now on. */
export function readFromArena(
  index: BatchIndex,
  { arena }: Edits,
  attribute: number,
  size: number,
): void {
  const at = attribute * ATTRIBUTE_STRIDE;
  const { ints } = index.attributes;
  ints[at + ATTRIBUTE_START] = arena.used - size;
  ints[at + ATTRIBUTE_END] = arena.used;
  ints[at + ATTRIBUTE_STATE] = IN_ARENA;
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
  replaceAttribute(index, edits, attribute, edits.arena.used);
  countChange(index, list);
}

function countChange({ lists }: BatchIndex, list: number): void {
  const version = list * LIST_STRIDE + LIST_VERSION;
  lists.ints[version] = (lists.ints[version] ?? 0) + 1;
}
