import { fieldSize, int64Size, utf8Size } from './arena.ts';
import type { Attribute, Attributes, Value, ValueKind } from './batch.ts';
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
  NODE_END,
  NODE_STRIDE,
} from './batch-index.ts';
import { AttributeCursor } from './attribute-cursor.ts';
import { AttributeReader, fieldEnd } from './attribute-reader.ts';
import { appendNode, EDIT_RANK, EDIT_STRIDE, type Edits } from './edits.ts';
import type { Key } from './key.ts';
import { internLate } from './intern-late.ts';
import { valueKinds } from './value.ts';
import { varintSize } from './wire.ts';

const KEY_VALUE_VALUE_TAG = 0x12;
const STRING_TAG = 0x0a;
const BOOLEAN_TAG = 0x10;
const INT_TAG = 0x18;
const DOUBLE_TAG = 0x21;
const ARRAY_TAG = 0x2a;

/** Bytes around a key and a value in a KeyValue field: two tags and two lengths at their longest. */
const frameBytes = 16;

/** `Attributes` of whichever list it was moved to. */
export class AttributeList implements Attributes {
  readonly #index: BatchIndex;
  readonly #edits: Edits;
  readonly #reader: AttributeReader;
  #list = 0;

  constructor(index: BatchIndex, edits: Edits) {
    this.#index = index;
    this.#edits = edits;
    this.#reader = new AttributeReader(index, edits);
  }

  /** Moves to the list of that index; -1 is an empty list that cannot be edited. */
  move(list: number): this {
    this.#list = list;
    return this;
  }

  has(key: Key): boolean {
    return this.#find(key) >= 0;
  }

  kind(key: Key): ValueKind | undefined {
    const attribute = this.#find(key);
    return attribute < 0 ? undefined : valueKinds[this.#reader.kind(attribute)];
  }

  string(key: Key): string | undefined {
    const attribute = this.#find(key);
    return attribute < 0 ? undefined : this.#reader.string(attribute);
  }

  number(key: Key): number | undefined {
    const attribute = this.#find(key);
    return attribute < 0 ? undefined : this.#reader.number(attribute);
  }

  integer(key: Key): bigint | undefined {
    const attribute = this.#find(key);
    return attribute < 0 ? undefined : this.#reader.integer(attribute);
  }

  boolean(key: Key): boolean | undefined {
    const attribute = this.#find(key);
    return attribute < 0 ? undefined : this.#reader.boolean(attribute);
  }

  strings(key: Key): string[] | undefined {
    const value = this.value(key);
    if (!Array.isArray(value)) return undefined;
    const strings = value.filter((element) => typeof element === 'string');
    return strings.length === value.length ? strings : undefined;
  }

  value(key: Key): Value {
    const attribute = this.#find(key);
    return attribute < 0 ? undefined : this.#reader.value(attribute);
  }

  [Symbol.iterator](): Iterator<Attribute> {
    return this.#iterate('');
  }

  withPrefix(prefix: Key): Iterable<Attribute> {
    return { [Symbol.iterator]: () => this.#iterate(prefix.name) };
  }

  setString(key: Key, value: string): void {
    const size = utf8Size(value);
    const { arena } = this.#edits;
    const start = this.#begin(key, fieldSize(size));
    arena.byte(STRING_TAG);
    arena.varint(size);
    arena.string(value, size);
    this.#put(key, start, fieldSize(size));
  }

  setInt(key: Key, value: bigint | number): void {
    if (typeof value === 'number') {
      this.#setSafeInteger(key, value);
      return;
    }
    if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} is no 64-bit integer`);
    const { arena } = this.#edits;
    const size = 1 + int64Size(value);
    const start = this.#begin(key, size);
    arena.byte(INT_TAG);
    arena.int64(value);
    this.#put(key, start, size);
  }

  setDouble(key: Key, value: number): void {
    const start = this.#begin(key, 9);
    this.#edits.arena.byte(DOUBLE_TAG);
    this.#edits.arena.double(value);
    this.#put(key, start, 9);
  }

  setBoolean(key: Key, value: boolean): void {
    const start = this.#begin(key, 2);
    this.#edits.arena.byte(BOOLEAN_TAG);
    this.#edits.arena.byte(value ? 1 : 0);
    this.#put(key, start, 2);
  }

  setStrings(key: Key, value: readonly string[]): void {
    const { arena } = this.#edits;
    const sizes = value.map(utf8Size);
    // Each element is an AnyValue field that holds a string field.
    const size = sizes.reduce((sum, bytes) => sum + fieldSize(fieldSize(bytes)), 0);
    const start = this.#begin(key, fieldSize(size));
    arena.byte(ARRAY_TAG);
    arena.varint(size);
    for (const [i, text] of value.entries()) {
      const bytes = sizes[i] ?? 0;
      arena.byte(STRING_TAG);
      arena.varint(fieldSize(bytes));
      arena.byte(STRING_TAG);
      arena.varint(bytes);
      arena.string(text, bytes);
    }
    this.#put(key, start, fieldSize(size));
  }

  delete(key: Key): void {
    for (let i = this.#find(key); i >= 0; i = this.#find(key)) this.deleteAt(i);
  }

  /** Deletes one attribute by its index. */
  deleteAt(attribute: number): void {
    const at = attribute * ATTRIBUTE_STRIDE;
    const { ints } = this.#index.attributes;
    ints[at + ATTRIBUTE_STATE] = (ints[at + ATTRIBUTE_STATE] ?? 0) | DELETED;
    this.#replace(at, this.#edits.arena.used);
  }

  #iterate(prefix: string): Iterator<Attribute> {
    // A list object of its own, because this one may be moved while the iteration goes on.
    const list = new AttributeList(this.#index, this.#edits).move(this.#list);
    return new AttributeCursor(this.#index, list.#reader, list, { head: this.#head(), prefix });
  }

  #setSafeInteger(key: Key, value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no safe integer`);
    if (value < 0 || value > 0x7fffffff) {
      this.setInt(key, BigInt(value));
      return;
    }
    const { arena } = this.#edits;
    const size = 1 + varintSize(value);
    const start = this.#begin(key, size);
    arena.byte(INT_TAG);
    arena.varint(value);
    this.#put(key, start, size);
  }

