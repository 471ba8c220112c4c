import type { Attributes } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import { toJson } from '../../pipeline/batch/value-json.ts';
import { toChatMessages } from './chat-messages.ts';
import type { ChatMessage } from './chat-messages.ts';
import type { WriteSpan } from './observation.ts';

/** Where content stands that is shown as it is, the first that is there. */
const plainInputs = ['gen_ai.tool.call.arguments', 'input.value', 'traceloop.entity.input'];
const plainOutputs = ['gen_ai.tool.call.result', 'output.value', 'traceloop.entity.output'];

/**
 * Creates the writer of an observation's input and output. Both are written where there are both, because Langfuse derives
 * neither once it is given one. What they were made from is taken off, so that a prompt is held once.
 */
export function createContentWriter(keys: Keys): WriteSpan {
  const input = keys.key('langfuse.observation.input');
  const output = keys.key('langfuse.observation.output');
  const takeInput = createInputTaker(keys);
  const takeOutput = createOutputTaker(keys);
  return ({ attributes }) => {
    if (attributes.has(input) || attributes.has(output)) return;
    const inputText = takeInput(attributes);
    const outputText = takeOutput(attributes);
    if (inputText !== undefined) attributes.setString(input, inputText);
    if (outputText !== undefined) attributes.setString(output, outputText);
  };
}

type Take = (attributes: Attributes) => string | undefined;

function createInputTaker(keys: Keys): Take {
  const messages = keys.key('gen_ai.input.messages');
  const system = keys.key('gen_ai.system_instructions');
  const tools = keys.key('gen_ai.tool.definitions');
  const takePlain = createPlainTaker(keys, plainInputs);
  return (attributes) => {
    const text = takeText(attributes, messages);
    if (text === undefined) return takePlain(attributes);
    const chat = toChatMessages(text);
    if (chat === undefined) return text;
    const instructions = toInstructions(takeText(attributes, system));
    const definitions = parseList(takeText(attributes, tools));
    const all = [...instructions, ...chat];
    return JSON.stringify(definitions === undefined ? all : { messages: all, tools: definitions });
  };
}

function createOutputTaker(keys: Keys): Take {
  const messages = keys.key('gen_ai.output.messages');
  const takePlain = createPlainTaker(keys, plainOutputs);
  return (attributes) => {
    const text = takeText(attributes, messages);
    if (text === undefined) return takePlain(attributes);
    const chat = toChatMessages(text);
    if (chat === undefined) return text;
    // One answer is shown as a message, several choices as a list.
    return JSON.stringify(chat.length === 1 ? chat[0] : chat);
  };
}

function createPlainTaker(keys: Keys, names: readonly string[]): Take {
  const sources = names.map((name) => keys.key(name));
  return (attributes) => {
    const source = sources.find((key) => attributes.has(key));
    return source === undefined ? undefined : takeText(attributes, source);
  };
}

/** The value as a text, structured ones as JSON; it is gone from the span then. */
function takeText(attributes: Attributes, key: Key): string | undefined {
  if (!attributes.has(key)) return undefined;
  const value = attributes.value(key);
  attributes.delete(key);
  return typeof value === 'string' ? value : JSON.stringify(toJson(value));
}

/** System instructions are parts without a message around them. */
function toInstructions(parts: string | undefined): readonly ChatMessage[] {
  if (parts === undefined) return [];
  const list = parseList(parts);
  if (list === undefined) return [{ role: 'system', content: parts }];
  return toChatMessages(JSON.stringify([{ role: 'system', parts: list }])) ?? [];
}

function parseList(text: string | undefined): readonly unknown[] | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
