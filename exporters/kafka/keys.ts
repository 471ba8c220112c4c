import { createHash } from 'node:crypto';
import { FieldScanner, LENGTH_DELIMITED } from '../../pipeline/batch/wire.ts';
import type { Envelope, Range } from './split-request.ts';

/** `trace_id` of a Span, and of a LogRecord (opentelemetry-proto). */
export const traceIdField = { traces: 1, logs: 9 } as const;

/** The trace id of an item in hex, which is the Collector's key; '' where it has none. */
export function traceIdKey(bytes: Uint8Array, item: Range, field: number): string {
  const id = lastField(bytes.subarray(item.start, item.end), field);
  return id.some((byte) => byte !== 0) ? Buffer.from(id).toString('hex') : '';
}

/** Of a resource group; `attributes` of a Resource has the same number. */
const RESOURCE = 1;
const ATTRIBUTES = 1;

/** Of a KeyValue, and `string_value` of an AnyValue. */
const KEY = 1;
const VALUE = 2;
const STRING_VALUE = 1;

/** The same text for the same attributes in any order. The Collector hashes otherwise: its keys differ from these. */
export function resourceKey(resource: Envelope): string {
  const attributes = [...attributesOf(resource)].map((bytes) => Buffer.from(bytes));
  const hash = createHash('sha256');
  for (const attribute of attributes.sort((left, right) => left.compare(right))) {
    hash.update(`${attribute.length}:`).update(attribute);
  }
  return hash.digest('hex').slice(0, keyLength);
}

/** 128 bits, as a trace id. */
const keyLength = 32;

/** Those of the named resource attributes that are texts and not empty. */
export function resourceTexts(
  resource: Envelope,
  names: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  if (names.size === 0) return texts;
  for (const attribute of attributesOf(resource)) {
    const name = readText(lastField(attribute, KEY));
    if (!names.has(name)) continue;
    const text = readText(lastField(lastField(attribute, VALUE), STRING_VALUE));
    if (text !== '') texts.set(name, text);
  }
  return texts;
}

/** The KeyValues of a resource. */
function* attributesOf({ head }: Envelope): Generator<Uint8Array> {
  for (const field of head) {
    const outer = new FieldScanner(field).enter(field, 0, field.length);
    if (!outer.next() || outer.field !== RESOURCE || outer.wireType !== LENGTH_DELIMITED) continue;
    const inner = new FieldScanner(field).enter(field, outer.start, outer.stop);
    while (inner.next()) {
      if (inner.field !== ATTRIBUTES || inner.wireType !== LENGTH_DELIMITED) continue;
      yield field.subarray(inner.start, inner.stop);
    }
  }
}

/** The bytes of a field of a message, by protobuf's rule that the last one counts; none where it is not there. */
function lastField(bytes: Uint8Array, field: number): Uint8Array {
  const scanner = new FieldScanner(bytes).enter(bytes, 0, bytes.length);
  let found = bytes.subarray(0, 0);
  while (scanner.next()) {
    if (scanner.field !== field || scanner.wireType !== LENGTH_DELIMITED) continue;
    found = bytes.subarray(scanner.start, scanner.stop);
  }
  return found;
}

function readText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
