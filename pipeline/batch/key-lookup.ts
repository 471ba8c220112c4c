import {
  ATTRIBUTE_KEY,
  ATTRIBUTE_NEXT,
  ATTRIBUTE_STATE,
  ATTRIBUTE_STRIDE,
  type BatchIndex,
  DELETED,
  LIST_HEAD,
  LIST_STRIDE,
  LIST_VERSION,
} from './batch-index.ts';
import { type AttributeKeys, createAttributeKeys, growAttributeKeys } from './attribute-keys.ts';
import { internLate } from './intern-late.ts';
import type { Key } from './key.ts';
import { NO_KEYS, type NameShape, noShape } from './name-sequences.ts';

/** Stamps are counted in 32 bits; then the table is cleared once. */
const lastStamp = 0x7fffffff;

const nowhere = new Int16Array(0);

/**
 * Finds the attributes of one list after the other by key. Where those are that a list came with follows from its shape;
 * where it has none, or was edited before, the first search notes where all its keys are. Those that are added meanwhile
 * are noted as they come.
 */
export class KeyLookup {
  readonly #index: BatchIndex;
  /** By key id: the stamp of the list that has it, and the attribute; for keys that its shape does not tell. */
  #table = new Int32Array(0);
  #stamp = 0;
  #list = -1;
  #version = 0;
  #generation = 0;
  /** That of the list at hand; undefined where all of it was noted. */
  #shape: NameShape | undefined;
  #placeOf: Int16Array = nowhere;
  /** The first attribute of the list at hand, from which places are counted. */
  #first = 0;
  /** Whether the list at hand has a key twice: the second one counts when the first is deleted. */
  #hasRepeats = false;
  /** What `#read` fills, and what stands for a shape. */
  readonly #noted = createAttributeKeys();
  readonly #walked = createAttributeKeys();
  /** Whether the shape of what was noted was looked for. */
  #isShaped = false;
  /** Whether the list was edited since it was looked at. */
  #isEdited = false;

  constructor(index: BatchIndex) {
    this.#index = index;
  }

