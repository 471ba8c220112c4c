import type { SpanRow } from './span-row.ts';

/** One span in its place, in the order in which a tree is printed. */
export interface PlacedSpan {
  readonly row: SpanRow;
  /** For each level above, whether a later sibling follows; the last entry is the span's own level. Empty never. */
  readonly continues: readonly boolean[];
  /** True where the span names a parent that is not among the rows. */
  readonly parentMissing: boolean;
}

/** Groups rows by trace, in the order in which the traces first appear. */
export function groupByTrace(rows: readonly SpanRow[]): ReadonlyMap<string, SpanRow[]> {
  const traces = new Map<string, SpanRow[]>();
  for (const row of rows) {
    const trace = traces.get(row.traceId);
    if (trace === undefined) traces.set(row.traceId, [row]);
    else trace.push(row);
  }
  return traces;
}

/**
 * Puts the spans of one trace in the order of its tree, siblings by start time. Spans whose parent is absent are roots,
 * because parents often come in a later request; spans in a ring of parents are shown once, from its first one.
 */
export function placeSpans(trace: readonly SpanRow[]): PlacedSpan[] {
  const sorted = [...trace].sort(byStart);
  const ids = new Set(trace.map((row) => row.spanId));
  const roots = sorted.filter((row) => !ids.has(row.parentSpanId));
  const children = childrenByParent(sorted);
  const placed = new Map<SpanRow, PlacedSpan>();
  // A stack of our own: a hostile trace can be deeper than the call stack.
  // Every span lies at its bottom, so that those in a ring of parents, which no root leads to, come last.
  const rest = sorted.map((row) => ({ row, continues: [false] })).reverse();
  const stack: Pending[] = [...rest, ...siblings(roots, [])];
  for (let span = stack.pop(); span !== undefined; span = stack.pop()) {
    const { row } = span;
    if (placed.has(row)) continue;
    const parentMissing = row.parentSpanId !== '' && !ids.has(row.parentSpanId);
    placed.set(row, { ...span, parentMissing });
    stack.push(...siblings(children.get(row.spanId) ?? [], span.continues));
  }
  return [...placed.values()];
}

/** Deeper spans are drawn at this level, so that a line's width and the work for it are bounded. */
const maxLevels = 24;

type Pending = Pick<PlacedSpan, 'row' | 'continues'>;

/** Last sibling first, so that the first one comes off the stack first. */
function siblings(rows: readonly SpanRow[], above: readonly boolean[]): Pending[] {
  const levels = above.slice(0, maxLevels - 1);
  return rows
    .map((row, index) => ({ row, continues: [...levels, index < rows.length - 1] }))
    .reverse();
}

function childrenByParent(rows: readonly SpanRow[]): ReadonlyMap<string, readonly SpanRow[]> {
  const children = new Map<string, SpanRow[]>();
  for (const row of rows) {
    const known = children.get(row.parentSpanId);
    if (known === undefined) children.set(row.parentSpanId, [row]);
    else known.push(row);
  }
  return children;
}

function byStart(a: SpanRow, b: SpanRow): number {
  if (a.startTimeUnixNano === b.startTimeUnixNano) return 0;
  return a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1;
}
