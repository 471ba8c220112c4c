import { fieldSize, int64Size, utf8Size } from './arena.ts';
import type { Attribute, Attributes, Value, ValueKind } from './batch.ts';
import { type BatchIndex, LIST_HEAD, LIST_STRIDE, LIST_TAG } from './batch-index.ts';
import { AttributeCursor } from './attribute-cursor.ts';
import {
  appendAttribute,
  deleteAttribute,
  readFromArena,
  replaceAttribute,
} from './attribute-edits.ts';
import { AttributeReader } from './attribute-reader.ts';
import type { Edits } from './edits.ts';
import { internLate } from './intern-late.ts';
import type { Key } from './key.ts';
import { KeyLookup } from './key-lookup.ts';
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
  readonly #lookup: KeyLookup;
  #list = -1;

  constructor(index: BatchIndex, edits: Edits) {
    this.#index = index;
    this.#edits = edits;
    this.#reader = new AttributeReader(index, edits);
    this.#lookup = new KeyLookup(index);
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
    for (let i = this.#find(key); i >= 0; i = this.#find(key)) {
      deleteAttribute(this.#index, this.#edits, this.#list, i);
    }
  }

  #iterate(prefix: string): Iterator<Attribute> {
    if (this.#index.keysKnown < this.#index.keys.count) internLate(this.#index);
    const list = this.#list;
    const { ints } = this.#index.lists;
    const head = list < 0 ? -1 : (ints[list * LIST_STRIDE + LIST_HEAD] ?? -1);
    return new AttributeCursor(this.#index, this.#edits, this.#reader, { list, head, prefix });
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

  #find(key: Key): number {
    return this.#list < 0 ? -1 : this.#lookup.find(this.#list, key.id);
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
    const list = this.#list;
    let end = this.#edits.arena.used;
    let attribute = this.#find(key);
    if (attribute < 0) {
      attribute = appendAttribute(index, this.#edits, { list, key: key.id }, start);
      this.#lookup.add(key.id, attribute);
    } else {
      end = replaceAttribute(index, this.#edits, { list, attribute }, start);
    }
    readFromArena(index, attribute, end, size);
  }
}
