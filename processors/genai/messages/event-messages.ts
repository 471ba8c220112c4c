import type { Attributes, Item, SpanEvent } from '../../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { readJson, readText, some } from '../loose.ts';
import { toObject } from '../usage-object.ts';
import type { Content } from './content.ts';
import { toMessages, toSystemParts, type Message, type Part } from './message.ts';
import { type ToolDefinition, toToolDefinitions } from './tool-definition.ts';

/** Span events that hold a message of the request, by the role that their name gives (semconv until 1.36). */
const requestRoles: ReadonlyMap<string, string> = new Map([
  ['gen_ai.system.message', 'system'],
  ['gen_ai.user.message', 'user'],
  ['gen_ai.assistant.message', 'assistant'],
  ['gen_ai.tool.message', 'tool'],
]);

/** Attributes of those events, and of their successors, that hold content. */
const contentNames = [
  'content',
  'message',
  'tool_calls',
  'gen_ai.event.content',
  'gen_ai.prompt',
  'gen_ai.completion',
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
];

/** Fills in what `content` has none of from the messages that a span carries in its events. */
export type ReadEventMessages = (span: Item, call: Call, content: Content) => void;

/** Creates the reader of a worker. */
export function createEventMessageReader(keys: Keys): ReadEventMessages {
  const readEvent = createMessageReader(keys);
  const inputKey = keys.key('gen_ai.input.messages');
  const outputKey = keys.key('gen_ai.output.messages');
  const systemKey = keys.key('gen_ai.system_instructions');
  const toolsKey = keys.key('gen_ai.tool.definitions');
  const source = { isSource: isMessageEvent, keys: contentNames.map((name) => keys.key(name)) };
  return (span, call, content) => {
    const found: Found = { input: [], output: [], system: [], tools: undefined };
    for (const event of span.events) readEvent(event, found);
    const { input, output, system, tools } = found;
    if (input.length + output.length + system.length === 0 && tools === undefined) return;
    content.eventSource = source;
    if (call.kind === 'tool') {
      readToolCall(found, content);
      return;
    }
    if (!span.attributes.has(inputKey)) content.input ??= some(input);
    if (!span.attributes.has(outputKey)) content.output ??= some(output);
    if (!span.attributes.has(systemKey)) content.system ??= some(system);
    if (!span.attributes.has(toolsKey)) content.tools ??= tools;
  };
}

function isMessageEvent(name: string): boolean {
  return requestRoles.has(name) || name === 'gen_ai.choice' || wholeEvents.has(name);
}

/** Events of older and newer conventions that hold a whole request or answer. */
const wholeEvents: ReadonlySet<string> = new Set([
  'gen_ai.content.prompt',
  'gen_ai.content.completion',
  'gen_ai.client.inference.operation.details',
]);

interface Found {
  readonly input: Message[];
  readonly output: Message[];
  readonly system: Part[];
  tools: ToolDefinition[] | undefined;
}

function createMessageReader(keys: Keys): (event: SpanEvent, found: Found) => void {
  const content = keys.key('content');
  const message = keys.key('message');
  const eventContent = keys.key('gen_ai.event.content');
  const toolCalls = keys.key('tool_calls');
  const id = keys.key('id');
  const finishReason = keys.key('finish_reason');
  const system = keys.key('gen_ai.system_instructions');
  const tools = keys.key('gen_ai.tool.definitions');
  const whole = [
    [keys.key('gen_ai.prompt'), keys.key('gen_ai.completion')],
    [keys.key('gen_ai.input.messages'), keys.key('gen_ai.output.messages')],
  ] as const;

  const body = (attributes: Attributes, key: Key): unknown =>
    readJson(attributes, key) ?? readJson(attributes, eventContent);

  const request = (attributes: Attributes, role: string): Message[] => {
    const said = body(attributes, content);
    const object = toObject(said);
    if (object !== undefined && ('content' in object || 'tool_calls' in object)) {
      return toMessages({ role, ...object }, 'user');
    }
    const calls = readJson(attributes, toolCalls);
    const callId = role === 'tool' ? readText(attributes, id) : undefined;
    if (said === undefined && calls === undefined) return [];
    return toMessages({ role, content: said, tool_calls: calls, tool_call_id: callId }, 'user');
  };

  const choice = (attributes: Attributes): Message[] => {
    const said = body(attributes, message);
    if (said === undefined) return [];
    const object = toObject(said);
    const reason = object?.['finish_reason'] ?? readText(attributes, finishReason);
    const inner = toObject(object?.['message']) ?? object;
    const given = inner !== undefined && 'content' in inner ? inner : { content: object ?? said };
    return toMessages({ role: 'assistant', ...given, finish_reason: reason }, 'assistant');
  };

  return ({ name, attributes }, found) => {
    const role = requestRoles.get(name);
    if (role !== undefined) found.input.push(...request(attributes, role));
    else if (name === 'gen_ai.choice') found.output.push(...choice(attributes));
    else if (wholeEvents.has(name)) {
      for (const [input, output] of whole) {
        found.input.push(...toMessages(readJson(attributes, input), 'user'));
        found.output.push(...toMessages(readJson(attributes, output), 'assistant'));
      }
      if (attributes.has(system)) found.system.push(...toSystemParts(readJson(attributes, system)));
      found.tools ??= toToolDefinitions(readJson(attributes, tools));
    }
  };
}

/** On the span of a tool the message is what it was called with, and the choice what it gave. */
function readToolCall({ input, output }: Found, content: Content): void {
  const [given] = input.flatMap(({ parts }) => parts);
  const [result] = output.flatMap(({ parts }) => parts);
  content.toolArguments ??= given?.['arguments'] ?? given?.['response'] ?? given?.['content'];
  content.toolResult ??= result?.['response'] ?? result?.['content'];
}
