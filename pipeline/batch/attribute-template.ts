import { fieldSize } from './arena.ts';
import { KeyTable } from './create-keys.ts';
import type { Key, Keys } from './key.ts';
import { ARRAY_TAG, DOUBLE_TAG, KEY_VALUE_VALUE_TAG, STRING_TAG } from './value.ts';
import { writeVarint } from './wire.ts';

/** One attribute of a template; offsets are those of the template's bytes. */
interface TemplateAttribute {
  readonly key: Key;
  /** Its KeyValue field, whose tag is the list's to set. */
  readonly start: number;
  /** Its AnyValue, which ends with the field. */
  readonly valueStart: number;
  readonly end: number;
  /** Whether its value is a double that is set where it is used. */
  readonly isDouble: boolean;
}

/** Attributes that are encoded once and added to item after item, a fraction of the work of setting each. */
export interface AttributeTemplate {
  readonly attributes: readonly TemplateAttribute[];
  readonly bytes: Uint8Array;
}

/** A key with the text or texts that it always has, or without where it has a double that differs. */
type TemplateEntry = readonly [key: Key, value: string | readonly string[]] | readonly [key: Key];

/**
 * Encodes attributes for `Attributes.append`, in this order; no key may occur twice.
 * @throws TypeError where `keys` is not from `createKeys`.
 */
export function createAttributeTemplate(
  keys: Keys,
  entries: readonly TemplateEntry[],
): AttributeTemplate {
  if (!(keys instanceof KeyTable)) throw new TypeError('keys must come from createKeys()');
  const fields: Uint8Array[] = [];
  let end = 0;
  const attributes = entries.map(([key, value]): TemplateAttribute => {
    const encoded = encodeValue(value);
    // The tag is the list's to set.
    const field = lengthDelimited(0, encodeKeyValue(keys, key, encoded));
    fields.push(field);
    const start = end;
    end += field.length;
    return { key, start, valueStart: end - encoded.length, end, isDouble: value === undefined };
  });
  return { attributes, bytes: new Uint8Array(Buffer.concat(fields)) };
}

/** A tag and eight bytes. */
const DOUBLE_BYTES = 9;

/** The AnyValue of a text, of an array of texts, or of a double that is set later. */
function encodeValue(value: string | readonly string[] | undefined): Uint8Array {
  if (value === undefined) {
    const double = new Uint8Array(DOUBLE_BYTES);
    double[0] = DOUBLE_TAG;
    return double;
  }
  if (typeof value === 'string') return lengthDelimited(STRING_TAG, Buffer.from(value));
  // The elements are field 1 of an ArrayValue, as a text is of an AnyValue.
  const elements = value.map((text) => lengthDelimited(STRING_TAG, encodeValue(text)));
  return lengthDelimited(ARRAY_TAG, Buffer.concat(elements));
}

function encodeKeyValue(keys: KeyTable, { id }: Key, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(keys.encodedSize(id));
  keys.writeEncoded(id, { bytes, view: new DataView(bytes.buffer), used: 0 });
  return Buffer.concat([bytes, lengthDelimited(KEY_VALUE_VALUE_TAG, value)]);
}

/** A length-delimited field of a one-byte tag. */
function lengthDelimited(tag: number, body: Uint8Array): Uint8Array {
  const field = new Uint8Array(fieldSize(body.length));
  field[0] = tag;
  field.set(body, writeVarint(field, 1, body.length));
  return field;
}
