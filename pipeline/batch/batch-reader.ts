import type { Signal } from '../component/signal.ts';
import { itemFields } from './item-fields.ts';
import type { Batch, BatchReader, DropReason, Item, Texts } from './batch.ts';
import { BatchIndex, ITEM_DROPPED, ITEM_STRIDE, ITEM_WEIGHT } from './batch-index.ts';
import { KeyTable } from './create-keys.ts';
import { dropItem } from './drop-item.ts';
import { dropUnknown } from './drop-unknown.ts';
import { Edits } from './edits.ts';
import { Encoder } from './encode.ts';
import { Gatherer } from './gather.ts';
import { ItemCursor } from './item-cursor.ts';
import type { Keys } from './key.ts';
import type { KnownAttributes } from './known-attributes.ts';
import { TextCursor } from './text-cursor.ts';
import { TextTable } from './text-table.ts';
import { trimItems } from './trim.ts';
import type { ItemLimits, Trimmed } from './trim.ts';
import { Walker } from './walk.ts';

/** The one batch of a reader, whichever request it holds. */
class OpenBatch implements Batch {
  signal: Signal = 'traces';
  size = 0;
  items = 0;
  rejected = { items: 0, message: '' };
  readonly #index: BatchIndex;
  readonly #edits = new Edits();
  readonly #walker: Walker;
  readonly #encoder = new Encoder();
  readonly #textTable = new TextTable();
  readonly #gatherer: Gatherer;
  readonly #texts: TextCursor;
  readonly #cursor: ItemCursor;
  readonly #dropped: Record<DropReason, number> = {
    filtered: 0,
    blocked: 0,
    sampled_out: 0,
    invalid: 0,
  };
  /** The request as opened. */
  #opened: Uint8Array = new Uint8Array(0);
  /** Items that are still in, counting each as one. */
  #live = 0;
  /** Memory of re-based requests: one holds the present one, the other takes the next. */
  #scratch = [Buffer.alloc(0), Buffer.alloc(0)] as [Buffer, Buffer];
  /** Whether the index says what is in the present request: gathering texts of an edited one needs no index. */
  #isWalked = false;
  /** Counts requests that were taken, so that iterators notice when the index under them is a new one. */
  #epoch = 0;

  constructor(keys: KeyTable) {
    this.#index = new BatchIndex(keys);
    this.#walker = new Walker(this.#index);
    this.#gatherer = new Gatherer(this.#index, this.#textTable);
    this.#texts = new TextCursor(this.#index, this.#edits, this.#textTable);
    this.#cursor = new ItemCursor(this.#index, this.#edits, this.#drop.bind(this));
  }

  open(signal: Signal, bytes: Uint8Array): this {
    this.signal = signal;
    this.size = bytes.length;
    this.#opened = bytes;
    this.rejected = { items: 0, message: '' };
    this.#dropped.filtered = 0;
    this.#dropped.blocked = 0;
    this.#dropped.sampled_out = 0;
    this.#dropped.invalid = 0;
    this.#walk(bytes);
    return this;
  }

  dropped(reason: DropReason): number {
    return this.#dropped[reason];
  }

  *[Symbol.iterator](): Generator<Item> {
    if (this.#edits.areTexts || !this.#isWalked) this.#walk(this.#edited());
    const epoch = this.#epoch;
    const { items } = this.#index;
    for (let ordinal = 0; ordinal < items.count; ordinal++) {
      if (items.ints[ordinal * ITEM_STRIDE + ITEM_DROPPED] !== 0) continue;
      this.#texts.isCurrent = false;
      yield this.#cursor.move(ordinal);
      if (this.#epoch !== epoch)
        throw new Error('texts() or open() was called while the batch was iterated');
    }
  }

  texts(known?: KnownAttributes): Texts {
    if (this.#edits.count > 0) this.#take(this.#edited());
    this.#gatherer.gather(this.signal, known);
    return this.#texts.begin(this.signal);
  }

  dropUnknown(): boolean {
    if (!this.#walker.hasUnknown) return false;
    this.#walk(dropUnknown(this.signal, this.#edited()));
    return true;
  }

  trim(limits: ItemLimits): Trimmed | undefined {
    const { mostAttributes, mostParts, largestBytes } = this.#walker;
    const isWithin =
      mostAttributes <= limits.attributes &&
      mostParts <= Math.min(limits.events, limits.links) &&
      largestBytes <= limits.valueBytes;
    if (isWithin) return undefined;
    const { rejected } = this;
    if (this.#edits.count > 0) this.#take(this.#edited());
    const { bytes, trimmed } = trimItems(this.signal, this.#index.bytes, limits);
    if (!Object.values(trimmed).some((count: number) => count > 0)) return undefined;
    this.#walk(bytes);
    this.rejected = rejected;
    return trimmed;
  }

  encode(): Uint8Array {
    this.#texts.isCurrent = false;
    if (this.#edits.count === 0) {
      const { bytes } = this.#index;
      return bytes.buffer === this.#opened.buffer ? this.#opened : bytes.slice();
    }
    if (this.#isEmptied()) return new Uint8Array(0);
    return this.#encoder.encode(this.#index, this.#edits, allocate);
  }

  /** Makes a request the present one, which nothing is known of yet. */
  #take(bytes: Uint8Array): void {
    this.#epoch += 1;
    this.#texts.isCurrent = false;
    this.#edits.clear();
    this.#index.reset(bytes);
    this.#isWalked = false;
  }

  #walk(bytes: Uint8Array): void {
    this.#take(bytes);
    this.#isWalked = true;
    const invalid = this.#walker.walk(this.signal);
    this.#cursor.reset(itemFields[this.signal]);
    const { items } = this.#index;
    this.#live = items.count;
    this.items = 0;
    for (let i = 0; i < items.count; i++)
      this.items += items.ints[i * ITEM_STRIDE + ITEM_WEIGHT] ?? 0;
    for (const { ordinal, message } of invalid) {
      this.rejected.items += this.#drop(ordinal, 'invalid');
      if (this.rejected.message === '') this.rejected.message = message;
    }
  }

  /** The present request with its edits, in memory that is kept until the one after it is asked for. */
  #edited(): Uint8Array {
    if (this.#edits.count === 0) return this.#index.bytes;
    if (this.#isEmptied()) return new Uint8Array(0);
    const [present, next] = this.#scratch;
    return this.#encoder.encode(this.#index, this.#edits, (size) => {
      if (next.length < size) this.#scratch = [Buffer.allocUnsafeSlow(size * 2), present];
      else this.#scratch = [next, present];
      return this.#scratch[0].subarray(0, size);
    });
  }

  /** True where the last item was dropped: then what surrounds it goes as well. */
  #isEmptied(): boolean {
    return this.#live === 0 && this.#edits.hasRemovals;
  }

  /** Drops an item; returns its weight, 0 where it was dropped before. */
  #drop(ordinal: number, reason: DropReason): number {
    const weight = dropItem(this.#index, this.#edits, ordinal);
    if (weight < 0) return 0;
    this.#live -= 1;
    this.items -= weight;
    this.#dropped[reason] += weight;
    return weight;
  }
}

/** Memory that the caller owns alone and may transfer. */
function allocate(size: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
}

/** Makes a reader over the keys of this thread. @throws TypeError where `keys` is not from `createKeys`. */
export function createBatchReader(keys: Keys): BatchReader {
  if (!(keys instanceof KeyTable)) throw new TypeError('keys must come from createKeys()');
  const batch = new OpenBatch(keys);
  return { open: (signal, bytes) => batch.open(signal, bytes) };
}
