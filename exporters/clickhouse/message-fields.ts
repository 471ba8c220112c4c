import {
  FieldScanner,
  FIXED32,
  FIXED64,
  LENGTH_DELIMITED,
  VARINT,
} from '../../pipeline/batch/wire.ts';
import { readDouble, readInt64, readShortInt } from './any-value.ts';

/** How a field is sent. `repeated` are messages; the numbers may come packed or one by one. */
export type FieldForm =
  'bytes' | 'varint' | 'fixed32' | 'fixed64' | 'repeated' | 'fixed64_list' | 'varint_list';

/** Forms by field number, of the fields that are read; all others are skipped. */
export type MessageLayout = Readonly<Record<number, FieldForm>>;

/** Wire types that a form is sent as; a list of numbers may be packed into one length-delimited field. */
const wireTypesOf: Readonly<Record<FieldForm, readonly number[]>> = {
  bytes: [LENGTH_DELIMITED],
  varint: [VARINT],
  fixed32: [FIXED32],
  fixed64: [FIXED64],
  repeated: [LENGTH_DELIMITED],
  fixed64_list: [FIXED64, LENGTH_DELIMITED],
  varint_list: [VARINT, LENGTH_DELIMITED],
};

const repeatedForms: readonly FieldForm[] = ['repeated', 'fixed64_list', 'varint_list'];

const noPlaces: readonly number[] = [];

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
  /** Bit `wireType` is set where the field may be sent so. */
  readonly #wireTypes = new Uint8Array(maxFields);
  readonly #places = new Int32Array(maxFields * 2);
  /** By field number; undefined for fields that are not repeated. */
  readonly #listOf: (number[] | undefined)[] = Array.from({ length: maxFields });
  readonly #lists: number[][];

  constructor(layout: MessageLayout) {
    for (const [number, form] of Object.entries(layout)) {
      this.#wireTypes[Number(number)] = wireTypesOf[form].reduce(
        (set, type) => set | (1 << type),
        0,
      );
      if (repeatedForms.includes(form)) this.#listOf[Number(number)] = [];
    }
    this.#lists = this.#listOf.filter((list) => list !== undefined);
  }

  /** Walks the message from `start` to `stop`. */
  read(bytes: Uint8Array<ArrayBuffer>, start: number, stop: number): this {
    this.bytes = bytes;
    this.#places.fill(0);
    for (const list of this.#lists) list.length = 0;
    const scanner = this.#scanner.enter(bytes, start, stop);
    while (scanner.next()) {
      const { field } = scanner;
      // Beyond the table the read gives undefined, which no wire type matches.
      if (((this.#wireTypes[field] ?? 0) & (1 << scanner.wireType)) === 0) continue;
      const list = this.#listOf[field];
      if (list !== undefined) list.push(scanner.start, scanner.stop);
      else {
        this.#places[field * 2] = scanner.start;
        this.#places[field * 2 + 1] = scanner.stop;
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
    return this.#listOf[field] ?? noPlaces;
  }

  /** A varint; 0 where absent. */
  integer(field: number): number {
    if (!this.has(field)) return 0;
    const short = readShortInt(this.bytes, this.start(field));
    return short >= 0 ? short : Number(readInt64(this.bytes, this.start(field)));
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
