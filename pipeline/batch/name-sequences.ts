/** The shape of a list that is not remembered: it is equal to no other. */
export const noShape = 0;

/**
 * Sequences of no names, which lists begin with: those of items and what is in them, those of resources and scopes, and those
 * of which only the keys are looked at. The last is that of names that are not remembered.
 */
export const NO_NAMES = 0;
export const NO_GROUP_NAMES = 1;
export const NO_KEYS = 2;
export const UNKNOWN_NAMES = -1;

/** Limits of what is remembered; what is beyond them is looked up each time. Shapes are counted by root. */
const maxSequences = 8192;
const maxShapes = 256;
const maxNames = 256;
const maxNameBytes = 127;

/** How often names were not remembered after which those that are give way to the ones that come now. */
const maxForgotten = 1 << 16;

/** How often a sequence must have come before what goes on from it is remembered, and its shape: some never come again. */
const enoughVisits = 3;

/** A record for each sequence: what it is a continuation of, by which name, and what continued it last. */
const STRIDE = 8;
const PARENT = 0;
const KEY = 1;
const NAME = 2;
const NAME_LENGTH = 3;
const NAMES = 4;
const LIKELY = 5;
/** Place of its shape among the shapes, plus one; below 1, less how often one was asked for, where it has none. */
const SHAPE = 6;
/** How often it would have been gone on with. */
const VISITS = 7;

const roots = NO_KEYS + 1;

/** A power of two, so that at most half of it is filled. */
const slots = maxSequences * 2;

const WORD = 4;
const TWO_WORDS = 8;

/** What follows from the names of a list alone, which is worked out once for all lists that have them. */
export interface NameShape {
  /** Never that of other names. */
  readonly number: number;
  /** Ids of its interned keys, in their order, and the places of these in the list, from 0. */
  readonly ids: Int32Array;
  readonly places: Int32Array;
  /** By key id: the first place that has it, -1 where none does; keys beyond its end are not there. */
  readonly placeOf: Int16Array;
  /** Whether a key is there twice. */
  readonly hasRepeats: boolean;
  /** How many names are no keys. */
  readonly others: number;
}

/** Where a name lies. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** Memory in which a name lies. */
interface NameSource {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/**
 * Remembers the sequences of names that lists have, as a tree. Spans of one emitter have the same names in the same order:
 * comparing a name with the one that came next last time is cheaper than to look for its key, and says of the whole list
 * which it is. Forgets all when keys are interned.
 */
export class NameSequences {
  /** Changes when sequences that were told before mean nothing any more. */
  epoch = 0;
  #ints = new Int32Array(256 * STRIDE);
  #count = roots;
  #bytes = new Uint8Array(8192);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;
  /** Sequences by what they continue, and how; 0 where free. Made when the first one is remembered. */
  #slots = new Int32Array(0);
  #shapes: NameShape[] = [];
  /** How many of the shapes are of keys alone. */
  #keyShapes = 0;
  #lastShape = noShape;
  #areWanted = false;
  #forgotten = 0;

  /**
   * Lets lists have shapes from now on. Until then none is followed: to look for a name among few keys is cheaper, and many
   * components look for none.
   */
  want(): void {
    this.#areWanted = true;
  }

  /** Where a list begins, of the sequences of no names. */
  begin(root: number): number {
    return this.#areWanted ? root : UNKNOWN_NAMES;
  }