  #head(): number {
    if (this.#list < 0) return -1;
    return this.#index.lists.ints[this.#list * LIST_STRIDE + LIST_HEAD] ?? -1;
  }

  #find(key: Key): number {
    const { attributes } = this.#index;
    if (key.id >= this.#index.keysKnown) internLate(this.#index);
    const { ints } = attributes;
    const { id } = key;
    for (let i = this.#head(); i >= 0;) {
      const at = i * ATTRIBUTE_STRIDE;
      if (ints[at + ATTRIBUTE_KEY] === id && ((ints[at + ATTRIBUTE_STATE] ?? 0) & DELETED) === 0) {
        return i;
      }
      i = ints[at + ATTRIBUTE_NEXT] ?? -1;
    }
    return -1;
  }

  /** Writes a KeyValue field up to its AnyValue of `size` bytes, which the caller writes next; returns its start. */
  #begin(key: Key, size: number): number {
    if (this.#list < 0) throw new Error('these attributes are read only');
    const { keys, lists } = this.#index;
    const { arena } = this.#edits;
    const keySize = keys.encodedSize(key.id);
    arena.reserve(keySize + size + frameBytes);
    const start = arena.used;
    arena.byte(lists.ints[this.#list * LIST_STRIDE + LIST_TAG] ?? 0);
    arena.varint(keySize + fieldSize(size));
    arena.used = keys.writeEncoded(key.id, arena.bytes, arena.used);
    arena.byte(KEY_VALUE_VALUE_TAG);
    arena.varint(size);
    return start;
  }

  /** Puts the KeyValue field that the arena holds from `start` on into the list; its AnyValue is the last `size` bytes. */
  #put(key: Key, start: number, size: number): void {
    const index = this.#index;
    const existing = this.#find(key);
    const at = existing < 0 ? this.#append(key, start) : existing * ATTRIBUTE_STRIDE;
    if (existing >= 0) this.#replace(at, start);
    const { ints } = index.attributes;
    const { used } = this.#edits.arena;
    ints[at + ATTRIBUTE_START] = used - size;
    ints[at + ATTRIBUTE_END] = used;
    ints[at + ATTRIBUTE_STATE] = IN_ARENA;
  }

  #replace(at: number, start: number): void {
    const { attributes, bytes } = this.#index;
    const { ints } = attributes;
    const edit = ints[at + ATTRIBUTE_EDIT] ?? -1;
    if (edit >= 0) {
      this.#edits.revise(edit, start);
      return;
    }
    const tag = ints[at + ATTRIBUTE_TAG] ?? 0;
    const node = ints[at + ATTRIBUTE_NODE] ?? 0;
    ints[at + ATTRIBUTE_EDIT] = this.#edits.add(tag, fieldEnd(bytes, tag) - tag, node, start);
  }

  #append(key: Key, start: number): number {
    const index = this.#index;
    const node = appendNode(index, this.#list);
    const end = index.nodes.ints[node * NODE_STRIDE + NODE_END] ?? 0;
    const edit = this.#edits.add(end, 0, node, start);
    const rank = index.lists.ints[this.#list * LIST_STRIDE + LIST_RANK] ?? 0;
    this.#edits.table.ints[edit * EDIT_STRIDE + EDIT_RANK] = rank;
    const at = index.addAttribute(this.#list, node);
    const { ints } = index.attributes;
    ints[at + ATTRIBUTE_KEY] = key.id;
    ints[at + ATTRIBUTE_TAG] = -1;
    ints[at + ATTRIBUTE_EDIT] = edit;
    return at;
  }
}
