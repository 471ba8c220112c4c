import { isUtf8 } from 'node:buffer';

import type { Signal } from '../component/signal.ts';
import type { TextKind } from './batch.ts';
import { type BatchIndex, NODE_END, NODE_STRIDE, ROOT } from './batch-index.ts';
import { actionTables, BYTES, ENTER, KNOWN_FIXED64, KNOWN_VARINT, messageType } from './fields.ts';
import { SKIP_GROUP, TAGS, TEXT, textPlaces } from './fields.ts';
import {
  TEXT_ITEM,
  TEXT_KEY_END,
  TEXT_KEY_START,
  TEXT_KIND,
  TEXT_NEW_TAG,
  TEXT_NODE,
  TEXT_OWNER,
  TEXT_PLACE,
  TEXT_STOP,
  TEXT_TAG,
  type TextTable,
} from './text-table.ts';
import { DOUBLE, INT, readInteger } from './value.ts';
import { FieldScanner, LENGTH_DELIMITED, maxDepth } from './wire.ts';

const RESOURCE_GROUP = messageType('ResourceGroup');
const SCOPE_GROUP = messageType('ScopeGroup');
const ITEM = messageType('Item');
const KEY_VALUE = messageType('KeyValue');
const ANY_VALUE = messageType('AnyValue');

const STRING_VALUE_TAG = 0x0a;

/** Kinds of texts, by the number in a record. */
export const textKinds = [
  'string',
  'int',
  'double',
  'bytes',
  'key',
] as const satisfies readonly TextKind[];
const [STRING_KIND, INT_KIND, DOUBLE_KIND, BYTES_KIND, KEY_KIND] = [0, 1, 2, 3, 4];

/** Owners of texts, by the number in a record. */
export const textOwners = ['resource', 'scope', 'item'] as const;
const [RESOURCE_OWNER, SCOPE_OWNER, ITEM_OWNER] = [0, 1, 2];

const ATTRIBUTE_PLACE = textPlaces.indexOf('attribute');
const BODY_PLACE = textPlaces.indexOf('body');

/** Gathers the texts of a batch that has no pending edits, adding a node to its index for each message on the way. */
export class Gatherer {
  readonly #index: BatchIndex;
  readonly #texts: TextTable;
  readonly #scanner = new FieldScanner(new Uint8Array(0));
  readonly #types = new Int32Array(maxDepth + 1);
  readonly #ends = new Int32Array(maxDepth + 1);
  readonly #nodes = new Int32Array(maxDepth + 1);
  /** First ordinal of the resource and of the scope at hand, and the item's. */
  readonly #ordinals = new Int32Array(textOwners.length);
  #owner: number = RESOURCE_OWNER;
  #place: number = ATTRIBUTE_PLACE;
  #node = ROOT;
  #items = 0;
  /** Level of the outermost attribute or log body, -1 outside. */
  #outermost = -1;
  #keyStart = 0;
  #keyEnd = 0;

  constructor(index: BatchIndex, texts: TextTable) {
    this.#index = index;
    this.#texts = texts;
  }

  gather(signal: Signal): void {
    const { bytes } = this.#index;
    const actions = actionTables[signal];
    const scanner = this.#scanner.enter(bytes, 0, bytes.length);
    let type = 0;
    let depth = 0;
    this.#reset();
    for (;;) {
      if (scanner.next()) {
        const tag = scanner.field * 8 + scanner.wireType;
        const action = tag < TAGS ? (actions[type * TAGS + tag] ?? 0) : SKIP_GROUP;
        if (action < ENTER) {
          this.#addField(type, action);
          continue;
        }
        this.#types[depth] = type;
        this.#ends[depth] = scanner.end;
        this.#nodes[depth] = this.#node;
        this.#enter(type, action - ENTER, depth);
        depth += 1;
        type = action - ENTER;
      } else {
        if (depth === 0) break;
        depth -= 1;
        this.#leave(type, depth);
        type = this.#types[depth] ?? 0;
        scanner.end = this.#ends[depth] ?? 0;
        this.#node = this.#nodes[depth] ?? 0;
      }
    }
    this.#texts.finish();
  }

