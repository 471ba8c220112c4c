import { readInt64 } from './any-value.ts';
import type { AttributeMap } from './attribute-map.ts';
import type { MessageFields } from './message-fields.ts';
import type { RowBinaryWriter } from './row-binary.ts';

/** Writes a string or bytes field as a String; '' where absent. */
export function writeString(writer: RowBinaryWriter, fields: MessageFields, field: number): void {
  writer.bytes(fields.bytes, fields.start(field), fields.stop(field));
}

/** Writes an id as lower-case hex; '' where absent. */
export function writeId(writer: RowBinaryWriter, fields: MessageFields, field: number): void {
  writer.hex(fields.bytes, fields.start(field), fields.stop(field));
}

/** Writes a fixed64: nanoseconds as DateTime64(9), counts as UInt64; 0 where absent. */
export function writeFixed64(writer: RowBinaryWriter, fields: MessageFields, field: number): void {
  writer.uint64(fields.low(field), fields.high(field));
}

/** Writes a repeated KeyValue field as a map. */
export function writeAttributes(
  writer: RowBinaryWriter,
  fields: MessageFields,
  field: number,
  attributes: AttributeMap,
): void {
  gatherAttributes(fields, field, attributes).write(writer);
}

/** Gathers a repeated KeyValue field. */
export function gatherAttributes(
  fields: MessageFields,
  field: number,
  attributes: AttributeMap,
): AttributeMap {
  attributes.clear(fields.bytes);
  const list = fields.list(field);
  for (let i = 0; i < list.length; i += 2) attributes.add(list[i] ?? 0, list[i + 1] ?? 0);
  return attributes;
}

/** Writes an array with one element for each message of a repeated field, which is read into `element` first. */
export function writeEach(
  writer: RowBinaryWriter,
  list: readonly number[],
  element: MessageFields,
  { bytes, write }: { readonly bytes: Uint8Array<ArrayBuffer>; readonly write: () => void },
): void {
  writer.length(list.length / 2);
  for (let i = 0; i < list.length; i += 2) {
    element.read(bytes, list[i] ?? 0, list[i + 1] ?? 0);
    write();
  }
}

/** Writes repeated fixed64 or double values as an array; packed or not, they lie in steps of eight bytes. */
export function writeFixed64List(
  writer: RowBinaryWriter,
  fields: MessageFields,
  field: number,
): void {
  const list = fields.list(field);
  let bytes = 0;
  for (let i = 0; i < list.length; i += 2) bytes += wholeFixed64(list[i], list[i + 1]);
  writer.length(bytes / 8);
  for (let i = 0; i < list.length; i += 2) {
    const start = list[i] ?? 0;
    writer.raw(fields.bytes, start, start + wholeFixed64(start, list[i + 1]));
  }
}

function wholeFixed64(start = 0, stop = 0): number {
  return (stop - start) & ~7;
}

/** Writes repeated uint64 varints, packed or not, as an array of UInt64. */
export function writeVarintList(
  writer: RowBinaryWriter,
  fields: MessageFields,
  field: number,
): void {
  const { bytes } = fields;
  const list = fields.list(field);
  const values: bigint[] = [];
  for (let i = 0; i < list.length; i += 2) {
    let at = list[i] ?? 0;
    while (at < (list[i + 1] ?? 0)) {
      values.push(readInt64(bytes, at));
      while ((bytes[at] ?? 0) > 127) at += 1;
      at += 1;
    }
  }
  writer.length(values.length);
  for (const value of values) writer.int64(value);
}
