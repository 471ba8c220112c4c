import type { Attributes, TextTest } from '../../pipeline/batch/batch.ts';
import { ByteSlots } from '../../pipeline/batch/byte-slots.ts';

/** Attributes of one span whose texts mean something together. */
export interface TextList {
  readonly count: number;
  /** Their indexes, as `Attributes.at` takes them. */
  readonly attributes: Int32Array;
  /** What each of them is among the others, which is compared with the texts. */
  readonly orders: Int32Array;
}

/** The agents and applications of one fleet that take turns at a worker. */
const maxKept = 8;

/** Room that remembered texts take, each as much as the longest of them; those that need more are not remembered. */
const maxBytes = 1 << 16;

/**
 * Remembers what texts meant: definitions of tools, parameters and metadata are the same from span to span, and comparing
 * their bytes costs a fraction of decoding and parsing them.
 */
export class TextMemory<Meaning, List extends TextList = TextList> {
  /** Says what texts mean, known or not. */
  readonly understand: (attributes: Attributes, list: List) => Meaning;
  readonly #kept: Remembered<Meaning>[] = [];
  /** Where the one is that was asked for last, and where the next is kept. */
  #recent = 0;
  #next = 0;

  /** `understand` says what texts mean that are not known; it must depend on nothing else. */
  constructor(understand: (attributes: Attributes, list: List) => Meaning) {
    this.understand = understand;
  }

  /** What the texts of these attributes mean. Values that are no text are never remembered. */
  recall(attributes: Attributes, list: List): Meaning {
    const kept = this.#kept;
    for (let turn = 0; turn < kept.length; turn++) {
      const place = (this.#recent + turn) % kept.length;
      const remembered = kept[place];
      if (remembered?.is(attributes, list) !== true) continue;
      this.#recent = place;
      return remembered.meaning;
    }
    const meaning = this.understand(attributes, list);
    const remembered = Remembered.of(attributes, list, meaning);
    if (remembered !== undefined) {
      kept[this.#next] = remembered;
      this.#recent = this.#next;
      this.#next = (this.#next + 1) % maxKept;
    }
    return meaning;
  }
}

/** Texts, and what they mean. */
class Remembered<Meaning> {
  readonly meaning: Meaning;
  readonly #orders: Int32Array;
  readonly #texts: ByteSlots;
  #next = 0;

  constructor(meaning: Meaning, orders: Int32Array, texts: ByteSlots) {
    this.meaning = meaning;
    this.#orders = orders;
    this.#texts = texts;
  }

  /** Undefined where one of them is no text, or they need too much room. */
  static of<Meaning>(
    attributes: Attributes,
    { count, attributes: indexes, orders }: TextList,
    meaning: Meaning,
  ): Remembered<Meaning> | undefined {
    let longest = 0;
    const measure: TextTest = (_bytes, start, end) => {
      longest = Math.max(longest, end - start);
      return true;
    };
    for (let i = 0; i < count; i++) {
      if (!attributes.at(indexes[i] ?? -1).test(measure)) return undefined;
    }
    if (longest * count > maxBytes) return undefined;
    const texts = new ByteSlots(count, longest);
    for (let i = 0; i < count; i++) {
      attributes.at(indexes[i] ?? -1).test((_bytes, start, end, view) => {
        texts.keep(i, view, start, end - start);
        return true;
      });
    }
    return new Remembered(meaning, orders.slice(0, count), texts);
  }

  is(attributes: Attributes, { count, attributes: indexes, orders }: TextList): boolean {
    if (this.#orders.length !== count) return false;
    for (let i = 0; i < count; i++) {
      this.#next = i;
      if (this.#orders[i] !== orders[i]) return false;
      if (!attributes.at(indexes[i] ?? -1).test(this.#isNext)) return false;
    }
    return true;
  }

  readonly #isNext: TextTest = (_bytes, start, end, view) =>
    this.#texts.has(this.#next, view, start, end - start);
}
