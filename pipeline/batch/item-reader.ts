import type { Value } from './batch.ts';
import {
  type BatchIndex,
  ITEM_NODE,
  ITEM_REPEATED,
  NODE_END,
  NODE_START,
  NODE_STRIDE,
} from './batch-index.ts';
import type { IdCursor } from './id-cursor.ts';
import { decodeValue, mergeParts, readInt32, readString } from './value.ts';
import { FieldScanner, LENGTH_DELIMITED } from './wire.ts';

/** Reads the fields of one item, by field number; a number of 0 or an absent field reads as empty. */
export class ItemReader {
  /** Where the item's record starts. */
  at = 0;
  readonly #index: BatchIndex;
  readonly #scanner = new FieldScanner(new Uint8Array(0));

  constructor(index: BatchIndex) {
    this.#index = index;
  }

  string(field: number): string {
    const pos = this.#position(field);
    return pos === 0 ? '' : this.stringAt(pos);
  }

  /** As `stringAt`, for a text that many items have. */
  shortAt(pos: number): string {
    const { bytes, shortTexts } = this.#index;
    const length = bytes[pos] ?? 0;
    if (length > 127) return this.stringAt(pos);
    return shortTexts.decode(this.#index, pos + 1, pos + 1 + length);
  }

  /** The string whose length is at `pos`. */
  stringAt(pos: number): string {
    const { bytes } = this.#index;
    const first = bytes[pos] ?? 0;
    if (first < 128) return readString(this.#index, pos + 1, pos + 1 + first);
    const length = this.#scanner.enter(bytes, pos, bytes.length).readLength();
    return readString(this.#index, this.#scanner.pos, this.#scanner.pos + length);
  }

  id(field: number, cursor: IdCursor): IdCursor {
    const pos = this.#position(field);
    const { bytes, buffer } = this.#index;
    if (pos === 0) return cursor.move(buffer, 0, 0);
    const size = this.#scanner.enter(bytes, pos, bytes.length).readLength();
    return cursor.move(buffer, this.#scanner.pos, size);
  }

  int32(field: number): number {
    const pos = this.#position(field);
    return pos === 0 ? 0 : readInt32(this.#index.bytes, pos);
  }

  fixed64(field: number): bigint {
    const pos = this.#position(field);
    return pos === 0 ? 0n : this.#index.view.getBigUint64(pos, true);
  }

  /** Nanoseconds of a field, in milliseconds; 0 where absent. */
  unixMs(field: number): number {
    const pos = this.#position(field);
    if (pos === 0) return 0;
    const { view } = this.#index;
    return (view.getUint32(pos + 4, true) * 0x100000000 + view.getUint32(pos, true)) / 1e6;
  }

  /** Nanoseconds of `end` minus those of `start`, in milliseconds; 0 where that is negative or one is 0 or absent. */
  milliseconds(start: number, end: number): number {
    const from = this.#position(start);
    const to = this.#position(end);
    if (from === 0 || to === 0) return 0;
    const { view } = this.#index;
    const fromLow = view.getUint32(from, true);
    const fromHigh = view.getUint32(from + 4, true);
    if (fromLow === 0 && fromHigh === 0) return 0;
    const high = view.getUint32(to + 4, true) - fromHigh;
    return Math.max(0, (high * 0x100000000 + view.getUint32(to, true) - fromLow) / 1e6);
  }

  /** The AnyValue in a field, merged where it is split. */
  value(field: number): Value {
    if (this.#position(field) === 0) return undefined;
    const parts = this.#parts(field);
    const [part] = parts;
    if (parts.length === 1 && part !== undefined) {
      return decodeValue(this.#index, part.start, part.end);
    }
    const { bytes } = this.#index;
    const merged = mergeParts(parts.map(({ start, end }) => bytes.subarray(start, end)));
    return decodeValue(merged.source, merged.start, merged.end);
  }

  /** Where field `inner` of the message in `field` has its payload, the last one that counts; 0 where absent. */
  nested(field: number, inner: number, wireType: number): number {
    if (this.#position(field) === 0) return 0;
    let found = 0;
    for (const { start, end } of this.#parts(field)) {
      const scanner = this.#scanner.enter(this.#index.bytes, start, end);
      while (scanner.next()) {
        if (scanner.field === inner && scanner.wireType === wireType) found = scanner.afterTag;
      }
    }
    return found;
  }

  #position(field: number): number {
    return field === 0 ? 0 : (this.#index.items.ints[this.at + field] ?? 0);
  }

  /** Bodies of a message field: one, unless it is split. */
  #parts(field: number): { start: number; end: number }[] {
    const { bytes, items, nodes } = this.#index;
    const repeated = ((items.ints[this.at + ITEM_REPEATED] ?? 0) >>> field) & 1;
    if (repeated === 0) {
      const scanner = this.#scanner.enter(bytes, this.#position(field), bytes.length);
      const length = scanner.readLength();
      return [{ start: scanner.pos, end: scanner.pos + length }];
    }
    const node = (items.ints[this.at + ITEM_NODE] ?? 0) * NODE_STRIDE;
    const start = nodes.ints[node + NODE_START] ?? 0;
    return fieldRanges(bytes, field, start, nodes.ints[node + NODE_END] ?? 0);
  }
}

/** Bodies of all occurrences of a length-delimited field in a message, with where their tags are. */
export function fieldRanges(
  bytes: Uint8Array,
  field: number,
  start: number,
  end: number,
): { tagPos: number; start: number; end: number }[] {
  const scanner = new FieldScanner(bytes).enter(bytes, start, end);
  const ranges = [];
  while (scanner.next()) {
    if (scanner.field !== field || scanner.wireType !== LENGTH_DELIMITED) continue;
    ranges.push({ tagPos: scanner.tagPos, start: scanner.start, end: scanner.stop });
  }
  return ranges;
}
