import type { TextTest, Value } from './batch.ts';
import {
  ATTRIBUTE_END,
  ATTRIBUTE_KEY,
  ATTRIBUTE_NEXT,
  ATTRIBUTE_START,
  ATTRIBUTE_STATE,
  ATTRIBUTE_STRIDE,
  ATTRIBUTE_TAG,
  type BatchIndex,
  IN_ARENA,
  LIST_HEAD,
  LIST_STRIDE,
  SPLIT,
} from './batch-index.ts';
import type { Edits } from './edits.ts';
import type { JsonText } from './json-text.ts';
import type { Key } from './key.ts';
import type { NamePatterns } from './name-patterns.ts';
import {
  BOOLEAN,
  decodeValue,
  ARRAY,
  DOUBLE,
  INT,
  readBoolean,
  readInteger,
  readKeyValue,
  readNumber,
  type Source,
  STRING,
  STRING_TAG,
  ValueCursor,
} from './value.ts';

/** Tag of a KeyValue's key. */
const KEY_TAG = 0x0a;

/** Reads values of attributes by their index, wherever they lie. */
export class AttributeReader {
  readonly #index: BatchIndex;
  readonly #edits: Edits;
  readonly #cursor = new ValueCursor();
  #source: Source;

  constructor(index: BatchIndex, edits: Edits) {
    this.#index = index;
    this.#edits = edits;
    this.#source = index;
  }

  /** The kind's number in AnyValue. */
  kind(attribute: number): number {
    return this.#locate(attribute);
  }

