import type { Signal } from '../component/signal.ts';
import {
  ATTRIBUTE_END,
  ATTRIBUTE_KEY,
  ATTRIBUTE_START,
  ATTRIBUTE_STATE,
  ATTRIBUTE_TAG,
  type BatchIndex,
  ITEM_ATTRIBUTES,
  ITEM_NODE,
  ITEM_REPEATED,
  ITEM_SCOPE,
  ITEM_STRIDE,
  ITEM_WEIGHT,
  LIST_NODE,
  LIST_STRIDE,
  NODE_END,
  NODE_STRIDE,
  RESOURCE_ATTRIBUTES,
  RESOURCE_LIVE,
  RESOURCE_NODE,
  RESOURCE_STRIDE,
  SCOPE_ATTRIBUTES,
  SCOPE_LIVE,
  SCOPE_NAME,
  SCOPE_NODE,
  SCOPE_RESOURCE,
  SCOPE_STRIDE,
  SCOPE_VERSION,
  SPLIT,
} from './batch-index.ts';
import { createItemCheck, type InvalidItem } from './check-item.ts';
import {
  actionTables,
  BYTES,
  ENTER,
  ILLEGAL,
  itemFields,
  messageType,
  SKIP_GROUP,
  TAGS,
} from './fields.ts';
import { PlainAttribute } from './plain-attribute.ts';
import { Validator } from './validate.ts';
import { FieldScanner, LENGTH_DELIMITED, maxDepth } from './wire.ts';
import { WireError } from './wire-error.ts';

const REQUEST = messageType('Request');
const RESOURCE_GROUP = messageType('ResourceGroup');
const RESOURCE = messageType('Resource');
const SCOPE_GROUP = messageType('ScopeGroup');
const SCOPE = messageType('Scope');
const ITEM = messageType('Item');
const KEY_VALUE = messageType('KeyValue');

/** Tags of the attribute lists of Resource and Scope (fields 1 and 3), length-delimited. */
const RESOURCE_ATTRIBUTES_TAG = 0x0a;
const SCOPE_ATTRIBUTES_TAG = 0x1a;

/** Fills a `BatchIndex` from its bytes in one pass, checking the wire on the way. */
export class Walker {
  readonly #index: BatchIndex;
  readonly #validator = new Validator();
  readonly #plain = new PlainAttribute();
  readonly #scanner = new FieldScanner(new Uint8Array(0));
  readonly #types = new Int32Array(maxDepth);
  readonly #ends = new Int32Array(maxDepth);
  readonly #nodes = new Int32Array(maxDepth);
  #attributesTag = 0;
  #node = 0;
  #list = 0;
  #resource = 0;
  #scope = 0;
  /** Where the record of the current item or scope starts in its table. */
  #record = 0;

  constructor(index: BatchIndex) {
    this.#index = index;
  }