  #reset(): void {
    this.#texts.clear();
    this.#owner = RESOURCE_OWNER;
    this.#place = ATTRIBUTE_PLACE;
    this.#node = ROOT;
    this.#items = 0;
    this.#outermost = -1;
    this.#keyStart = 0;
    this.#keyEnd = 0;
  }

  #enter(parent: number, type: number, depth: number): void {
    const scanner = this.#scanner;
    const { nodes } = this.#index;
    if (this.#outermost < 0) this.#enterOutermost(parent, type, depth);
    this.#node = this.#index.addNode(this.#node, scanner.tagPos, scanner.afterTag, scanner.start);
    nodes.ints[this.#node * NODE_STRIDE + NODE_END] = scanner.stop;
    scanner.pos = scanner.start;
    scanner.end = scanner.stop;
    if (type === RESOURCE_GROUP) this.#own(RESOURCE_OWNER, this.#items);
    else if (type === SCOPE_GROUP) this.#own(SCOPE_OWNER, this.#items);
    else if (type === ITEM) this.#own(ITEM_OWNER, this.#items++);
  }

  #enterOutermost(parent: number, type: number, depth: number): void {
    if (type === KEY_VALUE) {
      this.#outermost = depth;
      this.#findKey();
    } else if (type === ANY_VALUE && parent === ITEM) {
      this.#outermost = depth;
      this.#place = BODY_PLACE;
    }
  }

  #leave(type: number, depth: number): void {
    if (depth === this.#outermost) {
      this.#outermost = -1;
      this.#place = ATTRIBUTE_PLACE;
      this.#keyEnd = this.#keyStart;
    }
    if (type === ITEM) this.#owner = SCOPE_OWNER;
    else if (type === SCOPE_GROUP) this.#owner = RESOURCE_OWNER;
  }

  #own(owner: number, ordinal: number): void {
    this.#owner = owner;
    this.#ordinals[owner] = ordinal;
  }

  /** Finds the key of the KeyValue that the scanner stands on: its last field 1. */
  #findKey(): void {
    const { bytes, start, stop } = this.#scanner;
    const keys = new FieldScanner(bytes).enter(bytes, start, stop);
    this.#keyEnd = this.#keyStart;
    while (keys.next()) {
      if (keys.field !== 1 || keys.wireType !== LENGTH_DELIMITED) continue;
      this.#keyStart = keys.start;
      this.#keyEnd = keys.stop;
    }
  }

  #addField(type: number, action: number): void {
    const { start, stop, bytes, field } = this.#scanner;
    if (action >= TEXT) {
      const place = action - TEXT;
      const kind = type === KEY_VALUE ? KEY_KIND : STRING_KIND;
      if (stop > start)
        this.#copy(start, stop, place === ATTRIBUTE_PLACE ? this.#place : place, kind);
    } else if (type !== ANY_VALUE) return;
    else if (action === BYTES) {
      const isText = stop > start && isUtf8(bytes.subarray(start, stop));
      if (isText) this.#copy(start, stop, this.#place, BYTES_KIND);
    } else if (action === KNOWN_VARINT && field === INT) {
      this.#addDigits(String(readInteger(bytes, start)), INT_KIND);
    } else if (action === KNOWN_FIXED64 && field === DOUBLE) {
      this.#addDigits(String(this.#index.view.getFloat64(start, true)), DOUBLE_KIND);
    }
  }

  #copy(start: number, stop: number, place: number, kind: number): void {
    const at = this.#texts.begin(stop - start);
    this.#texts.bytes.set(this.#index.bytes.subarray(start, stop), at);
    this.#describe(this.#texts.add(at, at + stop - start), place, kind);
  }

  #addDigits(digits: string, kind: number): void {
    const at = this.#texts.begin(digits.length);
    for (let i = 0; i < digits.length; i++) this.#texts.bytes[at + i] = digits.charCodeAt(i);
    this.#describe(this.#texts.add(at, at + digits.length), this.#place, kind);
  }

  #describe(at: number, place: number, kind: number): void {
    const scanner = this.#scanner;
    const { ints } = this.#texts.records;
    const isField = kind === STRING_KIND || kind === KEY_KIND;
    ints[at + TEXT_PLACE] = place;
    ints[at + TEXT_KIND] = kind;
    ints[at + TEXT_OWNER] = this.#owner;
    ints[at + TEXT_ITEM] = this.#ordinals[this.#owner] ?? 0;
    ints[at + TEXT_TAG] = scanner.tagPos;
    ints[at + TEXT_STOP] = scanner.stop;
    ints[at + TEXT_NEW_TAG] = isField ? scanner.field * 8 + LENGTH_DELIMITED : STRING_VALUE_TAG;
    ints[at + TEXT_NODE] = this.#node;
    ints[at + TEXT_KEY_START] = this.#keyStart;
    ints[at + TEXT_KEY_END] = this.#keyEnd;
  }
}
