import type { Attributes } from '../../pipeline/batch/batch.ts';
import type { Key } from '../../pipeline/batch/key.ts';
import { toJson } from '../../pipeline/batch/value-json.ts';
import type { CanonicalKey } from './canonical-keys.ts';
import { toJsonText } from './usage-object.ts';

/** Writes a text unless it stands there already; another value that stood there is kept under `genai.original.*`. */
export function writeText(attributes: Attributes, at: CanonicalKey, value: string): void {
  if (attributes.has(at.key)) {
    if (attributes.string(at.key) === value) return;
    keepOriginal(attributes, at);
  }
  attributes.setString(at.key, value);
}

/** Writes an int, as `writeText`; a double or a text of the same value counts as another. */
export function writeInt(attributes: Attributes, at: CanonicalKey, value: number): void {
  const kind = attributes.kind(at.key);
  if (kind === 'int' && attributes.number(at.key) === value) return;
  if (kind !== undefined) keepOriginal(attributes, at);
  attributes.setInt(at.key, value);
}

/** Writes a double, as `writeText`. */
export function writeDouble(attributes: Attributes, at: CanonicalKey, value: number): void {
  const kind = attributes.kind(at.key);
  if (kind === 'double' && attributes.number(at.key) === value) return;
  if (kind !== undefined) keepOriginal(attributes, at);
  attributes.setDouble(at.key, value);
}

/** Writes true, as `writeText`; the word counts as another value. */
export function writeTrue(attributes: Attributes, at: CanonicalKey): void {
  if (attributes.boolean(at.key) === true) return;
  keepOriginal(attributes, at);
  attributes.setBoolean(at.key, true);
}

/** Writes an array of texts, as `writeText`. */
export function writeTexts(attributes: Attributes, at: CanonicalKey, value: string[]): void {
  if (attributes.has(at.key)) {
    const old = attributes.strings(at.key);
    if (old?.length === value.length && old.every((text, index) => text === value[index])) return;
    keepOriginal(attributes, at);
  }
  attributes.setStrings(at.key, value);
}

/** Takes a value that would mislead away, and keeps it under `genai.original.*`. */
export function withdraw(attributes: Attributes, at: CanonicalKey): void {
  if (!attributes.has(at.key)) return;
  keepOriginal(attributes, at);
  attributes.delete(at.key);
}

function keepOriginal(attributes: Attributes, { key, original }: CanonicalKey): void {
  switch (attributes.kind(key)) {
    case undefined:
    case 'empty':
      return;
    case 'string':
      attributes.setString(original, attributes.string(key) ?? '');
      return;
    case 'int':
      attributes.setInt(original, attributes.integer(key) ?? 0n);
      return;
    case 'double':
      attributes.setDouble(original, attributes.number(key) ?? 0);
      return;
    case 'boolean':
      attributes.setBoolean(original, attributes.boolean(key) ?? false);
      return;
    case 'array':
    case 'kvlist':
    case 'bytes':
      keepStructure(attributes, key, original);
  }
}

function keepStructure(attributes: Attributes, key: Key, original: Key): void {
  const texts = attributes.strings(key);
  if (texts !== undefined) attributes.setStrings(original, texts);
  else attributes.setString(original, toJsonText(toJson(attributes.value(key))) ?? '');
}
