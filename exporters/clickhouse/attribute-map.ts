import { FieldScanner, LENGTH_DELIMITED } from '../../pipeline/batch/wire.ts';
import { AnyValueCursor, valueFields } from './any-value.ts';
import type { RowBinaryWriter } from './row-binary.ts';

/** Start and stop of a key, and of its AnyValue message, for each attribute of a list. */
const stride = 4;

/**
 * The attributes of one resource, scope, item, event or link: gathered field by field in wire order, then written as a
 * `Map(String, String)`. Reused: `clear` comes before each list.
 */
export class AttributeMap {
  readonly #keyValue = new FieldScanner(new Uint8Array(0));
  readonly #value = new AnyValueCursor();
  #places = new Int32Array(64 * stride);
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #size = 0;

  /** Attributes gathered and not taken out. */
  get count(): number {
    return this.#size / stride;
  }

  clear(bytes: Uint8Array<ArrayBuffer>): this {
    this.#bytes = bytes;
    this.#size = 0;
    return this;
  }

  /** Adds the KeyValue message from `start` to `stop`; returns its index. */
  add(start: number, stop: number): number {
    const fields = this.#keyValue.enter(this.#bytes, start, stop);
    if (this.#size === this.#places.length) this.#grow();
    const at = this.#size;
    const places = this.#places;
    places[at] = places[at + 1] = places[at + 2] = places[at + 3] = 0;
    while (fields.next()) {
      if (fields.wireType !== LENGTH_DELIMITED || fields.field > 2) continue;
      const offset = at + (fields.field - 1) * 2;
      places[offset] = fields.start;
      places[offset + 1] = fields.stop;
    }
    this.#size += stride;
    return at / stride;
  }

  /** Takes the attribute that was added last out again. */
  removeLast(): void {
    this.#size -= stride;
  }

  keyStart(index: number): number {
    return this.#places[index * stride] ?? 0;
  }

  keyStop(index: number): number {
    return this.#places[index * stride + 1] ?? 0;
  }

  /** The value of attribute `index`. A cursor, moved by the next call. */
  value(index: number): AnyValueCursor {
    const at = index * stride;
    return this.#value.enter(this.#bytes, this.#places[at + 2] ?? 0, this.#places[at + 3] ?? 0);
  }

  /** Writes the attributes as a map; values are text, as in the Collector's tables. */
  write(writer: RowBinaryWriter): void {
    writer.length(this.count);
    for (let index = 0; index < this.count; index++) {
      writer.bytes(this.#bytes, this.keyStart(index), this.keyStop(index));
      writeText(writer, this.value(index));
    }
  }

  #grow(): void {
    const grown = new Int32Array(this.#places.length * 2);
    grown.set(this.#places);
    this.#places = grown;
  }
}

/** Writes a value as a String: texts are copied as they are, everything else is printed. */
export function writeText(writer: RowBinaryWriter, value: AnyValueCursor): void {
  if (value.field === valueFields.string) writer.bytes(value.bytes, value.start, value.stop);
  else if (value.field === 0) writer.length(0);
  else if (isPrintedInAscii(value.field)) writer.ascii(value.text());
  else writer.text(value.text());
}

function isPrintedInAscii(field: number): boolean {
  return field === valueFields.int || field === valueFields.double || field === valueFields.bool;
}

/** Whether the bytes from `start` to `stop` are `expected`. */
export function equalBytes(
  bytes: Uint8Array,
  { start, stop }: { readonly start: number; readonly stop: number },
  expected: Uint8Array,
): boolean {
  if (stop - start !== expected.length) return false;
  for (let i = 0; i < expected.length; i++) if (bytes[start + i] !== expected[i]) return false;
  return true;
}
