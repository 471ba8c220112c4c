import type { Attributes, Item } from '../../../pipeline/batch/batch.ts';
import { JsonText } from '../../../pipeline/batch/json-text.ts';
import type { Key, Keys } from '../../../pipeline/batch/key.ts';
import { toJsonText } from '../usage-object.ts';
import type { Content, EventSource } from './content.ts';
import type { MessageList } from './message-list.ts';

/** Writes rebuilt content and drops what it was rebuilt from; returns how many attributes were dropped. */
export type WriteContent = (span: Item, content: Content) => number;

/** Creates the content writer of a worker; with `keepOriginals` nothing is dropped. */
export function createContentWriter(keys: Keys, keepOriginals: boolean): WriteContent {
  const input = keys.key('gen_ai.input.messages');
  const output = keys.key('gen_ai.output.messages');
  const system = keys.key('gen_ai.system_instructions');
  const tools = keys.key('gen_ai.tool.definitions');
  const toolArguments = keys.key('gen_ai.tool.call.arguments');
  const toolResult = keys.key('gen_ai.tool.call.result');
  return (span, content) => {
    const { attributes } = span;
    let written = writeJson(attributes, input, content.input);
    written = writeJson(attributes, output, content.output) && written;
    written = writeJson(attributes, system, content.system) && written;
    written = writeJson(attributes, tools, content.tools) && written;
    written = addJson(attributes, toolArguments, content.toolArguments) && written;
    written = addJson(attributes, toolResult, content.toolResult) && written;
    if (keepOriginals || !written) return 0;
    let dropped = 0;
    for (const list of content.sourceLists) dropped += dropListed(attributes, list);
    for (const key of content.sources) dropped += drop(attributes, key);
    if (content.eventSource !== undefined) dropped += dropFromEvents(span, content.eventSource);
    return dropped;
  };
}

function dropListed(attributes: Attributes, list: MessageList): number {
  for (let i = 0; i < list.count; i++) attributes.deleteAt(list.attributes[i] ?? -1);
  return list.count;
}

function dropFromEvents(span: Item, { isSource, keys }: EventSource): number {
  let dropped = 0;
  for (const event of span.events) {
    if (!isSource(event.name)) continue;
    for (const key of keys) dropped += drop(event.attributes, key);
  }
  return dropped;
}

/** Writes a value unless the key has one already. */
function addJson(attributes: Attributes, key: Key, value: unknown): boolean {
  return value === undefined || attributes.has(key) || writeJson(attributes, key, value);
}

/** False where the value, if there is one, cannot be written as JSON: its sources then stay. */
function writeJson(attributes: Attributes, key: Key, value: unknown): boolean {
  if (value === undefined) return true;
  if (value instanceof JsonText) {
    attributes.setJson(key, value);
    return true;
  }
  const text = typeof value === 'string' ? value : toJsonText(value);
  if (text !== undefined) attributes.setString(key, text);
  return text !== undefined;
}

function drop(attributes: Attributes, key: Key): number {
  if (!attributes.has(key)) return 0;
  attributes.delete(key);
  return 1;
}
