/** Finds things of one batch by 64 bits; reused batch after batch. */
export class EntryTable<Entry> {
  /** By hash: the place in `#entries`, plus one; 0 where free. At most half full. */
  #slots = new Int32Array(64);
  #words = new Int32Array(64);
  readonly #entries: Entry[] = [];
  #count = 0;

  /** Empties it, and makes room for as many entries. */
  clear(room: number): void {
    this.#count = 0;
    if (room * 2 <= this.#slots.length && this.#slots.length <= keptSlots) {
      this.#slots.fill(0);
      return;
    }
    let slots = 64;
    while (slots < room * 2) slots *= 2;
    this.#slots = new Int32Array(slots);
    this.#words = new Int32Array(slots);
    this.#entries.length = 0;
  }

  get(low: number, high: number): Entry | undefined {
    const found = this.#slots[this.#find(low, high)] ?? 0;
    return found === 0 ? undefined : this.#entries[found - 1];
  }

  /** Puts an entry in the place of the one with these words, where there is one. */
  set(low: number, high: number, entry: Entry): void {
    const slot = this.#find(low, high);
    const found = this.#slots[slot] ?? 0;
    if (found > 0) {
      this.#entries[found - 1] = entry;
      return;
    }
    this.#words[this.#count * 2] = low;
    this.#words[this.#count * 2 + 1] = high;
    this.#entries[this.#count] = entry;
    this.#count += 1;
    this.#slots[slot] = this.#count;
  }

  /** The slot that holds these words, or would. */
  #find(low: number, high: number): number {
    const slots = this.#slots;
    const words = this.#words;
    const mask = slots.length - 1;
    const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
    for (let slot = (mixed ^ (mixed >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const at = (slots[slot] ?? 0) * 2 - 2;
      if (at < 0 || (words[at] === low && words[at + 1] === high)) return slot;
    }
  }
}

/** Memory that a rare huge batch needed beyond this is given back. */
const keptSlots = 1 << 14;
