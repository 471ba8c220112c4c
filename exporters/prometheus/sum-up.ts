import type { Exemplar, PointData } from './point.ts';

/** Adds a delta to what a series had before it; buckets add up over changing bounds. Summaries have no deltas. */
export function sumUp(before: PointData, more: PointData): PointData {
  if (before.kind === 'number' && more.kind === 'number') {
    return { ...more, value: before.value + more.value };
  }
  if (before.kind !== 'histogram' || more.kind !== 'histogram') return more;
  const counts = new Map<number, number>();
  for (const { bounds, buckets } of [before, more]) {
    for (const [i, count] of buckets.entries()) {
      const bound = bounds[i] ?? Infinity;
      counts.set(bound, (counts.get(bound) ?? 0) + count);
    }
  }
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const bounds = sorted.map(([bound]) => bound).filter(Number.isFinite);
  return {
    kind: 'histogram',
    count: before.count + more.count,
    sum: more.sum === undefined || before.sum === undefined ? undefined : before.sum + more.sum,
    bounds,
    buckets: sorted.map(([, count]) => count),
    exemplars: latestOfBuckets([...more.exemplars, ...before.exemplars], bounds),
  };
}

/** The first of each bucket: no more can be shown, and they must not pile up. */
function latestOfBuckets(exemplars: readonly Exemplar[], bounds: readonly number[]): Exemplar[] {
  const latest = new Map<number, Exemplar>();
  for (const exemplar of exemplars) {
    const bucket = bounds.findIndex((bound) => exemplar.value <= bound);
    if (!latest.has(bucket)) latest.set(bucket, exemplar);
  }
  return [...latest.values()];
}
