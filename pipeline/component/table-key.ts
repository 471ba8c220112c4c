/**
 * A key of a shared table: 64 bits of hash (cyrb53's multipliers, by words) of what it is put together from, so that no text
 * need be made for it. One object serves key after key; different parts in a different order are different keys.
 */
export class TableKey {
  low = 0;
  high = 0;

  clear(): this {
    this.low = 0xdeadbeef | 0;
    this.high = 0x41c6ce57;
    return this;
  }

  copy({ low, high }: Readonly<Pick<TableKey, 'low' | 'high'>>): this {
    this.low = low;
    this.high = high;
    return this;
  }

  /** Adds the 32 bits of an integer. */
  word(value: number): this {
    const low = Math.imul(this.low ^ value, 0x9e3779b1);
    const high = Math.imul(this.high ^ value, 0x5f356495);
    this.low = low ^ (high >>> 15);
    this.high = high ^ (low >>> 13);
    return this;
  }

  /** Adds a whole number from 0 to 2^53. */
  count(value: number): this {
    return this.word(value | 0).word((value / 0x100000000) | 0);
  }

  /** Adds the text `bytes[start..end)`. */
  bytes(bytes: Uint8Array, start: number, end: number): this {
    let at = start;
    for (; at + 4 <= end; at += 4) this.word(wordAt(bytes, at));
    let last = end - start;
    for (; at < end; at++) last = Math.imul(last, 0x101) ^ (bytes[at] ?? 0);
    return this.word(last);
  }

  /** Adds a text, as `bytes` adds its UTF-8. */
  text(text: string): this {
    const bytes = Buffer.from(text);
    return this.bytes(bytes, 0, bytes.length);
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}
