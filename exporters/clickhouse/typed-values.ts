import type { AnyValueCursor } from './any-value.ts';
import { readShortInt, valueFields } from './any-value.ts';
import type { AttributeMap } from './attribute-map.ts';
import { writeText } from './attribute-map.ts';
import type { RowBinaryWriter } from './row-binary.ts';
import { typedColumns } from './typed-columns.ts';
import type { TypedColumnKind } from './typed-columns.ts';

/** Decimal(18, 12) ends below this many dollars. */
const costLimitUsd = 1_000_000;
/** Fractional digits of Decimal(18, 12). */
const costDigits = 12;
const costScale = 10 ** costDigits;
/** Below this, a double times the scale is off by less than half a unit, so that rounding gives the decimal it was printed as. */
const exactCostUsd = 1000;

interface TypedKey {
  readonly column: number;
  readonly kind: TypedColumnKind;
  readonly bytes: Uint8Array;
}

const keysByHash = createKeys();

/** The values of one span that have a column of their own. Reused: `clear` comes before each span. */
export class TypedValues {
  /** Where each column's value lies among `#held`, by column; -1 where it has none. */
  readonly #places = new Int32Array(typedColumns.length * 3).fill(-1);
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  clear(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#places.fill(-1);
  }

  /** Takes attribute `index` out of the map where a free column holds its value; of a repeated key the first counts. */
  take(attributes: AttributeMap, index: number): void {
    const key = findKey(this.#bytes, attributes.keyStart(index), attributes.keyStop(index));
    if (key === undefined || this.#places[key.column * 3] !== -1) return;
    const value = attributes.value(index);
    if (!fits(value, key.kind)) return;
    this.#places[key.column * 3] = value.field;
    this.#places[key.column * 3 + 1] = value.start;
    this.#places[key.column * 3 + 2] = value.stop;
    attributes.removeLast();
  }

  /** Writes all typed columns in the order of their table. */
  write(writer: RowBinaryWriter, value: AnyValueCursor): void {
    for (const [column, { kind }] of typedColumns.entries()) {
      value.bytes = this.#bytes;
      value.field = Math.max(this.#places[column * 3] ?? 0, 0);
      value.start = this.#places[column * 3 + 1] ?? 0;
      value.stop = this.#places[column * 3 + 2] ?? 0;
      if (kind === 'text') writeText(writer, value);
      else writeNullable(writer, value, kind);
    }
  }
}

/** Nullable(T): one byte that says whether it is null, and the value where it is not. */
function writeNullable(
  writer: RowBinaryWriter,
  value: AnyValueCursor,
  kind: Exclude<TypedColumnKind, 'text'>,
): void {
  writer.uint8(value.field === 0 ? 1 : 0);
  if (value.field === 0) return;
  if (kind === 'count') writeCount(writer, value);
  else if (kind === 'seconds') writer.float64(number(value));
  else writer.int64(toCostUnits(number(value)));
}

function writeCount(writer: RowBinaryWriter, value: AnyValueCursor): void {
  const short = readShortInt(value.bytes, value.start);
  if (short >= 0) writer.uint64(short >>> 0, Math.floor(short / 2 ** 32));
  else writer.int64(value.int());
}

/** A cost in units of 10^-12 dollars, as Decimal(18, 12) stores it. */
export function toCostUnits(usd: number): bigint {
  if (Math.abs(usd) < exactCostUsd) return BigInt(Math.round(usd * costScale));
  // Larger ones are exact as they are printed; below the limit that is never with an exponent.
  const [whole = '', fraction = ''] = String(usd).split('.');
  return BigInt(whole + fraction.slice(0, costDigits).padEnd(costDigits, '0'));
}

function number(value: AnyValueCursor): number {
  return value.field === valueFields.int ? Number(value.int()) : value.double();
}

function fits(value: AnyValueCursor, kind: TypedColumnKind): boolean {
  switch (kind) {
    case 'text':
      return value.field !== 0;
    case 'count':
      return value.field === valueFields.int && isCount(value);
    case 'seconds':
      return isNumber(value);
    case 'usd':
      return isNumber(value) && Math.abs(number(value)) < costLimitUsd;
  }
}

function isCount(value: AnyValueCursor): boolean {
  return readShortInt(value.bytes, value.start) >= 0 || value.int() >= 0n;
}

function isNumber(value: AnyValueCursor): boolean {
  return value.field === valueFields.int || value.field === valueFields.double;
}

function createKeys(): ReadonlyMap<number, TypedKey> {
  const keys = new Map<number, TypedKey>();
  for (const [column, { attribute, kind }] of typedColumns.entries()) {
    const bytes = Buffer.from(attribute);
    const hash = hashBytes(bytes, 0, bytes.length);
    if (keys.has(hash)) throw new Error(`two typed columns have the hash of ${attribute}`);
    keys.set(hash, { column, kind, bytes });
  }
  return keys;
}

function findKey(bytes: Uint8Array, start: number, stop: number): TypedKey | undefined {
  const key = keysByHash.get(hashBytes(bytes, start, stop));
  if (key?.bytes.length !== stop - start) return undefined;
  for (let i = 0; i < key.bytes.length; i++) {
    if (key.bytes[i] !== bytes[start + i]) return undefined;
  }
  return key;
}

function hashBytes(bytes: Uint8Array, start: number, stop: number): number {
  let hash = stop - start;
  for (let at = start; at < stop; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
  return hash;
}
