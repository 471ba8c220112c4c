import type { Id, Item } from '../../pipeline/batch/batch.ts';

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

/** Whether `above` is the span that `below` names as its parent; their traces are not looked at. */
export function isParent(above: SpanIds, below: SpanIds): boolean {
  return above[SPAN] === below[PARENT] && above[SPAN + 1] === below[PARENT + 1];
}

/** Whether two spans are of one trace. */
export function isSameTrace(a: SpanIds, b: SpanIds): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
}

/** Numbers that span and parent ids are found by: 53 of their 64 bits, so what is found must be compared. */
export function spanNumber(ids: SpanIds): number {
  return numberAt(ids, SPAN);
}

/** As `spanNumber`, of the parent. */
export function parentNumber(ids: SpanIds): number {
  return numberAt(ids, PARENT);
}

function numberAt(ids: SpanIds, at: number): number {
  return ((ids[at] ?? 0) & 0x1fffff) * 0x100000000 + ((ids[at + 1] ?? 0) >>> 0);
}

const words = new DataView(new ArrayBuffer(8));

/** The span id as a number, 0n where it is none. */
export function spanValue(ids: SpanIds): bigint {
  words.setInt32(0, ids[SPAN] ?? 0);
  words.setInt32(4, ids[SPAN + 1] ?? 0);
  return words.getBigUint64(0);
}

/** Names the span itself among all traces; not for people. */
export function spanName(ids: SpanIds): string {
  return nameAt(ids, SPAN);
}

/** As `spanName`, of the parent. */
export function parentName(ids: SpanIds): string {
  return nameAt(ids, PARENT);
}

/** Six words as twelve units of text, a fifth of what hex is. */
function nameAt(ids: SpanIds, at: number): string {
  const [a = 0, b = 0, c = 0, d = 0] = ids;
  const e = ids[at] ?? 0;
  const f = ids[at + 1] ?? 0;
  // prettier-ignore
  return String.fromCharCode(
    a >>> 16, a & 0xffff, b >>> 16, b & 0xffff, c >>> 16, c & 0xffff, d >>> 16, d & 0xffff,
    e >>> 16, e & 0xffff, f >>> 16, f & 0xffff,
  );
}