  /**
   * Walks the index's bytes as a request of `signal`; returns the items that break its rules.
   * @throws WireError
   */
  walk(signal: Signal): readonly InvalidItem[] {
    const { bytes } = this.#index;
    const actions = actionTables[signal];
    const checkItem = createItemCheck(this.#index, signal);
    this.#attributesTag = itemFields[signal].attributes * 8 + LENGTH_DELIMITED;
    this.#node = 0;
    let type = REQUEST;
    let pos = 0;
    let end = bytes.length;
    let depth = 0;
    for (;;) {
      if (pos >= end) {
        if (depth === 0) return checkItem.invalid;
        if (type === ITEM) checkItem.check(this.#record);
        depth -= 1;
        type = this.#types[depth] ?? 0;
        end = this.#ends[depth] ?? 0;
        this.#node = this.#nodes[depth] ?? 0;
        continue;
      }
      const tagPos = pos;
      const tag = bytes[pos] ?? 0;
      const length = bytes[pos + 1] ?? 0;
      let action = ILLEGAL;
      let start = pos + 2;
      let stop = start + length;
      // One-byte tag and length, by far the most common; the rest goes through the scanner.
      if (tag < TAGS && (tag & 7) === LENGTH_DELIMITED && length < 128 && stop <= end) {
        action = actions[type * TAGS + tag] ?? ILLEGAL;
        if (action === ILLEGAL) throw new WireError('field number is 0', tagPos);
      } else {
        const scanner = this.#scan(pos, end, depth);
        const full = scanner.field * 8 + scanner.wireType;
        action = full < TAGS ? (actions[type * TAGS + full] ?? ILLEGAL) : SKIP_GROUP;
        start = scanner.start;
        stop = scanner.stop;
      }
      pos = stop;
      if (action < BYTES) continue;
      if (action < ENTER) {
        if (type === ITEM || type === SCOPE) this.#store(type, tagPos);
        continue;
      }
      const child = action - ENTER;
      if (child === KEY_VALUE) {
        this.#attribute(tagPos, start, stop, depth + 1);
      } else if (child > ITEM) {
        if (type === ITEM) this.#store(type, tagPos);
        this.#checkBelow(child, { start, end: stop, depth: depth + 1 });
      } else {
        this.#types[depth] = type;
        this.#ends[depth] = end;
        this.#nodes[depth] = this.#node;
        this.#enter(child, tagPos, start, stop);
        depth += 1;
        type = child;
        pos = start;
        end = stop;
      }
    }
  }

  #scan(pos: number, end: number, depth: number): FieldScanner {
    const scanner = this.#scanner.enter(this.#index.bytes, pos, end);
    scanner.depth = depth;
    scanner.next();
    return scanner;
  }

  /** Notes where a field of the current item or scope is. */
  #store(type: number, tagPos: number): void {
    const { bytes, items, scopes } = this.#index;
    const tag = bytes[tagPos] ?? 0;
    let field = tag >>> 3;
    let pos = tagPos + 1;
    if (tag > 127) {
      field = this.#scanner.field;
      pos = this.#scanner.afterTag;
    }
    if (type === SCOPE) {
      if (field <= SCOPE_VERSION) scopes.ints[this.#record + field] = pos;
      return;
    }
    const { ints } = items;
    if (ints[this.#record + field] !== 0) {
      ints[this.#record + ITEM_REPEATED] = (ints[this.#record + ITEM_REPEATED] ?? 0) | (1 << field);
    }
    ints[this.#record + field] = pos;
  }

  #checkBelow(type: number, range: { start: number; end: number; depth: number }): void {
    this.#validator.points = 0;
    this.#validator.check(this.#index.bytes, type, range);
    if (this.#validator.points === 0) return;
    const { ints } = this.#index.items;
    const at = this.#record + ITEM_WEIGHT;
    ints[at] = (ints[at] ?? 0) + this.#validator.points;
  }

  #enter(type: number, tagPos: number, start: number, stop: number): void {
    const index = this.#index;
    const node = index.addNode(this.#node, tagPos, lengthPos(index.bytes, tagPos), start);
    index.nodes.ints[node * NODE_STRIDE + NODE_END] = stop;
    this.#node = node;
    if (type === ITEM) this.#addItem(node);
    else if (type === SCOPE_GROUP) this.#addScope(node);
    else if (type === RESOURCE_GROUP) this.#addResource(node);
    else if (type === RESOURCE) this.#enterList(this.#resourceList(), node);
    else this.#enterScope(node);
  }

  #enterList(list: number, node: number): void {
    this.#list = list;
    this.#index.lists.ints[list * LIST_STRIDE + LIST_NODE] = node;
  }

  #resourceList(): number {
    const { ints } = this.#index.resources;
    return ints[this.#resource * RESOURCE_STRIDE + RESOURCE_ATTRIBUTES] ?? 0;
  }

  #enterScope(node: number): void {
    this.#record = this.#scope * SCOPE_STRIDE;
    this.#enterList(this.#index.scopes.ints[this.#record + SCOPE_ATTRIBUTES] ?? 0, node);
  }

  #addResource(node: number): void {
    const index = this.#index;
    this.#resource = index.resources.count;
    const at = index.resources.add();
    const { ints } = index.resources;
    ints[at + RESOURCE_NODE] = node;
    ints[at + RESOURCE_ATTRIBUTES] = index.addList(-1, RESOURCE_ATTRIBUTES_TAG, node);
    ints[at + RESOURCE_LIVE] = 0;
  }

  #addScope(node: number): void {
    const index = this.#index;
    this.#scope = index.scopes.count;
    const at = index.scopes.add();
    const { ints } = index.scopes;
    ints[at + SCOPE_NODE] = node;
    ints[at + SCOPE_NAME] = 0;
    ints[at + SCOPE_VERSION] = 0;
    ints[at + SCOPE_RESOURCE] = this.#resource;
    ints[at + SCOPE_ATTRIBUTES] = index.addList(-1, SCOPE_ATTRIBUTES_TAG, node);
    ints[at + SCOPE_LIVE] = 0;
  }

