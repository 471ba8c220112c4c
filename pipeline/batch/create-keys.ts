import { appendBytes, type Sink } from './append-bytes.ts';
import type { Key, Keys } from './key.ts';
import { NameSequences } from './name-sequences.ts';

const STRIDE = 2;

/** Memory in which names are looked for, by byte and by word. */
interface NameSource {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/**
 * The interning table behind `Keys`: an open-addressing hash over the bytes of names, so that a walk finds a key's id
 * without decoding it.
 */
export class KeyTable implements Keys {
  /** Those of the lists of all readers that have these keys. */
  readonly sequences = new NameSequences();
  readonly #byName = new Map<string, Key>();
  readonly #byId: Key[] = [];
  /** Name bytes, each preceded by the tag and length it has as field 1 (key) of a KeyValue. */
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;
  /** Per id: where its tag starts, where its name starts in `#bytes`; a name ends where the next tag starts. */
  #starts = new Int32Array(512);
  /** Ids plus one by hash, 0 where free. At most a quarter full. */
  #slots = new Int32Array(1024);

  get count(): number {
    return this.#byId.length;
  }

  key(name: string): Key {
    return this.#byName.get(name) ?? this.#add(name);
  }

  /** The key of an id that `find` returned. */
  at(id: number): Key {
    const key = this.#byId[id];
    if (key === undefined) throw new RangeError(`no key has id ${id}`);
    return key;
  }

  /** Id of the key whose name is `source.bytes[start..end)`, -1 where nobody asked for it. */
  find(source: NameSource, start: number, end: number): number {
    // A pipeline without components asks for no key: then the hash is not worth its time.
    if (this.#byId.length === 0) return -1;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash(source.bytes, start, end) & mask;
    for (;;) {
      const id = (slots[slot] ?? 0) - 1;
      if (id < 0 || this.#equals(id, source, start, end)) return id;
      slot = (slot + 1) & mask;
    }
  }

  /** Id of the key of that name, -1 where nobody asked for it. */
  findName(name: string): number {
    return this.#byName.get(name)?.id ?? -1;
  }

  /** Bytes of a key as field 1 of a KeyValue. */
  encodedSize(id: number): number {
    return this.#end(id) - (this.#starts[id * STRIDE] ?? 0);
  }

  /** Adds a key as field 1 of a KeyValue. */
  writeEncoded(id: number, target: Sink): void {
    appendBytes(target, this.#view, this.#starts[id * STRIDE] ?? 0, this.#end(id));
  }

  /** Compares the last four bytes first, because keys of one family start alike, and then word by word. */
  #equals(id: number, source: NameSource, start: number, end: number): boolean {
    const name = this.#starts[id * STRIDE + 1] ?? 0;
    const length = end - start;
    if (this.#end(id) - name !== length) return false;
    const last = length - 4;
    if (last < 0) return this.#equalBytes(name, source.bytes, start, end);
    const { view } = source;
    const known = this.#view;
    if (view.getInt32(start + last) !== known.getInt32(name + last)) return false;
    for (let i = 0; i < last; i += 4) {
      if (view.getInt32(start + i) !== known.getInt32(name + i)) return false;
    }
    return true;
  }

  #equalBytes(name: number, bytes: Uint8Array, start: number, end: number): boolean {
    for (let i = start, j = name; i < end; i++, j++) {
      if (bytes[i] !== this.#bytes[j]) return false;
    }
    return true;
  }

  #end(id: number): number {
    return this.#starts[id * STRIDE + STRIDE] ?? 0;
  }

  #add(name: string): Key {
    const key: Key = Object.freeze({ id: this.#byId.length, name });
    this.#byName.set(name, key);
    this.#byId.push(key);
    // Names that were none of a key's may be this one's.
    this.sequences.clear();
    this.#append(Buffer.from(name));
    if (this.#byId.length * 4 > this.#slots.length) this.#rehash();
    else this.#insert(key.id);
    return key;
  }

  #append(name: Uint8Array): void {
    const id = this.#byId.length - 1;
    const needed = this.#used + name.length + 6;
    if (needed > this.#bytes.length) this.#grow(needed);
    if ((id + 2) * STRIDE > this.#starts.length) this.#starts = grownInts(this.#starts);
    this.#starts[id * STRIDE] = this.#used;
    this.#bytes[this.#used++] = 0x0a;
    for (let rest = name.length; ; rest >>>= 7) {
      this.#bytes[this.#used++] = rest > 127 ? (rest & 127) | 128 : rest;
      if (rest <= 127) break;
    }
    this.#starts[id * STRIDE + 1] = this.#used;
    this.#bytes.set(name, this.#used);
    this.#used += name.length;
    this.#starts[id * STRIDE + STRIDE] = this.#used;
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, needed));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  #insert(id: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(this.#bytes, this.#starts[id * STRIDE + 1] ?? 0, this.#end(id)) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = id + 1;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (const { id } of this.#byId) this.#insert(id);
  }
}

/** Keys of one family share their first half (`gen_ai.usage.…`), so length and bytes of the second half tell them apart. */
function hash(source: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return 0;
  let value = Math.imul(length, 0x9e3779b1) ^ (source[end - 1] ?? 0);
  value = Math.imul(value, 31) + (source[start + (length >> 1)] ?? 0);
  value = Math.imul(value, 31) + (source[end - 1 - (length >> 2)] ?? 0);
  value = Math.imul(value, 31) + (source[start + (length >> 2)] ?? 0);
  return value ^ (value >>> 15);
}

function grownInts(ints: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(ints.length * 2);
  larger.set(ints);
  return larger;
}

/** Makes the interning table of a thread; hand it to `createBatchReader` and to the components of that thread. */
export function createKeys(): Keys {
  return new KeyTable();
}
