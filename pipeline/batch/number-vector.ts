/** Fewer numbers may be anything. */
const minNumbers = 16;
/** An identity number is larger. */
const maxComponent = 1_000_000;

/**
 * How AnyValue holds a double within ArrayValue.values: the tag of the element and its length, the tag of `double_value`, and
 * eight bytes.
 */
const elementBytes = 11;
const ELEMENT_TAG = 0x0a;
const ELEMENT_LENGTH = 9;
const DOUBLE_TAG = 0x21;
const doubleAt = 3;

/**
 * True where the ArrayValue `start` to `stop` holds nothing but doubles, many and small: an embedding vector. Writing a
 * thousand of them out in decimal costs more than all other texts of a span.
 */
export function isNumberVector(view: DataView, start: number, stop: number): boolean {
  const size = stop - start;
  if (size < minNumbers * elementBytes || size % elementBytes !== 0) return false;
  for (let at = start; at < stop; at += elementBytes) {
    if (view.getUint8(at) !== ELEMENT_TAG || view.getUint8(at + 1) !== ELEMENT_LENGTH) return false;
    if (view.getUint8(at + 2) !== DOUBLE_TAG) return false;
    if (!(Math.abs(view.getFloat64(at + doubleAt, true)) < maxComponent)) return false;
  }
  return true;
}
