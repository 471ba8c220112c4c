import { AttributeList } from './attribute-list.ts';
import type { Scope } from './batch.ts';
import { type BatchIndex, SCOPE_ATTRIBUTES, SCOPE_NAME, SCOPE_VERSION } from './batch-index.ts';
import type { Edits } from './edits.ts';
import type { ItemReader } from './item-reader.ts';

/** The scope of the item that a batch's iterator stands on. */
export class ScopeCursor implements Scope {
  readonly attributes: AttributeList;
  readonly #index: BatchIndex;
  readonly #reader: ItemReader;
  /** Where its record starts; -1 before the first. */
  #at = -1;
  /** Decoded once for all items of the scope, which lie side by side. */
  #name: string | undefined;
  #version: string | undefined;

  constructor(index: BatchIndex, edits: Edits, reader: ItemReader) {
    this.#index = index;
    this.#reader = reader;
    this.attributes = new AttributeList(index, edits);
  }

  /** Prepares for the scopes of a batch that was just opened. */
  reset(): void {
    this.#at = -1;
  }

  /** Moves to the scope whose record starts at `at`; false where it stands there. */
  move(at: number): boolean {
    if (at === this.#at) return false;
    this.#at = at;
    this.#name = undefined;
    this.#version = undefined;
    this.attributes.move(this.#index.scopes.ints[at + SCOPE_ATTRIBUTES] ?? -1);
    return true;
  }

  get name(): string {
    return (this.#name ??= this.#text(SCOPE_NAME));
  }

  get version(): string {
    return (this.#version ??= this.#text(SCOPE_VERSION));
  }

  #text(column: number): string {
    const pos = this.#index.scopes.ints[this.#at + column] ?? 0;
    return pos === 0 ? '' : this.#reader.shortAt(pos);
  }
}
