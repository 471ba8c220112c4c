import { attributeName } from './attribute-reader.ts';
import { ATTRIBUTE_KEY, ATTRIBUTE_STRIDE, ATTRIBUTE_TAG, type BatchIndex } from './batch-index.ts';

/** Looks up attributes again whose keys were interned after the walk, which tests do and components should not. */
export function internLate(index: BatchIndex): void {
  const { attributes, keys } = index;
  for (let i = 0; i < attributes.count; i++) {
    const at = i * ATTRIBUTE_STRIDE;
    if ((attributes.ints[at + ATTRIBUTE_KEY] ?? 0) >= 0) continue;
    const name = attributeName(index, attributes.ints[at + ATTRIBUTE_TAG] ?? 0);
    attributes.ints[at + ATTRIBUTE_KEY] = keys.findName(name);
  }
  index.keysKnown = keys.count;
  index.generation += 1;
}
