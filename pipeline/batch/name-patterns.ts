import type { Key } from './key.ts';
import { ShapeCache } from './shape-cache.ts';

/** Bytes that a transition table is indexed by; attribute names beyond ASCII fit no pattern. */
const WIDTH = 128;

/** Transition that reads a number; NUL stands in no name. */
const NUMBER = 0;

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** Longer numbers are taken for names: a list is as long as its largest index, whoever sent it. */
const maxDigits = 4;

const maxNumbers = 4;

const FITS = 1;
const FITS_NOT = 2;

/** Tells which key has an id. */
interface KeyNames {
  at(id: number): Key;
}

/** A record for each attribute that fits: its place in the list, its pattern, and the numbers of its name. */
export const MATCH_PLACE = 0;
export const MATCH_PATTERN = 1;
const MATCH_NUMBERS = 2;
export const MATCH_STRIDE = MATCH_NUMBERS + maxNumbers;

/**
 * Names with numbers in them, such as `llm.input_messages.#.message.role`, that are told by their bytes in one pass and
 * without being decoded. `#` stands for a number of up to four digits, a `*` at the end for anything.
 */
export class NamePatterns {
  /** Numbers of the name that was told of last, in their order. */
  readonly numbers = new Int32Array(maxNumbers);
  /** By state and byte: the next state, 0 where there is none. */
  #next = new Int32Array(WIDTH * 64);
  /** By state: the pattern that ends there, and the one with a `*` there, plus one. */
  readonly #ends: number[] = [0];
  readonly #rests: number[] = [0];

  /** Records of the attributes that fit, of lists as they came. */
  readonly byShape = new ShapeCache<readonly number[]>();
  /** By key id: 0 where it was not asked for yet, else `FITS` or `FITS_NOT`. */
  #byKey = new Uint8Array(0);

  /** Patterns are told by their place in the list; where several fit, one without `*` comes first, then the longest. */
  constructor(patterns: readonly string[]) {
    for (const [place, pattern] of patterns.entries()) this.#add(pattern, place + 1);
  }

  /** Place of the pattern that the name `bytes[start..end)` fits, -1 where it fits none. */
  match(bytes: Uint8Array, start: number, end: number): number {
    const next = this.#next;
    let state = 0;
    let rest = 0;
    let count = 0;
    for (let at = start; at < end;) {
      const byte = bytes[at] ?? 0;
      const followed = byte < WIDTH && byte !== NUMBER ? (next[state * WIDTH + byte] ?? 0) : 0;
      if (followed !== 0) {
        state = followed;
        at++;
      } else {
        const past = this.#number(bytes, at, end, count);
        if (past === at || next[state * WIDTH + NUMBER] === 0) return rest - 1;
        state = next[state * WIDTH + NUMBER] ?? 0;
        count++;
        at = past;
      }
      const ended = this.#rests[state] ?? 0;
      if (ended !== 0) rest = ended;
    }
    const ended = this.#ends[state] ?? 0;
    return (ended === 0 ? rest : ended) - 1;
  }

  /** Takes the numbers from the record at `at`. */
  takeNumbers(matches: readonly number[], at: number): void {
    for (let i = 0; i < maxNumbers; i++) this.numbers[i] = matches[at + MATCH_NUMBERS + i] ?? 0;
  }

  /** Whether the name of the interned key of that id fits any pattern; looked into once for each key. */
  fits(id: number, keys: KeyNames): boolean {
    const known = this.#byKey[id] ?? 0;
    return known === 0 ? this.#learn(keys.at(id)) : known === FITS;
  }

  #learn({ id, name }: Key): boolean {
    if (id >= this.#byKey.length) {
      const larger = new Uint8Array(id * 2 + 64);
      larger.set(this.#byKey);
      this.#byKey = larger;
    }
    const bytes = Buffer.from(name);
    const fits = this.match(bytes, 0, bytes.length) >= 0;
    this.#byKey[id] = fits ? FITS : FITS_NOT;
    return fits;
  }

  /** Reads the digits from `at` on; returns where they end, `at` where there are none, or too many. */
  #number(bytes: Uint8Array, at: number, end: number, count: number): number {
    let value = 0;
    let past = at;
    for (; past < end; past++) {
      const byte = bytes[past] ?? 0;
      if (byte < DIGIT_0 || byte > DIGIT_9) break;
      value = value * 10 + byte - DIGIT_0;
      if (past - at === maxDigits) return at;
    }
    this.numbers[count] = value;
    return past;
  }

  #add(pattern: string, place: number): void {
    let state = 0;
    const isOpen = pattern.endsWith('*');
    const length = isOpen ? pattern.length - 1 : pattern.length;
    for (let i = 0; i < length; i++) {
      state = this.#follow(state, pattern[i] === '#' ? NUMBER : pattern.charCodeAt(i));
    }
    if (isOpen) this.#rests[state] = place;
    else this.#ends[state] = place;
  }

  #follow(state: number, byte: number): number {
    const at = state * WIDTH + byte;
    const known = this.#next[at] ?? 0;
    if (known !== 0) return known;
    const added = this.#ends.length;
    this.#ends.push(0);
    this.#rests.push(0);
    if ((added + 1) * WIDTH > this.#next.length) {
      const larger = new Int32Array(this.#next.length * 2);
      larger.set(this.#next);
      this.#next = larger;
    }
    this.#next[at] = added;
    return added;
  }
}
