import { AttributeList } from './attribute-list.ts';
import type { Id, SpanEvent, SpanLink } from './batch.ts';
import {
  APPEND_TO_PART,
  type BatchIndex,
  ITEM_NODE,
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
import type { Edits } from './edits.ts';
import { IdCursor } from './id-cursor.ts';
import { fieldRanges } from './item-reader.ts';
import { NO_PARTS, partsFrom } from './part-chain.ts';
import { readString } from './value.ts';
import { indexAttribute, lengthPos } from './index-key-value.ts';
import { FieldScanner, FIXED64, LENGTH_DELIMITED } from './wire.ts';

/** Field numbers of Span.Event and Span.Link that the cursor reads. */
const EVENT_TIME = 1;
const EVENT_NAME = 2;
const LINK_TRACE_ID = 1;
const LINK_SPAN_ID = 2;

/** An event or link of a span: whichever the iterator stands on. */
export class PartCursor implements SpanEvent, SpanLink {
  readonly #index: BatchIndex;
  readonly #attributes: AttributeList;
  readonly #traceId = new IdCursor();
  readonly #spanId = new IdCursor();
  readonly #scanner = new FieldScanner(new Uint8Array(0));
  #at = 0;

  constructor(index: BatchIndex, edits: Edits) {
    this.#index = index;
    this.#attributes = new AttributeList(index, edits);
  }

  move(part: number): this {
    this.#at = part * PART_STRIDE;
    this.#attributes.move(this.#index.parts.ints[this.#at + PART_ATTRIBUTES] ?? -1);
    return this;
  }

  get attributes(): AttributeList {
    return this.#attributes;
  }

  get name(): string {
    const found = this.#last(EVENT_NAME, LENGTH_DELIMITED);
    return found === undefined ? '' : readString(this.#index, found.start, found.stop);
  }

  get timeUnixNano(): bigint {
    const found = this.#last(EVENT_TIME, FIXED64);
    return found === undefined ? 0n : this.#index.view.getBigUint64(found.start, true);
  }

  get traceId(): Id {
    return this.#id(LINK_TRACE_ID, this.#traceId);
  }

  get spanId(): Id {
    return this.#id(LINK_SPAN_ID, this.#spanId);
  }

  #id(field: number, cursor: IdCursor): Id {
    const { start, stop } = this.#last(field, LENGTH_DELIMITED) ?? { start: 0, stop: 0 };
    return cursor.move(this.#index.buffer, start, stop - start);
  }

  #last(field: number, wireType: number): { start: number; stop: number } | undefined {
    const { ints } = this.#index.parts;
    const start = ints[this.#at + PART_START] ?? 0;
    const scanner = this.#scanner.enter(this.#index.bytes, start, ints[this.#at + PART_END] ?? 0);
    let found;
    while (scanner.next()) {
      if (scanner.field !== field || scanner.wireType !== wireType) continue;
      found = { start: scanner.start, stop: scanner.stop };
    }
    return found;
  }
}

/** Field numbers by which an item holds events or links, and those their attributes. */
export interface PartFields {
  readonly column: number;
  readonly field: number;
  readonly attributes: number;
}

/** Indexes of an item's events or links, indexing them on first use. */
export function* partsOf(index: BatchIndex, item: number, fields: PartFields): Generator<number> {
  if (fields.field === 0) return;
  if (index.items.ints[item + fields.column] === 0) indexParts(index, item, fields);
  yield* partsFrom(index, index.items.ints[item + fields.column] ?? 0);
}

function indexParts(
  index: BatchIndex,
  item: number,
  { column, field, attributes }: PartFields,
): void {
  const { items, nodes, parts, bytes } = index;
  const node = items.ints[item + ITEM_NODE] ?? 0;
  const start = nodes.ints[node * NODE_STRIDE + NODE_START] ?? 0;
  const end = nodes.ints[node * NODE_STRIDE + NODE_END] ?? 0;
  const ranges = fieldRanges(bytes, field, start, end);
  items.ints[item + column] = ranges.length === 0 ? NO_PARTS : parts.count + 1;
  for (const [i, range] of ranges.entries()) {
    const partNode = index.addNode(node, range.tagPos, lengthPos(bytes, range.tagPos), range.start);
    nodes.ints[partNode * NODE_STRIDE + NODE_END] = range.end;
    const list = index.addList(partNode, attributes * 8 + LENGTH_DELIMITED, -1);
    index.lists.ints[list * LIST_STRIDE + LIST_RANK] = APPEND_TO_PART;
    indexAttributes(index, { list, node: partNode, field: attributes }, range);
    const at = parts.add();
    parts.ints[at + PART_START] = range.start;
    parts.ints[at + PART_END] = range.end;
    parts.ints[at + PART_ATTRIBUTES] = list;
    parts.ints[at + PART_NEXT] = i + 1 < ranges.length ? parts.count + 1 : 0;
  }
}

function indexAttributes(
  index: BatchIndex,
  { list, node, field }: { list: number; node: number; field: number },
  { start, end }: { start: number; end: number },
): void {
  for (const range of fieldRanges(index.bytes, field, start, end)) {
    indexAttribute(index, list, node, {
      tagPos: range.tagPos,
      start: range.start,
      stop: range.end,
    });
  }
}
