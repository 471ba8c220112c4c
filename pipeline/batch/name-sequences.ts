/** The shape of a list that is not remembered: it is equal to no other. */
export const noShape = 0;

/** The sequence of no names, which every list begins with; the same for its keys alone; and that of names that are not remembered. */
export const NO_NAMES = 0;
export const NO_KEYS = 1;
export const UNKNOWN_NAMES = -1;

/** Limits of what is remembered; what is beyond them is looked up each time. */
const maxSequences = 8192;
const maxShapes = 512;
const maxNames = 256;
const maxNameBytes = 127;
/** Names that have followed one sequence. */
const maxFollowers = 16;

/** How often names were not remembered after which those that are give way to the ones that come now. */
const maxForgotten = 1 << 16;

/** A record for each sequence: what it is a continuation of, by which name, and what has continued it. */
const STRIDE = 8;
const PARENT = 0;
const KEY = 1;
const NAME = 2;
const NAME_LENGTH = 3;
const NAMES = 4;
const FIRST_FOLLOWER = 5;
const NEXT_FOLLOWER = 6;
/** Place of its shape among the shapes, plus one; 0 where it has none yet. */
const SHAPE = 7;

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
  #count = NO_KEYS + 1;
  #bytes = new Uint8Array(8192);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;
  #shapes: NameShape[] = [];
  #lastShape = noShape;
  #forgotten = 0;

  /** Makes room for new ones where too many were not remembered; not to be called while a list is read. */
  begin(): void {
    if (this.#forgotten > maxForgotten) this.clear();
  }

  clear(): void {
    this.#forgotten = 0;
    if (this.#count === NO_KEYS + 1) return;
    this.epoch += 1;
    this.#count = NO_KEYS + 1;
    this.#used = 0;
    this.#ints.fill(0, 0, (NO_KEYS + 1) * STRIDE);
    this.#shapes = [];
  }

  /** The sequence that goes on with the name `source[start..end)`, `UNKNOWN_NAMES` where it is not remembered. */
  follow(sequence: number, source: NameSource, start: number, end: number): number {
    if (sequence < 0) return UNKNOWN_NAMES;
    const ints = this.#ints;
    const length = end - start;
    let next = ints[sequence * STRIDE + FIRST_FOLLOWER] ?? 0;
    while (next > 0) {
      const at = next * STRIDE;
      const isIt =
        ints[at + NAME_LENGTH] === length &&
        this.#isName(ints[at + NAME] ?? 0, source, start, length);
      if (isIt) return next;
      next = ints[at + NEXT_FOLLOWER] ?? 0;
    }
    return UNKNOWN_NAMES;
  }

  /** Remembers that a sequence goes on with a name, which is that of the key of an id, -1 of none. */
  add(sequence: number, key: number, name: Uint8Array): number {
    if (sequence < 0) return UNKNOWN_NAMES;
    const names = (this.#ints[sequence * STRIDE + NAMES] ?? 0) + 1;
    const isTooMuch = names > maxNames || name.length > maxNameBytes;
    if (isTooMuch || !this.#canFollow(sequence)) {
      this.#forgotten += 1;
      return UNKNOWN_NAMES;
    }
    const added = this.#count++;
    this.#reserve(name.length);
    this.#bytes.set(name, this.#used);
    const ints = this.#ints;
    const at = added * STRIDE;
    ints[at + PARENT] = sequence;
    ints[at + KEY] = key;
    ints[at + NAME] = this.#used;
    ints[at + NAME_LENGTH] = name.length;
    ints[at + NAMES] = names;
    ints[at + FIRST_FOLLOWER] = 0;
    ints[at + SHAPE] = 0;
    ints[at + NEXT_FOLLOWER] = ints[sequence * STRIDE + FIRST_FOLLOWER] ?? 0;
    ints[sequence * STRIDE + FIRST_FOLLOWER] = added;
    this.#used += name.length;
    return added;
  }

  /** Id of the key of the last name, -1 where that is none. */
  key(sequence: number): number {
    return this.#ints[sequence * STRIDE + KEY] ?? -1;
  }

  /** The shape of lists with these names, where there are `keys` keys; undefined where it is not remembered. */
  shape(sequence: number, keys: number): NameShape | undefined {
    if (sequence < 0) return undefined;
    const known = this.#ints[sequence * STRIDE + SHAPE] ?? 0;
    return known > 0 ? this.#shapes[known - 1] : this.#addShape(sequence, keys);
  }

  #addShape(sequence: number, keys: number): NameShape | undefined {
    if (this.#shapes.length === maxShapes) {
      this.#forgotten += 1;
      return undefined;
    }
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

  #canFollow(sequence: number): boolean {
    if (this.#count === maxSequences) return false;
    let followers = 0;
    for (
      let next = this.#ints[sequence * STRIDE + FIRST_FOLLOWER] ?? 0;
      next > 0;
      next = this.#ints[next * STRIDE + NEXT_FOLLOWER] ?? 0
    ) {
      followers += 1;
    }
    return followers < maxFollowers;
  }

  /** Makes room for one more sequence, whose name has that many bytes. */
  #reserve(bytes: number): void {
    if (this.#count * STRIDE > this.#ints.length) {
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
  #isName(name: number, { bytes, view }: NameSource, start: number, length: number): boolean {
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

/** Whether eight bytes of `a` are others than those of `b`. */
function differ(a: DataView, atA: number, b: DataView, atB: number): boolean {
  const first = a.getInt32(atA, true) ^ b.getInt32(atB, true);
  return (first | (a.getInt32(atA + 4, true) ^ b.getInt32(atB + 4, true))) !== 0;
}
