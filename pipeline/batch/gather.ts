import type { Signal } from '../component/signal.ts';
import {
  actionTables,
  BYTES,
  ENTER,
  KNOWN_FIXED64,
  KNOWN_VARINT,
  SKIP_GROUP,
  TAGS,
  TEXT,
  textPlaces,
} from './actions.ts';
import { messageType } from './fields.ts';
import type { TextKind } from './batch.ts';
import { type BatchIndex, NODE_END, NODE_STRIDE, ROOT } from './batch-index.ts';
import { KNOWN, type KnownAttributes, SEEN, UNSEEN } from './known-attributes.ts';
import { isMostlyText } from './mostly-text.ts';
import { isNumberVector } from './number-vector.ts';
import { PlainAttribute } from './plain-attribute.ts';
import {
  IS_PLAIN,
  IS_SEEN,
  packText,
  TEXT_INFO,
  TEXT_ITEM,
  TEXT_KEY,
  TEXT_NODE,
  TEXT_TAG,
  type TextTable,
} from './text-table.ts';
import { BYTES_VALUE, DOUBLE, EMPTY, INT, readExact, STRING } from './value.ts';
import { FieldScanner, maxDepth } from './wire.ts';

const RESOURCE_GROUP = messageType('ResourceGroup');
const RESOURCE = messageType('Resource');
const SCOPE = messageType('Scope');
const SCOPE_GROUP = messageType('ScopeGroup');
const ITEM = messageType('Item');
const KEY_VALUE = messageType('KeyValue');
const ANY_VALUE = messageType('AnyValue');
const ARRAY_VALUE = messageType('ArrayValue');

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
  /** Tag of the outermost attribute. */
  #key = -1;
  /** `IS_SEEN` in an attribute that was seen before, 0 elsewhere. */
  #seen = 0;
  readonly #plain = new PlainAttribute();
  #known: KnownAttributes | undefined;

  constructor(index: BatchIndex, texts: TextTable) {
    this.#index = index;
    this.#texts = texts;
  }

  /** Leaves out what is known. */
  gather(signal: Signal, known: KnownAttributes | undefined): void {
    this.#known = known;
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
        if (action === ENTER + ARRAY_VALUE && this.#skipVector()) continue;
        if (action === ENTER + KEY_VALUE && this.#outermost < 0 && this.#addShort()) continue;
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
    this.#key = -1;
    this.#seen = 0;
  }

  #skipVector(): boolean {
    const { start, stop } = this.#scanner;
    if (!isNumberVector(this.#index.view, start, stop)) return false;
    this.#texts.skippedVectors += 1;
    return true;
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
    if (type === ITEM || type === RESOURCE || type === SCOPE) {
      this.#texts.owners.note(this.#owner, this.#ordinals[this.#owner] ?? 0, this.#node);
    }
  }

  #enterOutermost(parent: number, type: number, depth: number): void {
    if (type === KEY_VALUE) {
      this.#outermost = depth;
      this.#key = this.#scanner.tagPos;
    } else if (type === ANY_VALUE && parent === ITEM) {
      this.#outermost = depth;
      this.#place = BODY_PLACE;
    }
  }

  #leave(type: number, depth: number): void {
    if (depth === this.#outermost) {
      this.#outermost = -1;
      this.#place = ATTRIBUTE_PLACE;
      this.#key = -1;
      this.#seen = 0;
    }
    if (type === ITEM) this.#owner = SCOPE_OWNER;
    else if (type === SCOPE_GROUP) this.#owner = RESOURCE_OWNER;
  }

  #own(owner: number, ordinal: number): void {
    this.#owner = owner;
    this.#ordinals[owner] = ordinal;
  }

  /** Passes over an attribute that is known, or adds the texts of one that is written plainly; false where it is neither. */
  #addShort(): boolean {
    const { start, stop } = this.#scanner;
    const sight = this.#known?.look(this.#index.view, start, stop) ?? UNSEEN;
    if (sight === KNOWN) return true;
    this.#seen = sight === SEEN ? IS_SEEN : 0;
    return this.#addPlain();
  }

  /** Adds the texts of an attribute that is written plainly; false where it is not. */
  #addPlain(): boolean {
    const { bytes, tagPos, start, stop } = this.#scanner;
    const plain = this.#plain;
    if (!plain.read(bytes, start, stop)) return false;
    const { keyStart, keyEnd, kind } = plain;
    this.#key = tagPos;
    if (keyEnd > keyStart) {
      const at = this.#texts.addBytes(bytes, keyStart, keyEnd);
      this.#describe(at, start, packText(ATTRIBUTE_PLACE, KEY_KIND, this.#owner) | IS_PLAIN);
    }
    if (kind !== EMPTY && plain.start < stop) this.#addPlainValue(plain, stop);
    this.#key = -1;
    this.#seen = 0;
    return true;
  }

  #addPlainValue({ kind, start, valueStart }: PlainAttribute, stop: number): void {
    const { bytes } = this.#index;
    if (kind === STRING) {
      this.#describePlain(this.#texts.addBytes(bytes, start, stop), valueStart, STRING_KIND);
    } else if (kind === INT) {
      this.#describePlain(this.#addInteger(start), valueStart, INT_KIND);
    } else if (kind === DOUBLE) {
      this.#describePlain(this.#addDouble(start), valueStart, DOUBLE_KIND);
    } else if (kind === BYTES_VALUE && this.#isText(start, stop)) {
      this.#describePlain(this.#texts.addBytes(bytes, start, stop), valueStart, BYTES_KIND);
    }
  }

  #describePlain(at: number, tagPos: number, kind: number): void {
    this.#describe(at, tagPos, packText(ATTRIBUTE_PLACE, kind, this.#owner) | IS_PLAIN);
  }

  #isText(start: number, stop: number): boolean {
    const isText = isMostlyText(this.#index.bytes.subarray(start, stop));
    if (!isText) this.#texts.skippedBinaries += 1;
    return isText;
  }

  #addInteger(start: number): number {
    const value = readExact(this.#index.bytes, start);
    return typeof value === 'number'
      ? this.#texts.addNatural(value)
      : this.#texts.addDigits(String(value));
  }

  #addDouble(start: number): number {
    return this.#texts.addDigits(String(this.#index.view.getFloat64(start, true)));
  }

  #addField(type: number, action: number): void {
    const { start, stop, bytes, field } = this.#scanner;
    if (action >= TEXT) {
      if (stop === start) return;
      const place = action - TEXT;
      const kind = type === KEY_VALUE ? KEY_KIND : STRING_KIND;
      const at = this.#texts.addBytes(bytes, start, stop);
      this.#describeField(at, place === ATTRIBUTE_PLACE ? this.#place : place, kind);
    } else if (type !== ANY_VALUE) return;
    else if (action === BYTES) {
      if (stop === start || !this.#isText(start, stop)) return;
      this.#describeField(this.#texts.addBytes(bytes, start, stop), this.#place, BYTES_KIND);
    } else if (action === KNOWN_VARINT && field === INT) {
      this.#describeField(this.#addInteger(start), this.#place, INT_KIND);
    } else if (action === KNOWN_FIXED64 && field === DOUBLE) {
      this.#describeField(this.#addDouble(start), this.#place, DOUBLE_KIND);
    }
  }

  #describeField(at: number, place: number, kind: number): void {
    this.#describe(at, this.#scanner.tagPos, packText(place, kind, this.#owner));
  }

  #describe(at: number, tagPos: number, info: number): void {
    const { ints } = this.#texts.records;
    ints[at + TEXT_INFO] = info | this.#seen;
    ints[at + TEXT_ITEM] = this.#ordinals[this.#owner] ?? 0;
    ints[at + TEXT_TAG] = tagPos;
    ints[at + TEXT_NODE] = this.#node;
    ints[at + TEXT_KEY] = this.#key;
  }
}
