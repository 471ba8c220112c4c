import { actionTables, ENTER, TAGS } from './actions.ts';
import {
  APPEND_TO_PART,
  type BatchIndex,
  ITEM_NODE,
  ITEM_POINTS,
  LIST_RANK,
  LIST_STRIDE,
  NODE_END,
  NODE_START,
  NODE_STRIDE,
  PART_ATTRIBUTES,
  PART_END,
  PART_NEXT,
  PART_START,
  PART_STRIDE,
} from './batch-index.ts';
import { messageType } from './fields.ts';
import { indexAttribute } from './index-key-value.ts';
import { NO_PARTS, partsFrom } from './part-chain.ts';
import { FieldScanner } from './wire.ts';

const ITEM = messageType('Item');
const KEY_VALUE = messageType('KeyValue');

/**
 * Indexes of the lists of attributes below a metric: those of its data points, of whichever kind, and those of their
 * exemplars, in wire order. They are indexed when first asked for. `item` is where the metric's record starts.
 */
export function* pointListsOf(index: BatchIndex, item: number): Generator<number> {
  if (index.items.ints[item + ITEM_POINTS] === 0) indexPoints(index, item);
  for (const part of partsFrom(index, index.items.ints[item + ITEM_POINTS] ?? 0)) {
    yield index.parts.ints[part * PART_STRIDE + PART_ATTRIBUTES] ?? -1;
  }
}

function indexPoints(index: BatchIndex, item: number): void {
  const { items, parts } = index;
  const first = parts.count;
  indexBelow(index, items.ints[item + ITEM_NODE] ?? 0, ITEM);
  items.ints[item + ITEM_POINTS] = parts.count === first ? NO_PARTS : first + 1;
  for (let part = first; part < parts.count; part++) {
    parts.ints[part * PART_STRIDE + PART_NEXT] = part + 1 < parts.count ? part + 2 : 0;
  }
}

/** Indexes the attributes of the messages in a message, which the tables of fields know, but not its own. */
function indexBelow(index: BatchIndex, node: number, type: number): void {
  const { nodes, bytes } = index;
  const start = nodes.ints[node * NODE_STRIDE + NODE_START] ?? 0;
  const end = nodes.ints[node * NODE_STRIDE + NODE_END] ?? 0;
  const scanner = new FieldScanner(bytes).enter(bytes, start, end);
  let list = -1;
  while (scanner.next()) {
    const tag = scanner.field * 8 + scanner.wireType;
    const inner = tag < TAGS ? (actionTables.metrics[type * TAGS + tag] ?? 0) - ENTER : -1;
    if (inner === KEY_VALUE && type !== ITEM) {
      if (list < 0) list = addPointList(index, node, tag);
      indexAttribute(index, list, node, scanner);
    } else if (inner >= 0 && inner !== KEY_VALUE) {
      const below = index.addNode(node, scanner.tagPos, scanner.afterTag, scanner.start);
      index.nodes.ints[below * NODE_STRIDE + NODE_END] = scanner.stop;
      indexBelow(index, below, inner);
    }
  }
}

function addPointList(index: BatchIndex, node: number, tag: number): number {
  const { lists, nodes, parts } = index;
  const list = index.addList(node, tag, -1);
  lists.ints[list * LIST_STRIDE + LIST_RANK] = APPEND_TO_PART;
  const at = parts.add();
  parts.ints[at + PART_START] = nodes.ints[node * NODE_STRIDE + NODE_START] ?? 0;
  parts.ints[at + PART_END] = nodes.ints[node * NODE_STRIDE + NODE_END] ?? 0;
  parts.ints[at + PART_ATTRIBUTES] = list;
  return list;
}
