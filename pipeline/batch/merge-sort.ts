/**
 * Sorts `order[0..count)` by `keys[order[i]]`, stable. Natural merge sort, because edits come as one sorted run, or a few.
 * `spare` must be as long as `order`; returns the one of the two that holds the result.
 */
export function sortByKey(
  order: Int32Array,
  spare: Int32Array,
  keys: Float64Array,
  count: number,
): Int32Array {
  let from = order;
  let to = spare;
  while (runEnd(from, keys, 0, count) < count) {
    for (let start = 0; start < count;) {
      const middle = runEnd(from, keys, start, count);
      const end = middle < count ? runEnd(from, keys, middle, count) : middle;
      mergeRuns({ from, to, keys }, start, middle, end);
      start = end;
    }
    [from, to] = [to, from];
  }
  return from;
}

function keyAt(order: Int32Array, keys: Float64Array, i: number): number {
  return keys[order[i] ?? 0] ?? 0;
}

function runEnd(order: Int32Array, keys: Float64Array, start: number, count: number): number {
  let end = start + 1;
  while (end < count && keyAt(order, keys, end - 1) <= keyAt(order, keys, end)) end++;
  return Math.min(end, count);
}

function mergeRuns(
  { from, to, keys }: { from: Int32Array; to: Int32Array; keys: Float64Array },
  start: number,
  middle: number,
  end: number,
): void {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    const takesLeft =
      left < middle && (right >= end || keyAt(from, keys, left) <= keyAt(from, keys, right));
    to[at] = from[takesLeft ? left++ : right++] ?? 0;
  }
}
