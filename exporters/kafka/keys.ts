import { createHash } from 'node:crypto';
import { FieldScanner, LENGTH_DELIMITED } from '../../pipeline/batch/wire.ts';
import type { Envelope, Range } from './split-request.ts';

/** `trace_id` of a Span, and of a LogRecord (opentelemetry-proto). */
export const traceIdField = { traces: 1, logs: 9 } as const;

/** The trace id of an item in hex, which is the Collector's key; '' where it has none. */
export function traceIdKey(bytes: Uint8Array, item: Range, field: number): string {
  const scanner = new FieldScanner(bytes).enter(bytes, item.start, item.end);
  let id = bytes.subarray(0, 0);
  while (scanner.next()) {
    if (scanner.field !== field || scanner.wireType !== LENGTH_DELIMITED) continue;
    id = bytes.subarray(scanner.start, scanner.stop);
  }
  return id.some((byte) => byte !== 0) ? Buffer.from(id).toString('hex') : '';
}

/** Of a resource group; `attributes` of a Resource has the same number. */
const RESOURCE = 1;
const ATTRIBUTES = 1;

/** The same text for the same attributes in any order. The Collector hashes otherwise: its keys differ from these. */
export function resourceKey({ head }: Envelope): string {
  const attributes: Buffer[] = [];
  for (const field of head) {
    const outer = new FieldScanner(field).enter(field, 0, field.length);
    if (!outer.next() || outer.field !== RESOURCE || outer.wireType !== LENGTH_DELIMITED) continue;
    const inner = new FieldScanner(field).enter(field, outer.start, outer.stop);
    while (inner.next()) {
      if (inner.field !== ATTRIBUTES) continue;
      attributes.push(Buffer.from(field.subarray(inner.start, inner.stop)));
    }
  }
  const hash = createHash('sha256');
  for (const attribute of attributes.sort((left, right) => left.compare(right))) {
    hash.update(`${attribute.length}:`).update(attribute);
  }
  return hash.digest('hex').slice(0, keyLength);
}

/** 128 bits, as a trace id. */
const keyLength = 32;
