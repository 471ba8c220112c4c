import { AttributeList } from './attribute-list.ts';
import type { Additions, Text } from './batch.ts';
import { type BatchIndex, IntTable, NODE_END, NODE_START, NODE_STRIDE } from './batch-index.ts';
import type { Edits } from './edits.ts';
import type { Key } from './key.ts';
import { FieldScanner } from './wire.ts';

/** By the number of an owner: messages of texts that attributes can be added to. */
const owners = ['resource', 'scope', 'item'] as const satisfies readonly Text['owner'][];

const ITEM_OWNER = owners.indexOf('item');

/** A record for each ordinal: by owner its node, and one column further its list. */
const STRIDE = 6;
const COLUMNS = 2;

/** What a column holds where there is no such message, and where there are several. */
const NONE = -1;
const SEVERAL = -2;

/** The messages of a batch whose texts are gathered, by ordinal, so that attributes can be added to them without a walk. */
export class OwnerTable {
  readonly #table = new IntTable(STRIDE, 256);

  clear(): void {
    this.#table.clear();
  }

  /** Notes the message that holds the attributes of an owner. */
  note(owner: number, ordinal: number, node: number): void {
    const at = this.#column(owner, ordinal);
    const { ints } = this.#table;
    ints[at] = ints[at] === NONE ? node : SEVERAL;
  }

  /** The node of an owner's message, below 0 where it is not exactly one. */
  node(owner: number, ordinal: number): number {
    return this.#table.ints[this.#column(owner, ordinal)] ?? NONE;
  }

  /** The list of its attributes, below 0 while there is none. */
  list(owner: number, ordinal: number): number {
    return this.#table.ints[this.#column(owner, ordinal) + 1] ?? NONE;
  }

  setList(owner: number, ordinal: number, list: number): void {
    const at = this.#column(owner, ordinal) + 1;
    this.#table.ints[at] = list;
  }

  #column(owner: number, ordinal: number): number {
    while (this.#table.count <= ordinal) {
      const at = this.#table.add();
      this.#table.ints.fill(NONE, at, at + STRIDE);
    }
    return ordinal * STRIDE + owner * COLUMNS;
  }
}

/** Whose attributes are added to. */
interface Owner {
  readonly owner: Text['owner'];
  readonly ordinal: number;
  /** Tag of the fields that hold its attributes. */
  readonly tag: number;
  /** What the keys of all that is added begin with. */
  readonly prefix: string;
}

/** Adds attributes to messages of a batch whose texts are gathered. */
export class AdditionList implements Additions {
  readonly #index: BatchIndex;
  readonly #edits: Edits;
  readonly #owners: OwnerTable;
  readonly #list: AttributeList;
  readonly #scanner = new FieldScanner(new Uint8Array(0));
  #prefix = '';

  constructor(index: BatchIndex, edits: Edits, table: OwnerTable) {
    this.#index = index;
    this.#edits = edits;
    this.#owners = table;
    this.#list = new AttributeList(index, edits);
  }

  /** Moves to the attributes of an owner; undefined where they are not in one message, or one begins with the prefix. */
  move({ owner, ordinal, tag, prefix }: Owner): this | undefined {
    const column = owners.indexOf(owner);
    const node = this.#owners.node(column, ordinal);
    // Items are the only way to a resource or scope; where there are none, nothing is added either.
    if (node < 0 || this.#owners.node(ITEM_OWNER, ordinal) < 0) return undefined;
    if (this.#mayHold(node, tag, prefix)) return undefined;
    let list = this.#owners.list(column, ordinal);
    if (list < 0) {
      // What is there need not be listed: it has other keys.
      list = this.#index.addList(node, tag, -1);
      this.#owners.setList(column, ordinal, list);
    }
    this.#prefix = prefix;
    this.#list.move(list);
    return this;
  }

  setInt(key: Key, value: number): void {
    this.#begin(key);
    this.#list.setInt(key, value);
  }

  setString(key: Key, value: string): void {
    this.#begin(key);
    this.#list.setString(key, value);
  }

  /** What is there may hold texts that are being replaced, which two edits at one place would garble. */
  #begin(key: Key): void {
    if (this.#list.has(key)) throw new Error(`${key.name} is there already`);
    if (!key.name.startsWith(this.#prefix)) throw new Error(`${key.name} may be there already`);
    this.#edits.areTexts = true;
  }

  /** False where no attribute of the message has a key that begins with the prefix. */
  #mayHold(node: number, tag: number, prefix: string): boolean {
    const { nodes, bytes } = this.#index;
    const start = nodes.ints[node * NODE_STRIDE + NODE_START] ?? 0;
    const end = nodes.ints[node * NODE_STRIDE + NODE_END] ?? 0;
    const scanner = this.#scanner.enter(bytes, start, end);
    while (scanner.next()) {
      if (scanner.field * 8 + scanner.wireType !== tag) continue;
      if (mayBegin(bytes, scanner.start, scanner.stop, prefix)) return true;
    }
    return false;
  }
}

/** False where the KeyValue `bytes[start..stop)` has one key, which does not begin with the prefix. */
function mayBegin(bytes: Uint8Array, start: number, stop: number, prefix: string): boolean {
  const keyStart = start + 2;
  const keyEnd = keyStart + (bytes[start + 1] ?? 0);
  // Tags of the key, which is short, and of the value, which fills the rest.
  if (bytes[start] !== 0x0a || keyEnd - keyStart > 127) return true;
  if (keyEnd < stop && (bytes[keyEnd] !== 0x12 || lengthEnd(bytes, keyEnd + 1) !== stop))
    return true;
  if (keyEnd - keyStart < prefix.length) return false;
  for (let at = 0; at < prefix.length; at++) {
    if (bytes[keyStart + at] !== prefix.charCodeAt(at)) return false;
  }
  return true;
}

/** Where the field ends whose length stands at `pos`. */
function lengthEnd(bytes: Uint8Array, pos: number): number {
  let length = 0;
  for (let at = pos, shift = 0; shift < 28; at++, shift += 7) {
    const byte = bytes[at] ?? 0;
    length |= (byte & 127) << shift;
    if (byte < 128) return at + 1 + length;
  }
  return -1;
}
