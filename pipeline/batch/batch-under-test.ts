import { decodeRequest, encodeRequest, type Plain } from '../../test/support/otlp-oracle.ts';
import { createBatchReader } from './batch-reader.ts';
import type { Item } from './batch.ts';
import { createKeys } from './create-keys.ts';

/** The keys of a file of tests; it may ask for more of them, also after a batch was opened. */
export const keys = createKeys();

/** A key that tests read and edit where it is there. */
export const model = keys.key('gen_ai.request.model');

/** A key that tests add. */
export const cost = keys.key('gen_ai.usage.cost');

/** The one reader of a file of tests: a batch that it opens ends the one before. */
export const reader = createBatchReader(keys);

/** An attribute that holds a text, for `encodeRequest`. */
export const text = (key: string, value: string): Plain => ({ key, value: { stringValue: value } });

/** A span whose ids are made of one byte; `fields` are the others. */
export function span(number: number, fields: Plain = {}): Plain {
  return { traceId: Buffer.alloc(16, number), spanId: Buffer.alloc(8, number), ...fields };
}

/** A request with these spans in one scope of one resource. */
export function traces(...spans: readonly Plain[]): Uint8Array {
  return encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

/** Edits every item of a request, and decodes what comes out. */
export function edited(bytes: Uint8Array, edit: (item: Item) => void): Plain {
  const batch = reader.open('traces', bytes);
  for (const item of batch) edit(item);
  return decodeRequest('traces', batch.encode());
}
