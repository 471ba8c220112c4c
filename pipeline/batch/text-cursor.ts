import type { Text, TextKind, TextPlace, Texts } from './batch.ts';
import type { BatchIndex } from './batch-index.ts';
import type { Edits } from './edits.ts';
import { textPlaces } from './fields.ts';
import { textKinds, textOwners } from './gather.ts';
import {
  TEXT_EDIT,
  TEXT_END,
  TEXT_ITEM,
  TEXT_KEY_END,
  TEXT_KEY_START,
  TEXT_KIND,
  TEXT_NEW_TAG,
  TEXT_NODE,
  TEXT_OWNER,
  TEXT_PLACE,
  TEXT_START,
  TEXT_STOP,
  TEXT_STRIDE,
  TEXT_TAG,
  type TextTable,
} from './text-table.ts';

/** The texts of a batch and the cursor over them. */
export class TextCursor implements Texts, Text {
  /** True from gathering until anything else touches the batch. */
  isCurrent = false;
  index = 0;
  readonly #batch: BatchIndex;
  readonly #edits: Edits;
  readonly #table: TextTable;

  constructor(batch: BatchIndex, edits: Edits, table: TextTable) {
    this.#batch = batch;
    this.#edits = edits;
    this.#table = table;
  }

  get count(): number {
    return this.#table.count;
  }

  get buffer(): Uint8Array {
    return this.#table.bytes;
  }

  get size(): number {
    return this.#table.size;
  }

  start(index: number): number {
    return this.#column(index, TEXT_START);
  }

  end(index: number): number {
    return this.#column(index, TEXT_END);
  }

  at(offset: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.start(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  text(index: number): Text {
    this.index = index;
    return this;
  }

  *[Symbol.iterator](): Generator<Text> {
    for (let i = 0; i < this.count; i++) {
      this.index = i;
      yield this;
    }
  }

  get place(): TextPlace {
    return textPlaces[this.#column(this.index, TEXT_PLACE)] ?? 'attribute';
  }

  get kind(): TextKind {
    return textKinds[this.#column(this.index, TEXT_KIND)] ?? 'string';
  }

  get item(): number {
    return this.#column(this.index, TEXT_ITEM);
  }

  get owner(): 'item' | 'resource' | 'scope' {
    return textOwners[this.#column(this.index, TEXT_OWNER)] ?? 'item';
  }

  get key(): string {
    const start = this.#column(this.index, TEXT_KEY_START);
    const end = this.#column(this.index, TEXT_KEY_END);
    if (start === end) return '';
    const { keys, bytes, buffer } = this.#batch;
    const id = keys.find(bytes, start, end);
    return id < 0 ? buffer.toString('utf8', start, end) : keys.at(id).name;
  }

  get value(): string {
    return this.#table.toString(this.start(this.index), this.end(this.index));
  }

  replace(value: string): void {
    if (!this.isCurrent) {
      throw new Error('texts are no longer valid: the batch was edited or read since texts()');
    }
    const { ints } = this.#table.records;
    const at = this.index * TEXT_STRIDE;
    const from = this.#edits.arena.used;
    this.#edits.arena.stringField(ints[at + TEXT_NEW_TAG] ?? 0, value);
    const edit = ints[at + TEXT_EDIT] ?? -1;
    if (edit >= 0) {
      this.#edits.revise(edit, from);
      return;
    }
    const tag = ints[at + TEXT_TAG] ?? 0;
    const removed = (ints[at + TEXT_STOP] ?? 0) - tag;
    ints[at + TEXT_EDIT] = this.#edits.add(tag, removed, ints[at + TEXT_NODE] ?? 0, from);
    this.#edits.areTexts = true;
  }

  #column(index: number, column: number): number {
    return this.#table.records.ints[index * TEXT_STRIDE + column] ?? 0;
  }
}
