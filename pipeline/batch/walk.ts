import type { Signal } from '../component/signal.ts';
import { actionTables, BYTES, ENTER, ILLEGAL, SKIP_GROUP, TAGS } from './actions.ts';
import { messageType } from './fields.ts';
import { itemFields } from './item-fields.ts';
import {
  ATTRIBUTE_END,
  ATTRIBUTE_START,
  ATTRIBUTE_TAG,
  type BatchIndex,
  ITEM_ATTRIBUTES,
  ITEM_NODE,
  ITEM_REPEATED,
  ITEM_SCOPE,
  ITEM_STRIDE,
  ITEM_TOO_DEEP,
  ITEM_WEIGHT,
  LIST_NODE,
  LIST_STRIDE,
  NODE_END,
  NODE_STRIDE,
  RESOURCE_ATTRIBUTES,
  RESOURCE_LIVE,
  RESOURCE_NODE,
  RESOURCE_STRIDE,
  ROOT,
  SCOPE_ATTRIBUTES,
  SCOPE_LIVE,
  SCOPE_NAME,
  SCOPE_NODE,
  SCOPE_RESOURCE,
  SCOPE_STRIDE,
  SCOPE_VERSION,
} from './batch-index.ts';
import { createItemCheck, type InvalidItem } from './check-item.ts';
import { indexKeyValue, lengthPos } from './index-key-value.ts';
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

/**
 * Until 2022 the groups of a scope were field 1000 of a resource's (`instrumentation_library_spans` and its like). Unknown
 * fields pass through unread, which whole groups of items must not: nothing in them would be redacted, counted or priced.
 */
const OUTDATED_GROUPS_TAG = 1000 * 8 + LENGTH_DELIMITED;

/** Fills a `BatchIndex` from its bytes in one pass, checking the wire on the way. */
export class Walker {
  /** Whether the last walk met a field that OTLP does not have, or has with another wire type. */
  hasUnknown = false;
  /** The most attributes, and the most other messages, that an item of the last walk has; and the bytes of the largest. */
  mostAttributes = 0;
  mostParts = 0;
  largestBytes = 0;
  readonly #index: BatchIndex;
  readonly #validator = new Validator();
  readonly #plain = new PlainAttribute();
  readonly #scanner = new FieldScanner(new Uint8Array(0));
  readonly #types = new Int32Array(maxDepth);
  readonly #ends = new Int32Array(maxDepth);
  readonly #nodes = new Int32Array(maxDepth);
  #actions = actionTables.traces;
  #attributesTag = 0;
  #type = 0;
  #end = 0;
  #depth = 0;
  #node = 0;
  #list = 0;
  #resource = 0;
  #scope = 0;
  /** Attributes and other messages of the current item so far. */
  #attributes = 0;
  #parts = 0;
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
    this.hasUnknown = false;
    this.#validator.hasUnknown = false;
    this.#validator.isTooDeep = false;
    this.mostAttributes = 0;
    this.mostParts = 0;
    this.largestBytes = 0;
    const checkItem = createItemCheck(this.#index, signal);
    this.#actions = actionTables[signal];
    this.#attributesTag = itemFields[signal].attributes * 8 + LENGTH_DELIMITED;
    this.#node = ROOT;
    this.#type = REQUEST;
    this.#depth = 0;
    this.#end = bytes.length;
    let pos = 0;
    for (;;) {
      if (pos < this.#end) {
        pos = this.#field(bytes, pos);
      } else if (this.#depth > 0) {
        if (this.#type === ITEM) {
          checkItem.check(this.#record);
          this.#measureItem();
        }
        this.#leave();
      } else {
        this.hasUnknown ||= this.#validator.hasUnknown;
        return checkItem.invalid;
      }
    }
  }

  /** Reads the field at `pos`; returns where the next one is, which for an envelope message is its own first. */
  #field(bytes: Uint8Array, pos: number): number {
    const tag = bytes[pos] ?? 0;
    const length = bytes[pos + 1] ?? 0;
    let start = pos + 2;
    let stop = start + length;
    let action: number;
    // One-byte tag and length, by far the most common; the rest goes through the scanner.
    if ((tag & 0x87) === LENGTH_DELIMITED && tag > 7 && length < 128 && stop <= this.#end) {
      action = this.#actions[this.#type * TAGS + tag] ?? ILLEGAL;
    } else {
      const scanner = this.#scan(pos);
      action = this.#actionOf(scanner);
      start = scanner.start;
      stop = scanner.stop;
    }
    if (action >= ENTER) return this.#message(action - ENTER, pos, start, stop);
    if (action <= SKIP_GROUP) this.hasUnknown = true;
    else if (action >= BYTES && (this.#type === ITEM || this.#type === SCOPE)) this.#store(pos);
    return stop;
  }

  #actionOf({ field, wireType, tagPos }: FieldScanner): number {
    const tag = field * 8 + wireType;
    if (tag < TAGS) return this.#actions[this.#type * TAGS + tag] ?? ILLEGAL;
    if (tag === OUTDATED_GROUPS_TAG && this.#type === RESOURCE_GROUP) {
      const message = 'field 1000 holds items as OTLP had them before 2022; update what sends them';
      throw new WireError(message, tagPos);
    }
    return SKIP_GROUP;
  }

  /** Descends into envelope messages, and deals with all others at once. */
  #message(type: number, tagPos: number, start: number, stop: number): number {
    if (type <= ITEM) {
      this.#enter(type, tagPos, start, stop);
      return start;
    }
    this.#validator.depth = this.#depth + 1;
    if (stop - start > this.largestBytes) this.largestBytes = stop - start;
    if (type === KEY_VALUE) {
      this.#attributes += 1;
      this.#attribute(tagPos, start, stop);
    } else {
      this.#parts += 1;
      if (this.#type === ITEM) this.#store(tagPos);
      this.#checkBelow(type, start, stop);
    }
    return stop;
  }

  #measureItem(): void {
    if (this.#attributes > this.mostAttributes) this.mostAttributes = this.#attributes;
    if (this.#parts > this.mostParts) this.mostParts = this.#parts;
  }

  #leave(): void {
    this.#depth -= 1;
    this.#type = this.#types[this.#depth] ?? 0;
    this.#end = this.#ends[this.#depth] ?? 0;
    this.#node = this.#nodes[this.#depth] ?? 0;
  }

  #scan(pos: number): FieldScanner {
    const scanner = this.#scanner.enter(this.#index.bytes, pos, this.#end);
    scanner.depth = this.#depth;
    scanner.next();
    return scanner;
  }

