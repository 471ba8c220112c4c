import type { Attribute, Attributes } from '../../pipeline/batch/batch.ts';
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
  const attribute = attributes.find(key);
  return attribute === undefined ? undefined : toText(attribute);
}

/** As `readText`. */
export function toText(attribute: Attribute): string | undefined {
  const { kind } = attribute;
  if (kind === 'string') return emptyToNone(attribute.string());
  if (kind === 'int') return attribute.integer()?.toString();
  return kind === 'double' ? attribute.number()?.toString() : undefined;
}

function emptyToNone(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** A non-negative whole number. */
export function readCount(attributes: Attributes, key: Key): number | undefined {
  const attribute = attributes.find(key);
  return attribute === undefined ? undefined : toCount(looseNumber(attribute));
}

/** A non-negative number. */
export function readQuantity(attributes: Attributes, key: Key): number | undefined {
  const attribute = attributes.find(key);
  return attribute === undefined ? undefined : toQuantity(looseNumber(attribute));
}

/** A number, or a text that may be one. */
export function looseNumber(attribute: Attribute): number | string | undefined {
  return attribute.kind === 'string' ? attribute.string() : attribute.number();
}

/** A boolean, also as text. */
export function toFlag(attribute: Attribute): boolean | undefined {
  const { kind } = attribute;
  if (kind === 'boolean') return attribute.boolean();
  if (kind !== 'string') return undefined;
  const text = attribute.string()?.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** Texts from an array, a JSON array, or one text; empty ones are left out. */
export function toTexts(attribute: Attribute): string[] | undefined {
  const { kind } = attribute;
  if (kind === 'array') return nonEmpty(attribute.strings() ?? []);
  if (kind !== 'string') return undefined;
  const text = attribute.string() ?? '';
  if (!text.startsWith('[')) return nonEmpty([text]);
  const parsed = parseJson(text);
  return nonEmpty(Array.isArray(parsed) ? parsed.filter((t) => typeof t === 'string') : [text]);
}

function nonEmpty(texts: string[]): string[] | undefined {
  return some(texts.includes('') ? texts.filter((text) => text !== '') : texts);
}

/** The list, or undefined where it is empty. */
export function some<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}

/**
 * A value as JSON data: JSON text is parsed, kvlists and arrays become objects and arrays. Broken text stays text, and so
 * does a number, whose digits are another's to interpret; `null` says nothing.
 */
export function toJsonData(attribute: Attribute): unknown {
  if (attribute.kind !== 'string') return toJson(attribute.value());
  const text = attribute.string() ?? '';
  if (text === '' || text === 'null') return undefined;
  return /^\s*[[{"]|^(true|false)$/.test(text) ? (parseJson(text) ?? text) : text;
}

/** As `toJsonData`. */
export function readJson(attributes: Attributes, key: Key): unknown {
  const attribute = attributes.find(key);
  return attribute === undefined ? undefined : toJsonData(attribute);
}

/**
 * What a tool was called with or gave: text as it was sent, because parsing would round its long numbers, save for a text in
 * quotes; other values as JSON data.
 */
export function readToolData(attributes: Attributes, key: Key): unknown {
  const attribute = attributes.find(key);
  if (attribute?.kind !== 'string')
    return attribute === undefined ? undefined : toJsonData(attribute);
  const text = emptyToNone(attribute.string());
  return text?.startsWith('"') === true ? (parseJson(text) ?? text) : text;
}
