import type { Id, Item } from '../../pipeline/batch/batch.ts';
import type { TableKey } from '../../pipeline/component/table-key.ts';
import type { EntryTable } from './entry-table.ts';

/**
 * Trace, span and parent id of a span as 32-bit words, so that they are compared and looked up without becoming text. Made
 * once and filled for span after span.
 */
export type SpanIds = Int32Array;

const TRACE = 0;
const SPAN = 4;
const PARENT = 6;
const WORDS = 8;

/** Ids of no span. */
export function createSpanIds(): SpanIds {
  return new Int32Array(WORDS);
}

/** Fills in the ids of a span. */
export function readSpanIds(span: Item, ids: SpanIds): void {
  copyWords(span.traceId, ids, TRACE, SPAN);
  copyWords(span.spanId, ids, SPAN, PARENT);
  copyWords(span.parentSpanId, ids, PARENT, WORDS);
}

function copyWords(id: Id, ids: SpanIds, from: number, to: number): void {
  for (let at = from; at < to; at++) ids[at] = id.word(at - from);
}

/** Whether a span names another above it. */
export function hasParent(ids: SpanIds): boolean {
  return ids[PARENT] !== 0 || ids[PARENT + 1] !== 0;
}

/** Whether two spans are of one trace. */
export function isSameTrace(a: SpanIds, b: SpanIds): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
}

const words = new DataView(new ArrayBuffer(8));

/** The span id as a number, 0n where it is none. */
export function spanValue(ids: SpanIds): bigint {
  return valueAt(ids, SPAN);
}

/** As `spanValue`, of the parent. */
export function parentValue(ids: SpanIds): bigint {
  return valueAt(ids, PARENT);
}

function valueAt(ids: SpanIds, at: number): bigint {
  words.setInt32(0, ids[at] ?? 0);
  words.setInt32(4, ids[at + 1] ?? 0);
  return words.getBigUint64(0);
}

/** Adds trace and span id to a key. */
export function addSpan(ids: SpanIds, key: TableKey): TableKey {
  return addIds(ids, SPAN, key);
}

/** As `addSpan`, of the parent. */
export function addParent(ids: SpanIds, key: TableKey): TableKey {
  return addIds(ids, PARENT, key);
}

function addIds(ids: SpanIds, at: number, key: TableKey): TableKey {
  for (let i = TRACE; i < SPAN; i++) key.word(ids[i] ?? 0);
  return key.word(ids[at] ?? 0).word(ids[at + 1] ?? 0);
}

/** Puts something where its span id finds it. */
export function setBySpan<Found>(table: EntryTable<Found>, ids: SpanIds, found: Found): void {
  table.set(ids[SPAN] ?? 0, ids[SPAN + 1] ?? 0, found);
}

/** Finds what has the id of the parent. */
export function getByParent<Found>(table: EntryTable<Found>, ids: SpanIds): Found | undefined {
  return table.get(ids[PARENT] ?? 0, ids[PARENT + 1] ?? 0);
}