  #addItem(node: number): void {
    const index = this.#index;
    const { items, scopes, resources } = index;
    const at = items.add();
    const { ints } = items;
    for (let i = 1; i < ITEM_STRIDE; i++) ints[at + i] = 0;
    this.#record = at;
    this.#list = index.addList(node, this.#attributesTag, -1);
    ints[at + ITEM_NODE] = node;
    ints[at + ITEM_ATTRIBUTES] = this.#list;
    ints[at + ITEM_SCOPE] = this.#scope;
    const scopeLive = this.#scope * SCOPE_STRIDE + SCOPE_LIVE;
    scopes.ints[scopeLive] = (scopes.ints[scopeLive] ?? 0) + 1;
    const resourceLive = this.#resource * RESOURCE_STRIDE + RESOURCE_LIVE;
    resources.ints[resourceLive] = (resources.ints[resourceLive] ?? 0) + 1;
  }

  #attribute(tagPos: number, start: number, end: number, depth: number): void {
    const index = this.#index;
    const { bytes } = index;
    const at = index.addAttribute(this.#list, this.#node);
    const { ints } = index.attributes;
    ints[at + ATTRIBUTE_TAG] = tagPos;
    const plain = this.#plain;
    if (plain.read(bytes, start, end)) {
      ints[at + ATTRIBUTE_KEY] = index.keys.find(bytes, plain.keyStart, plain.keyEnd);
      ints[at + ATTRIBUTE_START] = plain.valueStart;
      ints[at + ATTRIBUTE_END] = end;
      return;
    }
    if (depth > maxDepth) throw new WireError('messages nest too deep', tagPos);
    this.#validator.check(bytes, KEY_VALUE, { start, end, depth });
    indexKeyValue(index, at, start, end);
  }
}

/** Position of the length that follows the tag at `tagPos`. */
export function lengthPos(bytes: Uint8Array, tagPos: number): number {
  let pos = tagPos;
  while ((bytes[pos] ?? 0) > 127) pos++;
  return pos + 1;
}

/** Sets key and value of an attribute whose KeyValue was checked: the last key counts, values are merged. */
export function indexKeyValue(index: BatchIndex, at: number, start: number, end: number): void {
  const { bytes, attributes, keys } = index;
  const { ints } = attributes;
  const scanner = new FieldScanner(bytes).enter(bytes, start, end);
  let values = 0;
  ints[at + ATTRIBUTE_KEY] = keys.find(bytes, end, end);
  ints[at + ATTRIBUTE_START] = end;
  ints[at + ATTRIBUTE_END] = end;
  while (scanner.next()) {
    if (scanner.wireType !== LENGTH_DELIMITED) continue;
    if (scanner.field === 1) {
      ints[at + ATTRIBUTE_KEY] = keys.find(bytes, scanner.start, scanner.stop);
    } else if (scanner.field === 2) {
      values += 1;
      ints[at + ATTRIBUTE_START] = scanner.start;
      ints[at + ATTRIBUTE_END] = scanner.stop;
    }
  }
  if (values > 1) ints[at + ATTRIBUTE_STATE] = (ints[at + ATTRIBUTE_STATE] ?? 0) | SPLIT;
}
