import { isUtf8 } from 'node:buffer';
import { textPlaces } from './actions.ts';
import type { Signal } from '../component/signal.ts';
import { AdditionList } from './additions.ts';
import type { Additions, Text, TextKind, TextPlace, Texts } from './batch.ts';
import { type BatchIndex, NODE_END, NODE_STRIDE } from './batch-index.ts';
import type { Edits } from './edits.ts';
import { itemFields } from './item-fields.ts';
import { FieldScanner, LENGTH_DELIMITED } from './wire.ts';
import { textKinds, textOwners } from './gather.ts';
import { attributeName, fieldBody } from './attribute-reader.ts';
import type { KnownAttributes } from './known-attributes.ts';
import { lengthPos } from './index-key-value.ts';
import { PlainAttribute } from './plain-attribute.ts';
import {
  IS_PLAIN,
  IS_SEEN,
  TEXT_EDIT,
  TEXT_END,
  TEXT_INFO,
  TEXT_ITEM,
  TEXT_KEY,
  TEXT_NODE,
  TEXT_START,
  TEXT_STRIDE,
  TEXT_TAG,
  type TextTable,
} from './text-table.ts';
import { BYTES_VALUE } from './value.ts';

const STRING_VALUE_TAG = 0x0a;
const BYTES_VALUE_TAG = BYTES_VALUE * 8 + LENGTH_DELIMITED;

/** Tags of the attributes of Resource and Scope: length-delimited fields 1 and 3. */
const attributeTags = { resource: 0x0a, scope: 0x1a };

/** The texts of a batch and the cursor over them. */
export class TextCursor implements Texts, Text {
  /** True from gathering until anything else touches the batch. */
  isCurrent = false;
  index = 0;
  readonly #batch: BatchIndex;
  readonly #edits: Edits;
  readonly #table: TextTable;
  readonly #plain = new PlainAttribute();
  readonly #scanner = new FieldScanner(new Uint8Array(0));
  readonly #additions: AdditionList;
  #itemAttributesTag = 0;

  constructor(batch: BatchIndex, edits: Edits, table: TextTable) {
    this.#batch = batch;
    this.#edits = edits;
    this.#table = table;
    this.#additions = new AdditionList(batch, edits, table.owners);
  }

  /** Starts on texts that were just gathered. */
  begin(signal: Signal): this {
    this.isCurrent = true;
    this.index = 0;
    this.#itemAttributesTag = itemFields[signal].attributes * 8 + LENGTH_DELIMITED;
    return this;
  }

  get count(): number {
    return this.#table.count;
  }

  get buffer(): Uint8Array {
    return this.#table.bytes;
  }

  get skippedVectors(): number {
    return this.#table.skippedVectors;
  }

  get skippedBinaries(): number {
    return this.#table.skippedBinaries;
  }

  get size(): number {
    return this.#table.size;
  }

  start(index: number): number {
    return this.#column(index, TEXT_START);
  }

  end(index: number): number {
    return this.#column(index, TEXT_END);
  }