  /** Notes where a field of the current item or scope is. */
  #store(tagPos: number): void {
    const { bytes, items, scopes } = this.#index;
    const tag = bytes[tagPos] ?? 0;
    let field = tag >>> 3;
    let pos = tagPos + 1;
    if (tag > 127) {
      field = this.#scanner.field;
      pos = this.#scanner.afterTag;
    }
    if (this.#type === SCOPE) {
      if (field <= SCOPE_VERSION) scopes.ints[this.#record + field] = pos;
      return;
    }
    const { ints } = items;
    if (ints[this.#record + field] !== 0) {
      ints[this.#record + ITEM_REPEATED] = (ints[this.#record + ITEM_REPEATED] ?? 0) | (1 << field);
    }
    ints[this.#record + field] = pos;
  }

  #checkBelow(type: number, start: number, end: number): void {
    this.#validator.points = 0;
    this.#validator.check(this.#index.bytes, type, start, end);
    if (this.#validator.isTooDeep) this.#refuseDepth(start);
    if (this.#validator.points === 0) return;
    const { ints } = this.#index.items;
    const at = this.#record + ITEM_WEIGHT;
    ints[at] = (ints[at] ?? 0) + this.#validator.points;
  }

  /** What nests too deep was not checked, so its item must go; what a resource or scope holds is part of all their items. */
  #refuseDepth(start: number): void {
    if (this.#type !== ITEM) throw new WireError('messages nest too deep', start);
    this.#validator.isTooDeep = false;
    this.#index.items.ints[this.#record + ITEM_TOO_DEEP] = 1;
  }

  #enter(type: number, tagPos: number, start: number, stop: number): void {
    const index = this.#index;
    this.#types[this.#depth] = this.#type;
    this.#ends[this.#depth] = this.#end;
    this.#nodes[this.#depth] = this.#node;
    this.#depth += 1;
    this.#type = type;
    this.#end = stop;
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
    this.#attributes = 0;
    this.#parts = 0;
    this.#list = index.addList(node, this.#attributesTag, -1);
    ints[at + ITEM_NODE] = node;
    ints[at + ITEM_ATTRIBUTES] = this.#list;
    ints[at + ITEM_SCOPE] = this.#scope;
    const scopeLive = this.#scope * SCOPE_STRIDE + SCOPE_LIVE;
    scopes.ints[scopeLive] = (scopes.ints[scopeLive] ?? 0) + 1;
    const resourceLive = this.#resource * RESOURCE_STRIDE + RESOURCE_LIVE;
    resources.ints[resourceLive] = (resources.ints[resourceLive] ?? 0) + 1;
  }

  #attribute(tagPos: number, start: number, end: number): void {
    const index = this.#index;
    const { bytes } = index;
    const at = index.addAttribute(this.#list, this.#node);
    const { ints } = index.attributes;
    ints[at + ATTRIBUTE_TAG] = tagPos;
    const plain = this.#plain;
    if (plain.read(bytes, start, end)) {
      index.setName(this.#list, at, plain.keyStart, plain.keyEnd);
      ints[at + ATTRIBUTE_START] = plain.valueStart;
      ints[at + ATTRIBUTE_END] = end;
      return;
    }
    this.#validator.check(bytes, KEY_VALUE, start, end);
    if (this.#validator.isTooDeep) this.#refuseDepth(start);
    indexKeyValue(index, { list: this.#list, at }, start, end);
  }
}
