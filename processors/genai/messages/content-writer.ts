import type { Attributes, Item } from '../../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../../pipeline/batch/key.ts';
import { toJsonText } from '../usage-object.ts';
import type { Content } from './content.ts';

/** Writes rebuilt content and drops what it was rebuilt from; returns how many attributes were dropped. */
export type WriteContent = (span: Item, content: Content) => number;

/** Creates the content writer of a worker; with `keepOriginals` nothing is dropped. */
export function createContentWriter(keys: Keys, keepOriginals: boolean): WriteContent {
  const fields = [
    ['input', keys.key('gen_ai.input.messages')],
    ['output', keys.key('gen_ai.output.messages')],
    ['system', keys.key('gen_ai.system_instructions')],
    ['tools', keys.key('gen_ai.tool.definitions')],
  ] as const;
  const toolFields = [
    ['toolArguments', keys.key('gen_ai.tool.call.arguments')],
    ['toolResult', keys.key('gen_ai.tool.call.result')],
  ] as const;
  return ({ attributes }, content) => {
    let written = true;
    for (const [field, key] of fields) {
      const value = content[field];
      if (value !== undefined) written = writeJson(attributes, key, value) && written;
    }
    for (const [field, key] of toolFields) {
      const value = content[field];
      if (value === undefined || attributes.has(key)) continue;
      written = writeJson(attributes, key, value) && written;
    }
    if (keepOriginals || !written) return 0;
    let dropped = 0;
    for (const key of content.sources) dropped += drop(attributes, key);
    for (const prefix of content.sourcePrefixes) dropped += dropAll(attributes, prefix);
    return dropped;
  };
}

/** False where the value cannot be written as JSON: its sources then stay. */
function writeJson(attributes: Attributes, key: Key, value: unknown): boolean {
  const text = typeof value === 'string' ? value : toJsonText(value);
  if (text !== undefined) attributes.setString(key, text);
  return text !== undefined;
}

function drop(attributes: Attributes, key: Key): number {
  if (!attributes.has(key)) return 0;
  attributes.delete(key);
  return 1;
}

function dropAll(attributes: Attributes, prefix: Key): number {
  let dropped = 0;
  for (const attribute of attributes.withPrefix(prefix)) {
    attribute.delete();
    dropped++;
  }
  return dropped;
}
