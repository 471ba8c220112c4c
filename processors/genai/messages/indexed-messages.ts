import type { Attributes, Item } from '../../../pipeline/batch/batch.ts';
import type { JsonText } from '../../../pipeline/batch/json-text.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import { TextMemory } from '../text-memory.ts';
import { parseJson, toObject, type JsonObject } from '../usage-object.ts';
import type { Content } from './content.ts';
import { unflatten } from './indexed.ts';
import {
  createIndexedNames,
  Field,
  type IndexedList,
  listPrefixes,
  meanings,
} from './indexed-names.ts';
import { areCompleteMessages } from './json-shape.ts';
import { type Message, toMessages } from './message.ts';
import { MessageList } from './message-list.ts';
import { MessageWriter } from './message-writer.ts';
import { toToolDefinitions, type ToolDefinition } from './tool-definition.ts';
import { toToolText } from './tool-reader.ts';

/** Fills content from a span's indexed attributes, whatever dialect the span is in: two dialects may stand on one span. */
export type ReadIndexed = (span: Item, content: Content) => void;

/** One side of a call, with the lists that may hold its messages, the best first. */
interface Side {
  readonly lists: readonly MessageList[];
  readonly role: 'user' | 'assistant';
  readonly writer: MessageWriter;
}

type Lists = Readonly<Record<IndexedList, MessageList>>;

/** Creates the reader of a worker. It visits the attributes once, and decodes none but short names. */
export function createIndexedReader(keys: Keys): ReadIndexed {
  const inputKey = keys.key('gen_ai.input.messages');
  const outputKey = keys.key('gen_ai.output.messages');
  const toolsKey = keys.key('gen_ai.tool.definitions');
  const { lists, collect } = createCollector();
  const prefixes = prefixKeys(keys);
  const input = createSide('user', [lists.openinference_input, lists.openllmetry_input]);
  const output = createSide('assistant', [lists.openinference_output, lists.openllmetry_output]);
  const tools = [lists.openinference_tools, lists.openllmetry_tools];

  const readSide = (attributes: Attributes, { lists: own, role, writer }: Side) => {
    const list = firstFilled(own);
    if (list === undefined) return undefined;
    list.sort();
    if (!list.isOdd && writer.write(attributes, list, role)) return writer.text;
    return fromData(list.name, unflatten(attributes, prefixes[list.name]), role);
  };

  const readMessages = (attributes: Attributes, content: Content): void => {
    if (!attributes.test(inputKey, areCompleteMessages)) {
      content.input = readSide(attributes, input);
    }
    if (attributes.test(outputKey, areCompleteMessages)) return;
    content.output = readSide(attributes, output);
    if (content.output === output.writer.text) content.finishReasons = output.writer.finishReasons;
  };

  // Of one memory, because no field that is known in one of the lists is known in the other.
  const toolMemory = new TextMemory((attributes, { name }: MessageList) =>
    toToolText(toTools(name, unflatten(attributes, prefixes[name]))),
  );
  const readTools = (attributes: Attributes): JsonText | undefined => {
    const list = firstFilled(tools);
    if (list === undefined) return undefined;
    return list.isOdd
      ? toolMemory.understand(attributes, list)
      : toolMemory.recall(attributes, list);
  };

  return ({ attributes }, content) => {
    if (collect(attributes) === 0) return;
    readMessages(attributes, content);
    if (!attributes.has(toolsKey)) content.tools ??= readTools(attributes);
    const { input: isInput, output: isOutput, tools: areTools } = content;
    // What stands under the canonical key, or will, need not stand there twice.
    if (isInput !== undefined || attributes.has(inputKey)) addSources(input.lists, content);
    if (isOutput !== undefined || attributes.has(outputKey)) {
      addSources(output.lists, content);
    }
    if (areTools !== undefined || attributes.has(toolsKey)) addSources(tools, content);
  };
}

/** Sorts the indexed attributes of a span into lists; `collect` says how many there are. */
function createCollector(): { lists: Lists; collect: (attributes: Attributes) => number } {
  const names = createIndexedNames();
  const { numbers } = names;
  const lists = createLists();
  const all = Object.values(lists);
  const places = meanings.map(({ list, field }) => ({ list: lists[list], field }));
  let found = 0;
  const place = (pattern: number, attribute: number): void => {
    const meaning = places[pattern];
    if (meaning === undefined) return;
    const { list, field } = meaning;
    const part = field < Field.partType ? 0 : (numbers[1] ?? 0);
    list.add(attribute, field, numbers[0] ?? 0, part);
    found++;
  };
  const collect = (attributes: Attributes): number => {
    if (found > 0) for (const list of all) list.clear();
    found = 0;
    attributes.forEachMatch(names, place);
    return found;
  };
  return { lists, collect };
}

function firstFilled(lists: readonly MessageList[]): MessageList | undefined {
  for (const list of lists) if (list.count > 0) return list;
  return undefined;
}

function addSources(lists: readonly MessageList[], content: Content): void {
  for (const list of lists) if (list.count > 0) content.sourceLists.push(list);
}