  /** Makes room for new ones where too many were not remembered; not to be called while a list is read. */
  makeRoom(): void {
    if (this.#forgotten > maxForgotten) this.clear();
  }

  clear(): void {
    this.#forgotten = 0;
    if (this.#count === roots) return;
    this.epoch += 1;
    this.#count = roots;
    this.#used = 0;
    this.#ints.fill(0, 0, roots * STRIDE);
    this.#slots.fill(0);
    this.#shapes = [];
    this.#keyShapes = 0;
  }

  /** The sequence that a known one goes on to with the name `source[start..end)`, `UNKNOWN_NAMES` where it is not remembered. */
  follow(sequence: number, source: NameSource, start: number, end: number): number {
    const likely = this.#ints[sequence * STRIDE + LIKELY] ?? 0;
    if (likely > 0 && this.#isName(likely, source, start, end)) return likely;
    return this.#search(sequence, source, start, end);
  }

  /** Remembers that a known sequence goes on with a name, which is that of the key of an id, -1 of none. */
  add(sequence: number, key: number, source: NameSource, name: Range): number {
    const { start, end } = name;
    if (this.#isNew(sequence)) return UNKNOWN_NAMES;
    if (!this.#hasRoom(sequence) || end - start > maxNameBytes) {
      this.#forgotten += 1;
      return UNKNOWN_NAMES;
    }
    const length = end - start;
    this.#reserve(length);
    this.#bytes.set(source.bytes.subarray(start, end), this.#used);
    const added = this.#add(sequence, key, hashName(sequence, source, start, end));
    this.#ints[added * STRIDE + NAME] = this.#used;
    this.#ints[added * STRIDE + NAME_LENGTH] = length;
    this.#used += length;
    return added;
  }

  /** The sequence that goes on with a key, where names are not looked at; it is remembered where it was not. */
  followKey(sequence: number, key: number): number {
    if (sequence < 0) return UNKNOWN_NAMES;
    const likely = this.#ints[sequence * STRIDE + LIKELY] ?? 0;
    if (likely > 0 && this.#ints[likely * STRIDE + KEY] === key) return likely;
    const hash = Math.imul(sequence ^ Math.imul(key, 0x85ebca6b), 0x9e3779b1);
    for (let slot = hash >>> shift; ; slot = (slot + 1) & (slots - 1)) {
      const found = this.#slots[slot] ?? 0;
      if (found === 0) break;
      const at = found * STRIDE;
      if (this.#ints[at + PARENT] !== sequence || this.#ints[at + KEY] !== key) continue;
      return (this.#ints[sequence * STRIDE + LIKELY] = found);
    }
    if (this.#hasRoom(sequence)) return this.#add(sequence, key, hash);
    this.#forgotten += 1;
    return UNKNOWN_NAMES;
  }

  /** Id of the key of the last name, -1 where that is none. */
  key(sequence: number): number {
    return this.#ints[sequence * STRIDE + KEY] ?? -1;
  }

  /** The shape of lists with these names, where there are `keys` keys; undefined where it is not remembered. */
  shape(sequence: number, keys: number): NameShape | undefined {
    if (sequence < 0) return undefined;
    const known = this.#ints[sequence * STRIDE + SHAPE] ?? 0;
    if (known > 0) return this.#shapes[known - 1];
    if (known > -enoughVisits) {
      this.#ints[sequence * STRIDE + SHAPE] = known - 1;
      return undefined;
    }
    return this.#addShape(sequence, keys, false);
  }

  /** As `shape` for a sequence of keys alone. */
  keyShape(sequence: number, keys: number): NameShape | undefined {
    if (sequence < 0) return undefined;
    const known = this.#ints[sequence * STRIDE + SHAPE] ?? 0;
    return known > 0 ? this.#shapes[known - 1] : this.#addShape(sequence, keys, true);
  }

  #addShape(sequence: number, keys: number, areKeys: boolean): NameShape | undefined {
    const before = areKeys ? this.#keyShapes : this.#shapes.length - this.#keyShapes;
    if (before === maxShapes) {
      this.#forgotten += 1;
      return undefined;
    }
    if (areKeys) this.#keyShapes += 1;
    const shape = this.#createShape(sequence, keys);
    this.#ints[sequence * STRIDE + SHAPE] = this.#shapes.push(shape);
    return shape;
  }

  #createShape(sequence: number, keys: number): NameShape {
    const names = this.#ints[sequence * STRIDE + NAMES] ?? 0;
    const placeOf = new Int16Array(keys).fill(-1);
    const ids: number[] = [];
    const places: number[] = [];
    let at = sequence * STRIDE;
    let hasRepeats = false;
    for (let place = names - 1; place >= 0; place--) {
      const key = this.#ints[at + KEY] ?? -1;
      at = (this.#ints[at + PARENT] ?? 0) * STRIDE;
      if (key < 0) continue;
      hasRepeats ||= (placeOf[key] ?? -1) >= 0;
      placeOf[key] = place;
      ids.push(key);
      places.push(place);
    }
    this.#lastShape += 1;
    return {
      number: this.#lastShape,
      ids: Int32Array.from(ids.reverse()),
      places: Int32Array.from(places.reverse()),
      placeOf,
      hasRepeats,
      others: names - ids.length,
    };
  }

  /** Whether a sequence has not come often yet; counts this time. */
  #isNew(sequence: number): boolean {
    const at = sequence * STRIDE + VISITS;
    const visits = this.#ints[at] ?? 0;
    if (visits < enoughVisits && sequence >= roots) {
      this.#ints[at] = visits + 1;
      return true;
    }
    return false;
  }

  #hasRoom(sequence: number): boolean {
    return this.#count < maxSequences && (this.#ints[sequence * STRIDE + NAMES] ?? 0) < maxNames;
  }

  #search(sequence: number, source: NameSource, start: number, end: number): number {
    const ints = this.#ints;
    const hash = hashName(sequence, source, start, end);
    for (let slot = hash >>> shift; ; slot = (slot + 1) & (slots - 1)) {
      const found = this.#slots[slot] ?? 0;
      if (found === 0) return UNKNOWN_NAMES;
      if (ints[found * STRIDE + PARENT] !== sequence) continue;
      if (!this.#isName(found, source, start, end)) continue;
      ints[sequence * STRIDE + LIKELY] = found;
      return found;
    }
  }

  #add(sequence: number, key: number, hash: number): number {
    if (this.#slots.length === 0) this.#slots = new Int32Array(slots);
    this.#reserve(0);
    const added = this.#count++;
    const ints = this.#ints;
    const at = added * STRIDE;
    ints[at + PARENT] = sequence;
    ints[at + KEY] = key;
    ints[at + NAME] = 0;
    ints[at + NAME_LENGTH] = 0;
    ints[at + NAMES] = (ints[sequence * STRIDE + NAMES] ?? 0) + 1;
    ints[at + LIKELY] = 0;
    ints[at + SHAPE] = 0;
    ints[at + VISITS] = 0;
    ints[sequence * STRIDE + LIKELY] = added;
    let slot = hash >>> shift;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (slots - 1);
    this.#slots[slot] = added;
    return added;
  }

  /** Makes room for one more sequence, whose name has that many bytes. */
  #reserve(bytes: number): void {
    if ((this.#count + 1) * STRIDE > this.#ints.length) {
      const larger = new Int32Array(this.#ints.length * 2);
      larger.set(this.#ints);
      this.#ints = larger;
    }
    if (this.#used + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  /** Compares by two words at a time, the last two first: names of one family differ in their ends. */
  #isName(sequence: number, { bytes, view }: NameSource, start: number, end: number): boolean {
    const at = sequence * STRIDE;
    const length = end - start;
    if (this.#ints[at + NAME_LENGTH] !== length) return false;
    const name = this.#ints[at + NAME] ?? 0;
    const last = length - TWO_WORDS;
    if (last < 0) {
      for (let i = 0; i < length; i++) if (bytes[start + i] !== this.#bytes[name + i]) return false;
      return true;
    }
    const known = this.#view;
    if (differ(view, start + last, known, name + last)) return false;
    for (let i = 0; i < last; i += TWO_WORDS) {
      if (differ(view, start + i, known, name + i)) return false;
    }
    return true;
  }
}

/** Takes the place of a slot from a hash: its upper bits, which all of it went into. */
const shift = 32 - Math.log2(slots);

/** Looks at the length of a name and two of its words. */
function hashName(
  sequence: number,
  { bytes, view }: NameSource,
  start: number,
  end: number,
): number {
  const length = end - start;
  let value = Math.imul(sequence, 0x85ebca6b) ^ length;
  if (length < WORD)
    for (let i = start; i < end; i++) value = Math.imul(value, 31) ^ (bytes[i] ?? 0);
  else {
    value = Math.imul(value ^ view.getInt32(end - WORD, true), 0x9e3779b1);
    value ^= (value >>> 15) ^ view.getInt32(start + ((length - WORD) >> 1), true);
  }
  return Math.imul(value, 0x9e3779b1);
}

/** Whether eight bytes of `a` are others than those of `b`. */
function differ(a: DataView, atA: number, b: DataView, atB: number): boolean {
  const first = a.getInt32(atA, true) ^ b.getInt32(atB, true);
  return (first | (a.getInt32(atA + 4, true) ^ b.getInt32(atB + 4, true))) !== 0;
}
