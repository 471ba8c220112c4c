import { Arena, fieldSize, utf8Size } from './arena.ts';
import { KeyTable } from './create-keys.ts';
import type { Key, Keys } from './key.ts';
import { DOUBLE_TAG, KEY_VALUE_VALUE_TAG, STRING_TAG } from './value.ts';

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

/** A key with the text that it always has, or without where it has a double that differs. */
type TemplateEntry = readonly [key: Key, text: string] | readonly [key: Key];

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
  const attributes = entries.map(([key, text]): TemplateAttribute => {
    const start = arena.used;
    const size = text === undefined ? DOUBLE_BYTES : fieldSize(utf8Size(text));
    writeKey(arena, keys, key, size);
    const valueStart = arena.used;
    if (text === undefined) {
      arena.byte(DOUBLE_TAG);
      arena.double(0);
    } else arena.stringField(STRING_TAG, text);
    return { key, start, valueStart, end: arena.used, isDouble: text === undefined };
  });
  return { attributes, bytes: arena.bytes.slice(0, arena.used) };
}

/** A tag and eight bytes. */
const DOUBLE_BYTES = 9;

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
