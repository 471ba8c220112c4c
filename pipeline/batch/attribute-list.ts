import { fieldSize, int64Size, utf8Size } from './arena.ts';
import type { Attribute, Attributes, TextTest, Value, ValueKind } from './batch.ts';
import {
  ATTRIBUTE_STATE,
  ATTRIBUTE_STRIDE,
  type BatchIndex,
  DELETED,
  LIST_HEAD,
  LIST_STRIDE,
  LIST_TAG,
} from './batch-index.ts';
import { AttributeCursor } from './attribute-cursor.ts';
import {
  addTemplate,
  appendAttribute,
  deleteAttribute,
  insertAttributes,
  readFromArena,
  replaceAttribute,
} from './attribute-edits.ts';
import { type AttributeKeys, createAttributeKeys } from './attribute-keys.ts';
import type { AttributeTemplate } from './attribute-template.ts';
import { AttributeReader } from './attribute-reader.ts';
import type { Edits } from './edits.ts';
import { internLate } from './intern-late.ts';
import type { JsonText } from './json-text.ts';
import type { Key } from './key.ts';
import { MATCH_PATTERN, MATCH_PLACE, MATCH_STRIDE, type NamePatterns } from './name-patterns.ts';
import { KeyLookup } from './key-lookup.ts';
import {
  ARRAY_TAG,
  BOOLEAN_TAG,
  DOUBLE_TAG,
  INT_TAG,
  KEY_VALUE_VALUE_TAG,
  STRING_TAG,
  valueKinds,
} from './value.ts';
import { varintSize, writeVarint } from './wire.ts';

/** Bytes around a key and a value in a KeyValue field: two tags and two lengths at their longest. */
const frameBytes = 16;

/** Bytes of a double. */
const DOUBLE_BYTES = 8;

/** Those of a list that is not there. */
const noKeys = createAttributeKeys();

/** `Attributes` of whichever list it was moved to. */
export class AttributeList implements Attributes {
  readonly #index: BatchIndex;
  readonly #edits: Edits;
  readonly #reader: AttributeReader;
  readonly #lookup: KeyLookup;
  #list = -1;
  /** What `at` moves. */
  readonly #cursor: AttributeCursor;

  constructor(index: BatchIndex, edits: Edits) {
    this.#index = index;
    this.#edits = edits;
    this.#reader = new AttributeReader(index, edits);
    this.#lookup = new KeyLookup(index);
    const nowhere = { list: -1, head: -1, prefix: '' };
    this.#cursor = new AttributeCursor(index, edits, this.#reader, nowhere);
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
    const attribute = this.#find(key);
    return attribute < 0 ? undefined : this.#reader.strings(attribute);
  }

  test(key: Key, test: TextTest): boolean {
    const attribute = this.#find(key);
    return attribute >= 0 && this.#reader.test(attribute, test);
  }

  value(key: Key): Value {
    const attribute = this.#find(key);
    return attribute < 0 ? undefined : this.#reader.value(attribute);
  }

  [Symbol.iterator](): Iterator<Attribute> {
    return this.#iterate('');
  }

  find(key: Key): Attribute | undefined {
    const attribute = this.#find(key);
    return attribute < 0 ? undefined : this.#cursor.moveTo(this.#list, attribute);
  }

  keys(): AttributeKeys {
    return this.#list < 0 ? noKeys : this.#lookup.keys(this.#list);
  }

  forEachMatch(patterns: NamePatterns, visit: (pattern: number, attribute: number) => void): void {
    const seen = this.keys();
    const { first } = seen;
    let matches = seen.isWalked ? patterns.byShape.get(seen.shape) : undefined;
    if (matches === undefined) {
      matches = this.#reader.matches(this.#list, first, patterns);
      if (seen.isWalked) patterns.byShape.set(seen.shape, matches);
    }
    const { ints } = this.#index.attributes;
    for (let at = 0; at < matches.length; at += MATCH_STRIDE) {
      const attribute = first + (matches[at + MATCH_PLACE] ?? 0);
      const state = ints[attribute * ATTRIBUTE_STRIDE + ATTRIBUTE_STATE] ?? 0;
      if ((state & DELETED) !== 0) continue;
      patterns.takeNumbers(matches, at);
      visit(matches[at + MATCH_PATTERN] ?? 0, attribute);
    }
  }