  /** Index of the first attribute of that key in `list`, -1 where there is none. */
  find(list: number, key: number): number {
    if (key >= this.#index.keysKnown) internLate(this.#index);
    if (this.#isOther(list)) this.#enter(list);
    return this.#find(key);
  }

  /** Whether `list` has one of these keys. */
  hasAny(list: number, wanted: readonly { readonly key: Key }[]): boolean {
    if (this.#index.keysKnown < this.#index.keys.count) internLate(this.#index);
    if (this.#isOther(list)) this.#enter(list);
    for (const { key } of wanted) if (this.#find(key.id) >= 0) return true;
    return false;
  }

  /** The interned keys that `list` has, in its order; they are those of another list after the next look-up in one. */
  keys(list: number): AttributeKeys {
    this.#index.keys.sequences.want();
    if (this.#index.keysKnown < this.#index.keys.count) internLate(this.#index);
    if (this.#isOther(list)) this.#enter(list);
    if (this.#isEdited) this.#read(list);
    if (this.#shape === undefined) return this.#shaped(this.#noted);
    const seen = this.#walked;
    if (seen.shape !== this.#shape.number) {
      const { ids, places, others, number } = this.#shape;
      seen.count = ids.length;
      seen.others = others;
      seen.shape = number;
      seen.isWalked = true;
      seen.ids = ids;
      seen.indexes = places;
    }
    seen.first = this.#first;
    return seen;
  }

  /** Finds the shape of keys that were noted; it says nothing of names between them. */
  #shaped(seen: AttributeKeys): AttributeKeys {
    if (this.#isShaped) return seen;
    const { sequences, count } = this.#index.keys;
    let names = NO_KEYS;
    for (let i = 0; i < seen.count; i++) names = sequences.followKey(names, seen.ids[i] ?? -1);
    seen.shape = sequences.keyShape(names, count)?.number ?? noShape;
    this.#isShaped = true;
    return seen;
  }

  /** Notes the attribute that was just appended to the list at hand. */
  add(key: number, attribute: number): void {
    this.#note(key, attribute);
    this.#noteEdit();
  }

  /** Notes attributes that were just appended to the list at hand, from `first` on. */
  addAll(added: readonly { readonly key: Key }[], first: number): void {
    let attribute = first;
    for (const { key } of added) this.#note(key.id, attribute++);
    this.#noteEdit();
  }

  /** Forgets the attribute of that key, which was just deleted from the list at hand. */
  remove(key: number): void {
    // Where it is there twice, the version tells that the list must be read again.
    if (this.#hasRepeats) return;
    this.#table[key * 2] = 0;
    this.#noteEdit();
  }

  #noteEdit(): void {
    this.#isEdited = true;
    this.#version = this.#index.lists.ints[this.#list * LIST_STRIDE + LIST_VERSION] ?? 0;
  }

  #isOther(list: number): boolean {
    const { lists, generation } = this.#index;
    return (
      list !== this.#list ||
      lists.ints[list * LIST_STRIDE + LIST_VERSION] !== this.#version ||
      generation !== this.#generation
    );
  }

  #find(key: number): number {
    if (this.#table[key * 2] === this.#stamp) return this.#table[key * 2 + 1] ?? -1;
    const place = this.#placeOf[key] ?? -1;
    if (place < 0) return -1;
    const attribute = this.#first + place;
    const { ints } = this.#index.attributes;
    const isDeleted = ((ints[attribute * ATTRIBUTE_STRIDE + ATTRIBUTE_STATE] ?? 0) & DELETED) !== 0;
    return isDeleted ? -1 : attribute;
  }

  #note(key: number, attribute: number): void {
    this.#table[key * 2] = this.#stamp;
    this.#table[key * 2 + 1] = attribute;
  }

  /** Starts on a list. */
  #enter(list: number): void {
    const { lists } = this.#index;
    this.#begin(list);
    this.#shape = this.#index.shapeOf(list);
    if (this.#shape === undefined) {
      this.#read(list);
      return;
    }
    this.#placeOf = this.#shape.placeOf;
    this.#hasRepeats = this.#shape.hasRepeats;
    this.#first = lists.ints[list * LIST_STRIDE + LIST_HEAD] ?? -1;
  }

  #begin(list: number): void {
    const { lists, keys, generation } = this.#index;
    if (this.#table.length < keys.count * 2) this.#table = new Int32Array(keys.count * 4);
    if (this.#stamp === lastStamp) this.#table.fill(0);
    this.#stamp = this.#stamp === lastStamp ? 1 : this.#stamp + 1;
    this.#list = list;
    this.#version = lists.ints[list * LIST_STRIDE + LIST_VERSION] ?? 0;
    this.#generation = generation;
    this.#isEdited = false;
  }

  /** Notes where all keys of a list are. */
  #read(list: number): void {
    this.#begin(list);
    this.#shape = undefined;
    this.#placeOf = nowhere;
    this.#hasRepeats = false;
    const { attributes, lists } = this.#index;
    const seen = this.#noted;
    let count = 0;
    let others = 0;
    const { ints } = attributes;
    for (let i = lists.ints[list * LIST_STRIDE + LIST_HEAD] ?? -1; i >= 0;) {
      const at = i * ATTRIBUTE_STRIDE;
      const key = ints[at + ATTRIBUTE_KEY] ?? -1;
      const isThere = ((ints[at + ATTRIBUTE_STATE] ?? 0) & DELETED) === 0;
      if (isThere && key < 0) others++;
      else if (isThere) {
        if (this.#table[key * 2] === this.#stamp) this.#hasRepeats = true;
        else this.#note(key, i);
        if (count === seen.ids.length) growAttributeKeys(seen);
        seen.ids[count] = key;
        seen.indexes[count++] = i;
      }
      i = ints[at + ATTRIBUTE_NEXT] ?? -1;
    }
    seen.count = count;
    seen.others = others;
    this.#isShaped = false;
  }
}
