/** Places by which elements move in the first pass, on average, before it gives up. */
const mostMoves = 8;

/**
 * Sorts `order[0..count)` by `keys[order[i]]`, stable. Edits come as one sorted run or a few, or item by item with some
 * disorder within each: a natural merge sort is for those, and an insertion sort, which comes first, for these. `spare` must be as long as `order`; returns the one of the two that holds the result.
 */
export function sortByKey(
  order: Int32Array,
  spare: Int32Array,
  keys: Float64Array,
  count: number,
): Int32Array {
  let from = order;
  let to = spare;
  insertNear(order, keys, count);
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

/** Insertion sort that stops where the elements are too far from their places. */
function insertNear(order: Int32Array, keys: Float64Array, count: number): void {
  let moves = count * mostMoves;
  for (let i = 1; i < count && moves > 0; i++) {
    const moved = order[i] ?? 0;
    const key = keys[moved] ?? 0;
    let at = i;
    for (; at > 0 && keyAt(order, keys, at - 1) > key && moves > 0; at--, moves--) {
      order[at] = order[at - 1] ?? 0;
    }
    order[at] = moved;
  }
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