  string(attribute: number): string | undefined {
    if (this.#locate(attribute) !== STRING) return undefined;
    return this.#index.shortTexts.decode(this.#source, this.#cursor.start, this.#cursor.stop);
  }

  test(attribute: number, test: TextTest): boolean {
    if (this.#locate(attribute) !== STRING) return false;
    const { bytes, view } = this.#source;
    return test(bytes, this.#cursor.start, this.#cursor.stop, view);
  }

  /** The text from `start` to `end` of the memory that an attribute lies in. */
  part(attribute: number, start: number, end: number): string {
    this.#locate(attribute);
    return this.#index.shortTexts.decode(this.#source, start, end);
  }

  number(attribute: number): number | undefined {
    const kind = this.#locate(attribute);
    if (kind === INT) return readNumber(this.#source.bytes, this.#cursor.start);
    return kind === DOUBLE ? this.#source.view.getFloat64(this.#cursor.start, true) : undefined;
  }

  integer(attribute: number): bigint | undefined {
    if (this.#locate(attribute) !== INT) return undefined;
    return readInteger(this.#source.bytes, this.#cursor.start);
  }

  boolean(attribute: number): boolean | undefined {
    if (this.#locate(attribute) !== BOOLEAN) return undefined;
    return readBoolean(this.#source.bytes, this.#cursor.start, this.#cursor.stop);
  }

  value(attribute: number): Value {
    this.#locate(attribute);
    const { ints } = this.#index.attributes;
    const at = attribute * ATTRIBUTE_STRIDE;
    return decodeValue(
      this.#source,
      ints[at + ATTRIBUTE_START] ?? 0,
      ints[at + ATTRIBUTE_END] ?? 0,
    );
  }

  /** The elements of an array of strings, undefined where it is anything else. */
  strings(attribute: number): string[] | undefined {
    if (this.#locate(attribute) !== ARRAY) return undefined;
    return this.#plainStrings() ?? toStrings(this.value(attribute));
  }

  /** The strings of the array at hand where array and strings are sent in one part each; undefined where not. */
  #plainStrings(): string[] | undefined {
    const { bytes } = this.#source;
    const { first, start, stop } = this.#cursor;
    if (start !== first + 2) return undefined;
    let strings: string[] | undefined;
    for (let at = start; at < stop;) {
      const length = bytes[at + 1] ?? 0;
      const end = at + 2 + length;
      const isPlain = bytes[at] === STRING_TAG && length < 128 && bytes[at + 2] === STRING_TAG;
      if (!isPlain || at + 4 + (bytes[at + 3] ?? 0) !== end) return undefined;
      const string = this.#index.shortTexts.decode(this.#source, at + 4, end);
      // Most have one: a list that grows takes room for many.
      if (strings === undefined) strings = [string];
      else strings.push(string);
      at = end;
    }
    return strings ?? [];
  }

  /** Bytes of its AnyValue. */
  size(attribute: number): number {
    const { ints } = this.#index.attributes;
    const at = attribute * ATTRIBUTE_STRIDE;
    if (((ints[at + ATTRIBUTE_STATE] ?? 0) & SPLIT) !== 0) this.#merge(at);
    return (ints[at + ATTRIBUTE_END] ?? 0) - (ints[at + ATTRIBUTE_START] ?? 0);
  }

  /** Copies its AnyValue to the end of the arena, which has room for it. */
  copy(attribute: number): void {
    const { ints } = this.#index.attributes;
    const at = attribute * ATTRIBUTE_STRIDE;
    const isInArena = ((ints[at + ATTRIBUTE_STATE] ?? 0) & IN_ARENA) !== 0;
    const { arena } = this.#edits;
    const { view } = isInArena ? arena : this.#index;
    arena.copy(view, ints[at + ATTRIBUTE_START] ?? 0, ints[at + ATTRIBUTE_END] ?? 0);
  }

  /** Adds a text to JSON text; false where the value is of another kind. */
  copyJson(attribute: number, into: JsonText): boolean {
    if (this.#locate(attribute) !== STRING) return false;
    into.text(this.#source.view, this.#cursor.start, this.#cursor.stop);
    return true;
  }

  /** Records of the attributes that a list came with and that fit a pattern; their places are counted from `first` on. */
  matches(list: number, first: number, patterns: NamePatterns): readonly number[] {
    const { attributes, keys, lists } = this.#index;
    const { ints } = attributes;
    const matches: number[] = [];
    for (let i = list < 0 ? -1 : (lists.ints[list * LIST_STRIDE + LIST_HEAD] ?? -1); i >= 0;) {
      const at = i * ATTRIBUTE_STRIDE;
      const key = ints[at + ATTRIBUTE_KEY] ?? -1;
      const isPending = (ints[at + ATTRIBUTE_TAG] ?? 0) < 0;
      if (!isPending && (key < 0 || patterns.fits(key, keys))) {
        const pattern = this.#match(i, patterns);
        if (pattern >= 0) matches.push(i - first, pattern, ...patterns.numbers);
      }
      i = ints[at + ATTRIBUTE_NEXT] ?? -1;
    }
    return matches;
  }

  /** The pattern that the name of an attribute fits; -1 where it fits none. */
  #match(attribute: number, patterns: NamePatterns): number {
    const tagPos = this.#index.attributes.ints[attribute * ATTRIBUTE_STRIDE + ATTRIBUTE_TAG] ?? 0;
    const { bytes } = this.#index;
    // One-byte tag, length of up to two bytes, then the key with a length of one: as nearly all encoders write it.
    const keyTag = tagPos + ((bytes[tagPos + 1] ?? 0) < 128 ? 2 : 3);
    const length = bytes[keyTag + 1] ?? 0;
    const isPlain = (bytes[tagPos] ?? 0) < 128 && (bytes[keyTag - 1] ?? 0) < 128;
    if (isPlain && bytes[keyTag] === KEY_TAG && length < 128) {
      return patterns.match(bytes, keyTag + 2, keyTag + 2 + length);
    }
    const name = Buffer.from(this.name(attribute));
    return patterns.match(name, 0, name.length);
  }

  /** Its interned key, undefined where it has none. */
  key(attribute: number): Key | undefined {
    const { attributes, keys } = this.#index;
    const id = attributes.ints[attribute * ATTRIBUTE_STRIDE + ATTRIBUTE_KEY] ?? -1;
    return id < 0 ? undefined : keys.at(id);
  }

  name(attribute: number): string {
    const key = this.key(attribute);
    if (key !== undefined) return key.name;
    const { attributes } = this.#index;
    const at = attribute * ATTRIBUTE_STRIDE;
    return attributeName(this.#index, attributes.ints[at + ATTRIBUTE_TAG] ?? 0);
  }

  #locate(attribute: number): number {
    const { ints } = this.#index.attributes;
    const at = attribute * ATTRIBUTE_STRIDE;
    const state = ints[at + ATTRIBUTE_STATE] ?? 0;
    if ((state & SPLIT) !== 0) this.#merge(at);
    const source: Source = (state & (IN_ARENA | SPLIT)) === 0 ? this.#index : this.#edits.arena;
    // Telling the collector of a reference costs more than to look whether it is another.
    if (this.#source !== source) this.#source = source;
    const start = ints[at + ATTRIBUTE_START] ?? 0;
    return this.#cursor.locate(source.bytes, start, ints[at + ATTRIBUTE_END] ?? 0);
  }

  /** Puts the merge of a split value into the arena; it is read there from now on, and not written. */
  #merge(at: number): void {
    const { ints } = this.#index.attributes;
    const { arena } = this.#edits;
    const range = fieldBody(this.#index, ints[at + ATTRIBUTE_TAG] ?? 0);
    const { source, start, end } = readKeyValue(this.#index, range.start, range.end);
    arena.reserve(end - start);
    ints[at + ATTRIBUTE_START] = arena.used;
    arena.copy(source.view, start, end);
    ints[at + ATTRIBUTE_END] = arena.used;
    ints[at + ATTRIBUTE_STATE] = IN_ARENA;
  }
}

function toStrings(value: Value): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const strings = value.filter((element) => typeof element === 'string');
  return strings.length === value.length ? strings : undefined;
}

/** Body of the length-delimited field whose tag is at `tagPos`; the bytes were checked before. */
export function fieldBody(index: BatchIndex, tagPos: number): { start: number; end: number } {
  const scanner = index.scanner.enter(index.bytes, tagPos, index.bytes.length);
  scanner.next();
  return { start: scanner.start, end: scanner.stop };
}

/** Where the length-delimited field whose tag is at `tagPos` ends. */
export function fieldEnd(index: BatchIndex, tagPos: number): number {
  const { bytes } = index;
  const length = bytes[tagPos + 1] ?? 0;
  if ((bytes[tagPos] ?? 0) < 128 && length < 128) return tagPos + 2 + length;
  return fieldBody(index, tagPos).end;
}

/** The key of the KeyValue whose tag is at `tagPos`. */
export function attributeName(index: BatchIndex, tagPos: number): string {
  const { start, end } = fieldBody(index, tagPos);
  return readKeyValue(index, start, end).key;
}
