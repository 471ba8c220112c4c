import { deleteAttribute, replaceValue } from './attribute-edits.ts';
import type { AttributeReader } from './attribute-reader.ts';
import type { Attribute, TextTest, Value, ValueKind } from './batch.ts';
import {
  ATTRIBUTE_NEXT,
  ATTRIBUTE_STATE,
  ATTRIBUTE_STRIDE,
  type BatchIndex,
  DELETED,
} from './batch-index.ts';
import type { Edits } from './edits.ts';
import type { JsonText } from './json-text.ts';
import type { Key } from './key.ts';
import { valueKinds } from './value.ts';

/** Iterates a list, and is the attribute it stands on. Attributes that are added meanwhile are not visited. */
export class AttributeCursor implements Iterator<Attribute>, Attribute {
  readonly #index: BatchIndex;
  readonly #reader: AttributeReader;
  readonly #edits: Edits;
  #list: number;
  readonly #prefix: string;
  /** Attributes from here on were added after the iteration began. */
  readonly #limit: number;
  #next: number;
  #attribute = -1;
  #name: string | undefined;

  constructor(
    index: BatchIndex,
    edits: Edits,
    reader: AttributeReader,
    { list, head, prefix }: { list: number; head: number; prefix: string },
  ) {
    this.#index = index;
    this.#edits = edits;
    this.#reader = reader;
    this.#list = list;
    this.#prefix = prefix;
    this.#next = head;
    this.#limit = index.attributes.count;
  }

  next(): IteratorResult<Attribute> {
    const { ints } = this.#index.attributes;
    while (this.#next >= 0 && this.#next < this.#limit) {
      this.#attribute = this.#next;
      const at = this.#attribute * ATTRIBUTE_STRIDE;
      this.#next = ints[at + ATTRIBUTE_NEXT] ?? -1;
      this.#name = undefined;
      if (((ints[at + ATTRIBUTE_STATE] ?? 0) & DELETED) !== 0) continue;
      if (this.#prefix === '' || this.name.startsWith(this.#prefix)) {
        return { done: false, value: this };
      }
    }
    return { done: true, value: undefined };
  }

  /** Moves to an attribute of a list by its index. */
  moveTo(list: number, attribute: number): this {
    this.#list = list;
    this.#attribute = attribute;
    this.#name = undefined;
    return this;
  }

  get key(): Key | undefined {
    return this.#reader.key(this.#attribute);
  }

  get index(): number {
    return this.#attribute;
  }

  get name(): string {
    return (this.#name ??= this.#reader.name(this.#attribute));
  }

  get kind(): ValueKind {
    return valueKinds[this.#reader.kind(this.#attribute)] ?? 'empty';
  }

  string(): string | undefined {
    return this.#reader.string(this.#attribute);
  }

  number(): number | undefined {
    return this.#reader.number(this.#attribute);
  }

  integer(): bigint | undefined {
    return this.#reader.integer(this.#attribute);
  }

  boolean(): boolean | undefined {
    return this.#reader.boolean(this.#attribute);
  }

  strings(): string[] | undefined {
    return this.#reader.strings(this.#attribute);
  }

  test(test: TextTest): boolean {
    return this.#reader.test(this.#attribute, test);
  }

  part(start: number, end: number): string {
    return this.#reader.part(this.#attribute, start, end);
  }

  value(): Value {
    return this.#reader.value(this.#attribute);
  }

  copyJson(into: JsonText): boolean {
    return this.#reader.copyJson(this.#attribute, into);
  }

  setString(value: string): void {
    const place = { list: this.#list, attribute: this.#attribute, name: this.name };
    replaceValue(this.#index, this.#edits, place, value);
  }

  delete(): void {
    deleteAttribute(this.#index, this.#edits, this.#list, this.#attribute);
  }
}
