import {
  type BatchIndex,
  ITEM_DROPPED,
  ITEM_NODE,
  ITEM_SCOPE,
  ITEM_STRIDE,
  ITEM_WEIGHT,
  NODE_END,
  NODE_PARENT,
  NODE_STATE,
  NODE_STRIDE,
  NODE_TAG,
  REMOVED,
  RESOURCE_LIVE,
  RESOURCE_NODE,
  RESOURCE_STRIDE,
  SCOPE_LIVE,
  SCOPE_NODE,
  SCOPE_RESOURCE,
  SCOPE_STRIDE,
} from './batch-index.ts';
import type { Edits } from './edits.ts';

/** Removes an item, and its groups where it was their last; returns its weight, -1 where it was dropped before. */
export function dropItem(index: BatchIndex, edits: Edits, ordinal: number): number {
  const { items, scopes, resources } = index;
  const at = ordinal * ITEM_STRIDE;
  if (items.ints[at + ITEM_DROPPED] !== 0) return -1;
  items.ints[at + ITEM_DROPPED] = 1;
  const scope = (items.ints[at + ITEM_SCOPE] ?? 0) * SCOPE_STRIDE;
  const resource = (scopes.ints[scope + SCOPE_RESOURCE] ?? 0) * RESOURCE_STRIDE;
  removeNode(index, edits, items.ints[at + ITEM_NODE] ?? 0);
  if (decrement(scopes.ints, scope + SCOPE_LIVE) === 0) {
    removeNode(index, edits, scopes.ints[scope + SCOPE_NODE] ?? 0);
  }
  if (decrement(resources.ints, resource + RESOURCE_LIVE) === 0) {
    removeNode(index, edits, resources.ints[resource + RESOURCE_NODE] ?? 0);
  }
  return items.ints[at + ITEM_WEIGHT] ?? 0;
}

function removeNode({ nodes }: BatchIndex, edits: Edits, node: number): void {
  const at = node * NODE_STRIDE;
  const tag = nodes.ints[at + NODE_TAG] ?? 0;
  const removed = (nodes.ints[at + NODE_END] ?? 0) - tag;
  edits.add(tag, removed, nodes.ints[at + NODE_PARENT] ?? 0, edits.arena.used);
  nodes.ints[at + NODE_STATE] = (nodes.ints[at + NODE_STATE] ?? 0) | REMOVED;
  edits.hasRemovals = true;
}

function decrement(ints: Int32Array, at: number): number {
  const value = (ints[at] ?? 0) - 1;
  ints[at] = value;
  return value;
}
