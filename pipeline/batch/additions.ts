import { AttributeList } from './attribute-list.ts';
import type { Additions, Text } from './batch.ts';
import { type BatchIndex, IntTable, NODE_END, NODE_START, NODE_STRIDE } from './batch-index.ts';
import type { Edits } from './edits.ts';
import { indexAttribute } from './index-key-value.ts';
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

/** Adds attributes to messages of a batch whose texts are gathered. */
export class AdditionList implements Additions {
  readonly #index: BatchIndex;
  readonly #edits: Edits;
  readonly #owners: OwnerTable;
  readonly #list: AttributeList;
  readonly #scanner = new FieldScanner(new Uint8Array(0));

  constructor(index: BatchIndex, edits: Edits, table: OwnerTable) {
    this.#index = index;
    this.#edits = edits;
    this.#owners = table;
    this.#list = new AttributeList(index, edits);
  }

  /** Moves to the attributes of an owner, which are fields with the tag `tag`; undefined where they are not in one message. */
  move(owner: Text['owner'], ordinal: number, tag: number): this | undefined {
    const column = owners.indexOf(owner);
    const node = this.#owners.node(column, ordinal);
    // Items are the only way to a resource or scope; where there are none, nothing is added either.
    if (node < 0 || this.#owners.node(ITEM_OWNER, ordinal) < 0) return undefined;
    let list = this.#owners.list(column, ordinal);
    if (list < 0) {
      list = this.#readList(node, tag);
      this.#owners.setList(column, ordinal, list);
    }
    this.#list.move(list);
    return this;
  }

  has(key: Key): boolean {
    return this.#list.has(key);
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
    this.#edits.areTexts = true;
  }

  #readList(node: number, tag: number): number {
    const index = this.#index;
    const list = index.addList(node, tag, -1);
    const { ints } = index.nodes;
    const start = ints[node * NODE_STRIDE + NODE_START] ?? 0;
    const end = ints[node * NODE_STRIDE + NODE_END] ?? 0;
    const scanner = this.#scanner.enter(index.bytes, start, end);
    while (scanner.next()) {
      if (scanner.field * 8 + scanner.wireType !== tag) continue;
      indexAttribute(index, list, node, scanner);
    }
    return list;
  }
}