  at(offset: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.start(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  text(index: number): Text {
    this.index = index;
    return this;
  }

  additions(owner: Text['owner'], item: number, prefix: string): Additions | undefined {
    this.#checkCurrent();
    const tag = owner === 'item' ? this.#itemAttributesTag : attributeTags[owner];
    return this.#additions.move({ owner, ordinal: item, tag, prefix });
  }

  makeKnown(known: KnownAttributes, except: ReadonlySet<number>): void {
    this.#checkCurrent();
    const batch = this.#batch;
    for (let index = 0; index < this.count; index++) {
      if ((this.#column(index, TEXT_INFO) & IS_SEEN) === 0) continue;
      const tagPos = this.#column(index, TEXT_KEY);
      let isClean = !except.has(index);
      for (; this.#column(index + 1, TEXT_KEY) === tagPos && index + 1 < this.count; index++) {
        if (except.has(index + 1)) isClean = false;
      }
      if (!isClean) continue;
      const { start, end } = fieldBody(batch, tagPos);
      known.add(batch.view, start, end);
    }
  }

  *[Symbol.iterator](): Generator<Text> {
    for (let i = 0; i < this.count; i++) {
      this.index = i;
      yield this;
    }
  }

  get place(): TextPlace {
    return textPlaces[this.#column(this.index, TEXT_INFO) & 15] ?? 'attribute';
  }

  get kind(): TextKind {
    return textKinds[(this.#column(this.index, TEXT_INFO) >>> 4) & 15] ?? 'string';
  }

  get item(): number {
    return this.#column(this.index, TEXT_ITEM);
  }

  get owner(): 'item' | 'resource' | 'scope' {
    return textOwners[(this.#column(this.index, TEXT_INFO) >>> 8) & 3] ?? 'item';
  }

  get attribute(): number {
    return this.#column(this.index, TEXT_KEY);
  }

  get key(): string {
    const tagPos = this.#column(this.index, TEXT_KEY);
    if (tagPos < 0) return '';
    const { keys, bytes, buffer } = this.#batch;
    const { start, end } = fieldBody(this.#batch, tagPos);
    if (!this.#plain.read(bytes, start, end)) return attributeName(this.#batch, tagPos);
    const id = keys.find(this.#batch, this.#plain.keyStart, this.#plain.keyEnd);
    if (id >= 0) return keys.at(id).name;
    return buffer.toString('utf8', this.#plain.keyStart, this.#plain.keyEnd);
  }

  get value(): string {
    return this.#table.toString(this.start(this.index), this.end(this.index));
  }

  replace(value: string | Uint8Array): void {
    this.#checkCurrent();
    const { ints } = this.#table.records;
    const at = this.index * TEXT_STRIDE;
    const from = this.#edits.arena.used;
    const tagPos = ints[at + TEXT_TAG] ?? 0;
    const isField = this.kind === 'string' || this.kind === 'key';
    const tag = isField ? this.#field(tagPos).field * 8 + LENGTH_DELIMITED : STRING_VALUE_TAG;
    if (typeof value === 'string') this.#edits.arena.stringField(tag, value);
    else this.#edits.arena.bytesField(isUtf8(value) ? tag : BYTES_VALUE_TAG, value);
    const edit = ints[at + TEXT_EDIT] ?? -1;
    if (edit >= 0) {
      this.#edits.revise(edit, from);
      return;
    }
    if (((ints[at + TEXT_INFO] ?? 0) & IS_PLAIN) !== 0) this.#addPlainNodes(this.index);
    const removed = this.#field(tagPos).stop - tagPos;
    ints[at + TEXT_EDIT] = this.#edits.add(tagPos, removed, ints[at + TEXT_NODE] ?? 0, from);
    this.#edits.areTexts = true;
  }

  #checkCurrent(): void {
    if (this.isCurrent) return;
    throw new Error('texts are no longer valid: the batch was edited or read since texts()');
  }

  /** Makes nodes for KeyValue and AnyValue of a plain attribute, and tells both its texts. */
  #addPlainNodes(index: number): void {
    const batch = this.#batch;
    const { bytes } = batch;
    const parent = this.#column(index, TEXT_NODE);
    const keyTag = this.#column(index, TEXT_KEY);
    const { start, end } = fieldBody(batch, keyTag);
    this.#plain.read(bytes, start, end);
    const keyValue = batch.addNode(parent, keyTag, lengthPos(bytes, keyTag), start);
    const valueTag = this.#plain.keyEnd;
    const value = batch.addNode(keyValue, valueTag, valueTag + 1, this.#plain.valueStart);
    batch.nodes.ints[keyValue * NODE_STRIDE + NODE_END] = end;
    batch.nodes.ints[value * NODE_STRIDE + NODE_END] = end;
    for (const neighbour of [index - 1, index, index + 1]) {
      if (neighbour < 0 || neighbour >= this.count) continue;
      if (this.#column(neighbour, TEXT_KEY) !== keyTag) continue;
      this.#setNode(neighbour, this.#column(neighbour, TEXT_TAG) === start ? keyValue : value);
    }
  }

  #field(tagPos: number): FieldScanner {
    const { bytes } = this.#batch;
    const scanner = this.#scanner.enter(bytes, tagPos, bytes.length);
    scanner.next();
    return scanner;
  }

  #setNode(index: number, node: number): void {
    const { ints } = this.#table.records;
    const at = index * TEXT_STRIDE;
    ints[at + TEXT_NODE] = node;
    ints[at + TEXT_INFO] = (ints[at + TEXT_INFO] ?? 0) & ~IS_PLAIN;
  }

  #column(index: number, column: number): number {
    return this.#table.records.ints[index * TEXT_STRIDE + column] ?? 0;
  }
}
