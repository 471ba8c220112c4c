import { Arena, fieldSize } from './arena.ts';
import { KeyTable } from './create-keys.ts';
import type { Key, Keys } from './key.ts';
import { ARRAY_TAG, DOUBLE_TAG, KEY_VALUE_VALUE_TAG, STRING_TAG } from './value.ts';

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
  const arena = new Arena();
  const attributes = entries.map(([key, value]): TemplateAttribute => {
    const start = arena.used;
    const bytes = encodeValue(value);
    writeKey(arena, keys, key, bytes.length);
    const valueStart = arena.used;
    arena.copy(bytes, 0, bytes.length);
    return { key, start, valueStart, end: arena.used, isDouble: value === undefined };
  });
  return { attributes, bytes: arena.bytes.slice(0, arena.used) };
}

/** The AnyValue of a text, of an array of texts, or of a double that is set later. */
function encodeValue(value: string | readonly string[] | undefined): Uint8Array {
  const arena = new Arena();
  if (value === undefined) {
    arena.byte(DOUBLE_TAG);
    arena.double(0);
  } else if (typeof value === 'string') arena.stringField(STRING_TAG, value);
  else {
    const elements = value.map(encodeValue);
    const size = elements.reduce((sum, { length }) => sum + fieldSize(length), 0);
    arena.reserve(fieldSize(size));
    arena.byte(ARRAY_TAG);
    arena.varint(size);
    for (const element of elements) {
      // Field 1 of ArrayValue, as the string is of AnyValue.
      arena.byte(STRING_TAG);
      arena.varint(element.length);
      arena.copy(element, 0, element.length);
    }
  }
  return arena.bytes.slice(0, arena.used);
}

/** Bytes around a key in a KeyValue field, at their longest. */
const frameBytes = 16;

/** Writes a KeyValue field up to its AnyValue of `size` bytes. */
function writeKey(arena: Arena, keys: KeyTable, key: Key, size: number): void {
  const keySize = keys.encodedSize(key.id);
  arena.reserve(keySize + size + frameBytes);
  arena.byte(0);
  arena.varint(keySize + fieldSize(size));
  arena.used = keys.writeEncoded(key.id, arena.bytes, arena.used);
  arena.byte(KEY_VALUE_VALUE_TAG);
  arena.varint(size);
}
