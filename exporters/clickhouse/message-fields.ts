import {
  FieldScanner,
  FIXED32,
  FIXED64,
  LENGTH_DELIMITED,
  VARINT,
} from '../../pipeline/batch/wire.ts';
import { readDouble, readInt64 } from './any-value.ts';

/** How a field is sent. `repeated` are messages; the numbers may come packed or one by one. */
export type FieldForm =
  'bytes' | 'varint' | 'fixed32' | 'fixed64' | 'repeated' | 'fixed64_list' | 'varint_list';

/** Forms by field number, of the fields that are read; all others are skipped. */
export type MessageLayout = Readonly<Record<number, FieldForm>>;

const wireTypeOf: Readonly<Record<FieldForm, number>> = {
  bytes: LENGTH_DELIMITED,
  varint: VARINT,
  fixed32: FIXED32,
  fixed64: FIXED64,
  repeated: LENGTH_DELIMITED,
  fixed64_list: FIXED64,
  varint_list: VARINT,
};

/** OTLP messages number their fields below this. */
const maxFields = 17;

/** Where something lies in a request. */
export interface Place {
  readonly start: number;
  readonly stop: number;
}

/**
 * Where the fields of one message lie, found by one walk and read in any order: rows have another order than the wire.
 * Of a field that is sent twice the last one counts. Reused: each `read` forgets the message before.
 */
export class MessageFields {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  readonly #scanner = new FieldScanner(this.bytes);
  readonly #forms: (FieldForm | undefined)[];
  readonly #places = new Int32Array(maxFields * 2);
  readonly #lists: number[][];

  constructor(layout: MessageLayout) {
    this.#forms = Array.from({ length: maxFields }, (_, field) => layout[field]);
    this.#lists = Array.from({ length: maxFields }, () => []);
  }

  /** Walks the message from `start` to `stop`. */
  read(bytes: Uint8Array<ArrayBuffer>, start: number, stop: number): this {
    this.bytes = bytes;
    this.#places.fill(0);
    for (const list of this.#lists) list.length = 0;
    const scanner = this.#scanner.enter(bytes, start, stop);
    while (scanner.next()) {
      const form = this.#forms[scanner.field];
      if (form === undefined || !isSentAs(form, scanner.wireType)) continue;
      if (form === 'repeated' || form.endsWith('_list')) {
        this.#lists[scanner.field]?.push(scanner.start, scanner.stop);
      } else {
        this.#places[scanner.field * 2] = scanner.start;
        this.#places[scanner.field * 2 + 1] = scanner.stop;
      }
    }
    return this;
  }

  /** Reads the message that field `field` of another one holds; empty where that has none. */
  readIn(parent: MessageFields, field: number): this {
    return this.read(parent.bytes, parent.start(field), parent.stop(field));
  }

  has(field: number): boolean {
    return this.stop(field) > 0;
  }

  start(field: number): number {
    return this.#places[field * 2] ?? 0;
  }

  stop(field: number): number {
    return this.#places[field * 2 + 1] ?? 0;
  }

  place(field: number): Place {
    return { start: this.start(field), stop: this.stop(field) };
  }

  /** Starts and stops, one after the other, of a repeated field. */
  list(field: number): readonly number[] {
    return this.#lists[field] ?? [];
  }

  /** A varint; 0 where absent. */
  integer(field: number): number {
    return this.has(field) ? Number(readInt64(this.bytes, this.start(field))) : 0;
  }

  /** A sint32, whose sign is in the lowest bit; 0 where absent. */
  signed(field: number): number {
    const zigzag = this.integer(field) >>> 0;
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /** A double; 0 where absent. */
  double(field: number): number {
    return this.has(field) ? readDouble(this.bytes, this.start(field)) : 0;
  }

  /** The lower half of a fixed64, or a fixed32; 0 where absent. */
  low(field: number): number {
    return this.has(field) ? this.#uint32(this.start(field)) : 0;
  }

  /** The upper half of a fixed64; 0 where absent. */
  high(field: number): number {
    return this.has(field) ? this.#uint32(this.start(field) + 4) : 0;
  }

  #uint32(at: number): number {
    const { bytes } = this;
    const upper = ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    return ((upper << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0)) >>> 0;
  }
}

function isSentAs(form: FieldForm, wireType: number): boolean {
  if (wireType === wireTypeOf[form]) return true;
  return wireType === LENGTH_DELIMITED && form.endsWith('_list');
}