  at(attribute: number): Attribute {
    return this.#cursor.moveTo(this.#list, attribute);
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

  setJson(key: Key, { view, used }: JsonText): void {
    const { arena } = this.#edits;
    const start = this.#begin(key, fieldSize(used));
    arena.byte(STRING_TAG);
    arena.varint(used);
    arena.copy(view, 0, used);
    this.#put(key, start, fieldSize(used));
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
    let size = 0;
    for (const text of value) size += elementSize(utf8Size(text));
    const start = this.#begin(key, fieldSize(size));
    arena.byte(ARRAY_TAG);
    arena.varint(size);
    for (const text of value) {
      const bytes = utf8Size(text);
      arena.byte(STRING_TAG);
      arena.varint(fieldSize(bytes));
      arena.byte(STRING_TAG);
      arena.varint(bytes);
      arena.string(text, bytes);
    }
    this.#put(key, start, fieldSize(size));
  }

  copy(key: Key, index: number): void {
    const size = this.#reader.size(index);
    const start = this.#begin(key, size);
    this.#reader.copy(index);
    this.#put(key, start, size);
  }

  append({ attributes, bytes }: AttributeTemplate, doubles: readonly number[] = []): boolean {
    if (this.#list < 0) throw new Error('these attributes are read only');
    if (this.#lookup.hasAny(this.#list, attributes)) return false;
    if (attributes.length === 0) return true;
    const { arena } = this.#edits;
    const list = this.#list;
    const tag = this.#index.lists.ints[list * LIST_STRIDE + LIST_TAG] ?? 0;
    arena.reserve(bytes.length);
    const base = arena.used;
    arena.copyAll(bytes);
    const edit = insertAttributes(this.#index, this.#edits, list, base);
    let next = 0;
    for (const { start, end, isDouble } of attributes) {
      arena.bytes[base + start] = tag;
      // Here, because a double that is handed to a function becomes an object.
      if (isDouble) arena.view.setFloat64(base + end - DOUBLE_BYTES, doubles[next++] ?? 0, true);
    }
    const added = addTemplate(this.#index, list, [edit, base], attributes);
    this.#lookup.addAll(attributes, added);
    return true;
  }

  delete(key: Key): void {
    for (let i = this.#find(key); i >= 0; i = this.#find(key)) {
      deleteAttribute(this.#index, this.#edits, this.#list, i);
      this.#lookup.remove(key.id);
    }
  }

  deleteAt(attribute: number): void {
    const key = this.#reader.key(attribute);
    const isFound = key !== undefined && this.#find(key) === attribute;
    deleteAttribute(this.#index, this.#edits, this.#list, attribute);
    if (isFound) this.#lookup.remove(key.id);
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
    const list = this.#list;
    if (list < 0) throw new Error('these attributes are read only');
    const { keys, lists } = this.#index;
    const { arena } = this.#edits;
    const keySize = keys.encodedSize(key.id);
    arena.reserve(keySize + size + frameBytes);
    const start = arena.used;
    const { bytes } = arena;
    bytes[start] = lists.ints[list * LIST_STRIDE + LIST_TAG] ?? 0;
    arena.used = writeVarint(bytes, start + 1, keySize + fieldSize(size));
    keys.writeEncoded(key.id, arena);
    bytes[arena.used] = KEY_VALUE_VALUE_TAG;
    arena.used = writeVarint(bytes, arena.used + 1, size);
    return start;
  }

  /** Puts the KeyValue field that the arena holds from `start` on into the list; its AnyValue is the last `size` bytes. */
  #put(key: Key, start: number, size: number): void {
    const index = this.#index;
    const list = this.#list;
    const attribute = this.#find(key);
    if (attribute < 0) {
      this.#lookup.add(key.id, appendAttribute(index, this.#edits, list, [key.id, start, size]));
    } else {
      const end = replaceAttribute(index, this.#edits, { list, attribute }, start);
      readFromArena(index, attribute, end, size);
    }
  }
}

/** Bytes of an element of an array of strings: an AnyValue field that holds a string field. */
function elementSize(bytes: number): number {
  return fieldSize(fieldSize(bytes));
}