function toTools(list: IndexedList, data: unknown): ToolDefinition[] | undefined {
  if (list !== 'openinference_tools') return toToolDefinitions(data);
  if (!Array.isArray(data)) return undefined;
  return toToolDefinitions(data.map((entry) => toOffered(toObject(toObject(entry)?.['tool']))));
}

/** What OpenInference has as a tool's schema is the provider's definition, or, where its name stands beside it, its parameters. */
function toOffered(tool: JsonObject | undefined): unknown {
  const { name, description, json_schema: schema } = tool ?? {};
  if (typeof name !== 'string') return schema;
  const given = toObject(typeof schema === 'string' ? parseJson(schema) : schema);
  const isWhole = given !== undefined && wholeMembers.some((member) => member in given);
  return isWhole ? given : { name, description, parameters: schema };
}

/** Members of definitions that schemas of parameters have not. */
const wholeMembers = ['name', 'function', 'toolSpec', 'functionDeclarations'];

function createSide(role: Side['role'], lists: readonly MessageList[]): Side {
  return { lists, role, writer: new MessageWriter() };
}

function createLists(): Lists {
  return {
    openinference_input: new MessageList('openinference_input'),
    openinference_output: new MessageList('openinference_output'),
    openllmetry_input: new MessageList('openllmetry_input'),
    openllmetry_output: new MessageList('openllmetry_output'),
    openinference_tools: new MessageList('openinference_tools'),
    openllmetry_tools: new MessageList('openllmetry_tools'),
  };
}

function prefixKeys(keys: Keys) {
  const key = (list: IndexedList) => keys.key(listPrefixes[list]);
  return {
    openinference_input: key('openinference_input'),
    openinference_output: key('openinference_output'),
    openllmetry_input: key('openllmetry_input'),
    openllmetry_output: key('openllmetry_output'),
    openinference_tools: key('openinference_tools'),
    openllmetry_tools: key('openllmetry_tools'),
  };
}

function fromData(
  list: IndexedList,
  data: unknown,
  role: 'user' | 'assistant',
): Message[] | undefined {
  if (!Array.isArray(data)) return undefined;
  const toPlain = list.startsWith('openinference') ? fromOpenInference : fromOpenllmetry;
  const messages = data.flatMap((entry: unknown) => toMessages(toPlain(entry), role));
  return messages.length > 0 ? messages : undefined;
}

/** Takes OpenInference's wrappers (`message`, `message_content`, `tool_call`) off a message. */
function fromOpenInference(entry: unknown): unknown {
  const message = toObject(toObject(entry)?.['message']);
  if (message === undefined) return undefined;
  const { contents: wrapped, ...rest } = message;
  const contents = unwrapContents(wrapped);
  const calls = unwrapEach(message['tool_calls'], 'tool_call');
  return {
    ...rest,
    content: contents.length > 0 ? contents : message['content'],
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...unwrapFunctionCall(message),
  };
}

/** The one call of OpenAI's first way to call functions. */
function unwrapFunctionCall(message: JsonObject): JsonObject {
  const { function_call_name: name, function_call_arguments_json: args } = message;
  return name === undefined ? {} : { function_call: { name, arguments: args } };
}

/** Parts of content. Calls of tools stand among them or beside them, in older versions with no more than their type here. */
function unwrapContents(list: unknown): JsonObject[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    const call = toObject(toObject(entry)?.['tool_call']);
    if (call !== undefined) return [{ ...call, type: 'tool_call' }];
    const content = toObject(toObject(entry)?.['message_content']);
    if (content === undefined) return [];
    const saysNothing = content['type'] === 'tool_use' && Object.keys(content).length === 1;
    return saysNothing ? [] : toPlainContents(content);
  });
}

function unwrapEach(list: unknown, member: string): JsonObject[] {
  if (!Array.isArray(list)) return [];
  return list
    .map((entry) => toObject(toObject(entry)?.[member]))
    .filter((object) => object !== undefined);
}

function toPlainContents(content: JsonObject): JsonObject[] {
  const image = toObject(toObject(content['image'])?.['image']) ?? toObject(content['image']);
  if (image !== undefined) return [{ type: 'image_url', image_url: image['url'] }];
  const audio = toObject(toObject(content['audio'])?.['audio']) ?? toObject(content['audio']);
  if (audio === undefined) return [content];
  const { url, transcript } = audio;
  return [
    ...(url === undefined ? [] : [{ type: 'audio', ...audio }]),
    ...(transcript === undefined ? [] : [{ type: 'text', text: transcript }]),
  ];
}

/** OpenLLMetry writes content that is no plain text (images, tool results) as a JSON list. */
function fromOpenllmetry(message: unknown): unknown {
  const object = toObject(message);
  const content = object?.['content'];
  if (typeof content !== 'string' || !content.startsWith('[{')) return message;
  const parsed = parseJson(content);
  return Array.isArray(parsed) ? { ...object, content: parsed } : message;
}
