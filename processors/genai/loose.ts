import type { Attributes } from '../../pipeline/batch/batch.ts';
import type { Key } from '../../pipeline/batch/key.ts';
import { toJson } from '../../pipeline/batch/value-json.ts';
import { toCount, toQuantity } from './usage.ts';
import { parseJson } from './usage-object.ts';

/**
 * Readers that accept what emitters really send: ints as doubles or strings, arrays as JSON strings, booleans as `"True"`.
 * All give undefined where the attribute is absent or says nothing.
 */

/** A non-empty text; numbers are written out. */
export function readText(attributes: Attributes, key: Key): string | undefined {
  const kind = attributes.kind(key);
  if (kind === undefined) return undefined;
  if (kind === 'string') return emptyToNone(attributes.string(key));
  if (kind === 'int') return attributes.integer(key)?.toString();
  return kind === 'double' ? attributes.number(key)?.toString() : undefined;
}

/** A non-negative whole number. */
export function readCount(attributes: Attributes, key: Key): number | undefined {
  const kind = attributes.kind(key);
  if (kind === undefined) return undefined;
  return toCount(kind === 'string' ? attributes.string(key) : attributes.number(key));
}

/** A non-negative number. */
export function readQuantity(attributes: Attributes, key: Key): number | undefined {
  const kind = attributes.kind(key);
  if (kind === undefined) return undefined;
  return toQuantity(kind === 'string' ? attributes.string(key) : attributes.number(key));
}

/** A boolean, also as text. */
export function readFlag(attributes: Attributes, key: Key): boolean | undefined {
  const kind = attributes.kind(key);
  if (kind === 'boolean') return attributes.boolean(key);
  if (kind !== 'string') return undefined;
  const text = attributes.string(key)?.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** Texts from an array, a JSON array, or one text; empty ones are left out. */
export function readTexts(attributes: Attributes, key: Key): string[] | undefined {
  const kind = attributes.kind(key);
  if (kind === undefined) return undefined;
  if (kind === 'array') return nonEmpty(attributes.strings(key) ?? []);
  if (kind !== 'string') return undefined;
  const text = attributes.string(key) ?? '';
  if (!text.startsWith('[')) return nonEmpty([text]);
  const parsed = parseJson(text);
  return nonEmpty(Array.isArray(parsed) ? parsed.filter((t) => typeof t === 'string') : [text]);
}

function emptyToNone(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function nonEmpty(texts: readonly string[]): string[] | undefined {
  const kept = texts.filter((text) => text !== '');
  return kept.length > 0 ? kept : undefined;
}

/** A value as JSON data: JSON text is parsed (broken text stays text), kvlists and arrays become objects and arrays. */
export function readJson(attributes: Attributes, key: Key): unknown {
  const kind = attributes.kind(key);
  if (kind === undefined) return undefined;
  if (kind !== 'string') return toJson(attributes.value(key));
  const text = attributes.string(key) ?? '';
  if (text === '') return undefined;
  return /^\s*[[{"\d-]|^(true|false)$/.test(text) ? (parseJson(text) ?? text) : text;
}
