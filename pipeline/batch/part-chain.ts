import { type BatchIndex, PART_NEXT, PART_STRIDE } from './batch-index.ts';

/** What stands at the head of an item's parts where it has none, so that they are not indexed again. */
export const NO_PARTS = 0x7fffffff;

/** Parts of an item, in wire order; `head` is one more than the first, or `NO_PARTS`. */
export function* partsFrom(index: BatchIndex, head: number): Generator<number> {
  let part = head - 1;
  while (part >= 0 && part < index.parts.count) {
    yield part;
    part = (index.parts.ints[part * PART_STRIDE + PART_NEXT] ?? 0) - 1;
  }
}
