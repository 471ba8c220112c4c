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
import { hashKeys, noKeysHash, noShape } from './key-shapes.ts';

/** Stamps are counted in 32 bits; then the table is cleared once. */
const lastStamp = 0x7fffffff;

/**
 * Finds the attributes of one list after the other by key. The first search in a list notes where all its keys are, so
 * that the many that follow cost one comparison each, however long the list is.
 */
export class KeyLookup {
  readonly #index: BatchIndex;
  /** By key id: the stamp of the list that has it, and the attribute. */
  #table = new Int32Array(0);
  #stamp = 0;
  #list = -1;
  #version = 0;
  #generation = 0;
  /** Whether the list at hand has a key twice: the second one counts when the first is deleted. */
  #hasRepeats = false;
  readonly #keys = createAttributeKeys();
  /** Of the keys in `#keys`. */
  #hash = noKeysHash;
  /** Whether `#keys` are those of the list at hand, in which keys were added or deleted since it was read. */
  #areKeysOld = false;

  constructor(index: BatchIndex) {
    this.#index = index;
  }

  /** Index of the first attribute of that key in `list`, -1 where there is none. */
  find(list: number, key: number): number {
    if (key >= this.#index.keysKnown) internLate(this.#index);
    if (this.#isOther(list)) this.#read(list);
    return this.#table[key * 2] === this.#stamp ? (this.#table[key * 2 + 1] ?? -1) : -1;
  }

  /** Whether `list` has one of these keys. */
  hasAny(list: number, wanted: readonly { readonly key: Key }[]): boolean {
    if (this.#index.keysKnown < this.#index.keys.count) internLate(this.#index);
    if (this.#isOther(list)) this.#read(list);
    const table = this.#table;
    const stamp = this.#stamp;
    for (const { key } of wanted) if (table[key.id * 2] === stamp) return true;
    return false;
  }

  /** The interned keys that `list` has, in its order; they are those of another list after the next look-up in one. */
  keys(list: number): AttributeKeys {
    if (this.#index.keysKnown < this.#index.keys.count) internLate(this.#index);
    if (this.#areKeysOld || this.#isOther(list)) this.#read(list);
    const seen = this.#keys;
    if (seen.shape === noShape) {
      seen.shape = this.#index.keys.shapes.find(seen.ids, seen.count, this.#hash);
    }
    return seen;
  }

  /** Notes the attribute that was just appended to the list at hand. */
  add(key: number, attribute: number): void {
    this.#note(key, attribute);
    this.#areKeysOld = true;
    this.#version = this.#index.lists.ints[this.#list * LIST_STRIDE + LIST_VERSION] ?? 0;
  }

  /** Notes attributes that were just appended to the list at hand, from `first` on. */
  addAll(added: readonly { readonly key: Key }[], first: number): void {
    let attribute = first;
    for (const { key } of added) this.#note(key.id, attribute++);
    this.#areKeysOld = true;
    this.#version = this.#index.lists.ints[this.#list * LIST_STRIDE + LIST_VERSION] ?? 0;
  }

  /** Forgets the attribute of that key, which was just deleted from the list at hand. */
  remove(key: number): void {
    if (this.#hasRepeats) return;
    this.#areKeysOld = true;
    this.#table[key * 2] = 0;
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

  #note(key: number, attribute: number): void {
    this.#table[key * 2] = this.#stamp;
    this.#table[key * 2 + 1] = attribute;
  }

  #read(list: number): void {
    const { attributes, lists, keys, generation } = this.#index;
    if (this.#table.length < keys.count * 2) this.#table = new Int32Array(keys.count * 4);
    if (this.#stamp === lastStamp) this.#table.fill(0);
    this.#stamp = this.#stamp === lastStamp ? 1 : this.#stamp + 1;
    this.#list = list;
    this.#version = lists.ints[list * LIST_STRIDE + LIST_VERSION] ?? 0;
    this.#generation = generation;
    this.#hasRepeats = false;
    this.#areKeysOld = false;
    const seen = this.#keys;
    let count = 0;
    let others = 0;
    let hash = noKeysHash;
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
        hash = hashKeys(hash, key);
      }
      i = ints[at + ATTRIBUTE_NEXT] ?? -1;
    }
    seen.count = count;
    seen.others = others;
    seen.shape = noShape;
    this.#hash = hash;
  }
}
