import {
  ATTRIBUTE_END,
  ATTRIBUTE_START,
  ATTRIBUTE_STATE,
  ATTRIBUTE_TAG,
  type BatchIndex,
  SPLIT,
} from './batch-index.ts';
import { LENGTH_DELIMITED } from './wire.ts';

/** Position of the length that follows the tag at `tagPos`. */
export function lengthPos(bytes: Uint8Array, tagPos: number): number {
  let pos = tagPos;
  while ((bytes[pos] ?? 0) > 127) pos++;
  return pos + 1;
}

/** Adds an attribute whose KeyValue was checked to a list: the field at `tagPos`, whose content is `start` to `stop`. */
export function indexAttribute(
  index: BatchIndex,
  list: number,
  node: number,
  {
    tagPos,
    start,
    stop,
  }: { readonly tagPos: number; readonly start: number; readonly stop: number },
): void {
  const at = index.addAttribute(list, node);
  index.attributes.ints[at + ATTRIBUTE_TAG] = tagPos;
  indexKeyValue(index, { list, at }, start, stop);
}

/**
 * Sets key and value of the attribute that was just added to a list, whose record starts at `at` and whose KeyValue was
 * checked: the last key counts, values are merged.
 */
export function indexKeyValue(
  index: BatchIndex,
  { list, at }: { readonly list: number; readonly at: number },
  start: number,
  end: number,
): void {
  const { ints } = index.attributes;
  const scanner = index.scanner.enter(index.bytes, start, end);
  let values = 0;
  let keyStart = end;
  let keyEnd = end;
  ints[at + ATTRIBUTE_START] = end;
  ints[at + ATTRIBUTE_END] = end;
  while (scanner.next()) {
    if (scanner.wireType !== LENGTH_DELIMITED) continue;
    if (scanner.field === 1) {
      keyStart = scanner.start;
      keyEnd = scanner.stop;
    } else if (scanner.field === 2) {
      values += 1;
      ints[at + ATTRIBUTE_START] = scanner.start;
      ints[at + ATTRIBUTE_END] = scanner.stop;
    }
  }
  index.setName(list, at, keyStart, keyEnd);
  if (values > 1) ints[at + ATTRIBUTE_STATE] = (ints[at + ATTRIBUTE_STATE] ?? 0) | SPLIT;
}
