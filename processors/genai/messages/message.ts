import { toFinishReason } from '../finish-reason.ts';
import { toJsonText, toObject, type JsonObject } from '../usage-object.ts';
import { textPart, toPartList, toParts, type Part } from './part.ts';

export type { Part } from './part.ts';

/** One element of `gen_ai.input.messages` or `gen_ai.output.messages`. */
export interface Message {
  readonly role: string;
  readonly parts: Part[];
  readonly name?: string;
  readonly finish_reason?: string;
}

const roles: Readonly<Record<string, string>> = {
  human: 'user',
  ai: 'assistant',
  aimessagechunk: 'assistant',
  model: 'assistant',
  function: 'tool',
  developer: 'system',
};

/** Request and response bodies are nested a few levels deep; what is deeper is kept as text. */
const maxDepth = 6;

/**
 * Messages from whatever an SDK recorded: semconv, OpenAI chat and responses, Anthropic, Gemini, Bedrock, LangChain and
 * Vercel shapes, a whole request or response body, or plain text. What is not understood is kept as one text part.
 */
export function toMessages(value: unknown, role: 'user' | 'assistant'): Message[] {
  return convert(value, role, 0);
}

/** The parts of `gen_ai.system_instructions` from a text, a list of parts, or messages. */
export function toSystemParts(value: unknown): Part[] {
  const list = Array.isArray(value) ? value : [value];
  return list.flatMap((item: unknown) => {
    const message = toObject(item);
    if (message === undefined) return toParts(item);
    return 'role' in message ? (toMessage(message, 'user')?.parts ?? []) : toParts(message);
  });
}

function convert(value: unknown, role: string, depth: number): Message[] {
  if (value === undefined || value === null || value === '') return [];
  if (Array.isArray(value)) return convertList(value, role, depth);
  const object = toObject(value);
  if (object === undefined) return [{ role, parts: toParts(value) }];
  if (depth < maxDepth) {
    const inner = unwrap(object, role, depth + 1);
    if (inner !== undefined) return inner;
  }
  const message = toMessage(object, role);
  return [message ?? { role, parts: toParts(object) }];
}

function convertList(list: readonly unknown[], role: string, depth: number): Message[] {
  if (list.length > 0 && list.every(isBarePart)) return [{ role, parts: list.flatMap(toParts) }];
  if (depth >= maxDepth) return [{ role, parts: [textPart(toJsonText(list) ?? '')] }];
  return list.flatMap((item) => convert(item, role, depth + 1));
}

/** A list of content parts stands for one message: its elements have a type and no role. */
function isBarePart(value: unknown): boolean {
  const part = toObject(value);
  if (part === undefined || 'role' in part || 'data' in part || 'kwargs' in part) return false;
  return part['type'] !== 'message' && ('type' in part || 'text' in part);
}

type Unwrap = (object: JsonObject, role: string, depth: number) => Message[];

/** Bodies that hold messages, by the member that gives them away. */
const wrappers: readonly (readonly [string, Unwrap])[] = [
  ['choices', (o, _role, depth) => each(o['choices'], 'message', depth)],
  ['generations', (o, _role, depth) => each(flat(o['generations']), 'message', depth)],
  ['candidates', (o, _role, depth) => each(o['candidates'], 'content', depth)],
  [
    'contents',
    (o, role, depth) => [
      ...leading(o['system_instruction'] ?? o['systemInstruction']),
      ...convert(o['contents'], role, depth),
    ],
  ],
  [
    'messages',
    (o, role, depth) => [...leading(o['system']), ...convert(o['messages'], role, depth)],
  ],
  ['kwargs', (o, role, depth) => langChain(o, toObject(o['kwargs']), role, depth)],
  ['data', (o, role, depth) => langChain(o, toObject(o['data']), role, depth)],
];

function unwrap(object: JsonObject, role: string, depth: number): Message[] | undefined {
  for (const [member, read] of wrappers) {
    const value = object[member];
    if (typeof value === 'object' && value !== null) return read(object, role, depth);
  }
  if ('role' in object || 'type' in object) return undefined;
  const answer = toObject(object['output'])?.['message'] ?? object['message'];
  if (toObject(answer) !== undefined)
    return each([{ ...object, message: answer }], 'message', depth);
  if (typeof object['input'] === 'string' || Array.isArray(object['input'])) {
    return [...leading(object['instructions']), ...convert(object['input'], role, depth)];
  }
  if (Array.isArray(object['output'])) {
    return endedBy(convert(object['output'], 'assistant', depth), object);
  }
  return typeof object['prompt'] === 'string' ? convert(object['prompt'], role, depth) : undefined;
}

/** OpenAI's Responses API tells of the whole answer why it ended, and does not tell calls of tools from a stop. */
function endedBy(
  messages: Message[],
  { status, incomplete_details: details }: JsonObject,
): Message[] {
  const last = messages.at(-1);
  if (last === undefined || typeof status !== 'string') return messages;
  const cause = toObject(details)?.['reason'];
  const isCall = last.parts.some(({ type }) => type === 'tool_call');
  const reason = status === 'completed' && isCall ? 'tool_call' : (cause ?? status);
  if (typeof reason !== 'string') return messages;
  return [...messages.slice(0, -1), { ...last, finish_reason: toFinishReason(reason) }];
}

function flat(value: unknown): unknown {
  return Array.isArray(value) ? value.flat() : value;
}

function leading(system: unknown): Message[] {
  if (system === undefined || system === null || system === '') return [];
  const parts = toSystemParts(system);
  return parts.length > 0 ? [{ role: 'system', parts }] : [];
}

/** Alternatives of an answer: each holds a message, its reason to finish beside it. */
function each(list: unknown, member: string, depth: number): Message[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const choice = toObject(item) ?? {};
    const inner = choice[member] ?? choice['text'] ?? choice['delta'];
    const info = toObject(choice['generation_info']);
    const reason =
      choice['finish_reason'] ??
      choice['finishReason'] ??
      choice['stopReason'] ??
      choice['done_reason'] ??
      info?.['finish_reason'];
    return convert(inner, 'assistant', depth).map((message) =>
      typeof reason === 'string' ? { ...message, finish_reason: toFinishReason(reason) } : message,
    );
  });
}

/** LangChain's serialised messages: a class name or type outside, the fields inside. */
function langChain(
  outer: JsonObject,
  inner: JsonObject | undefined,
  role: string,
  depth: number,
): Message[] {
  if (inner === undefined) return [{ role, parts: toParts(outer) }];
  if ('messages' in inner) return convert(inner, role, depth);
  const path = outer['id'];
  const className: unknown = Array.isArray(path) ? path.at(-1) : undefined;
  const type =
    typeof className === 'string' ? className.replace(/Message(Chunk)?$/, '') : outer['type'];
  const named = typeof type === 'string' && type !== 'constructor' ? type : role;
  const message = toMessage({ ...inner, role: named }, role);
  return message === undefined ? [] : [message];
}

/** One message-like object as a message; undefined where it has neither role nor content. */
function toMessage(object: JsonObject, fallbackRole: string): Message | undefined {
  const kind = object['type'];
  if (kind === 'function_call' || kind === 'reasoning') {
    return { role: 'assistant', parts: toParts(object) };
  }
  if (kind === 'function_call_output') return { role: 'tool', parts: toParts(object) };
  const named = object['role'];
  if (typeof named !== 'string' && !('content' in object) && !('parts' in object)) return undefined;
  const role = toRole(typeof named === 'string' ? named : fallbackRole);
  const parts = toMessageParts(object, role);
  const reason = object['finish_reason'] ?? object['finishReason'] ?? object['stop_reason'];
  const name = object['name'];
  const isResult = parts.length > 0 && parts.every((part) => part.type === 'tool_call_response');
  return {
    role: isResult ? 'tool' : role,
    parts,
    ...(typeof name === 'string' && name !== '' ? { name } : {}),
    ...(typeof reason === 'string' ? { finish_reason: toFinishReason(reason) } : {}),
  };
}

/** The role's name in semconv: `human` is the user, `model` the assistant. */
export function toRole(role: string): string {
  const lower = role.toLowerCase();
  return Object.hasOwn(roles, lower) ? (roles[lower] ?? lower) : lower;
}

function toMessageParts(object: JsonObject, role: string): Part[] {
  const calls = toolCallsOf(object);
  const callId = object['tool_call_id'];
  if (Array.isArray(object['parts'])) {
    const parts = object['parts'].flatMap(toParts);
    if (typeof callId === 'string') return parts.map((part) => toResult(part, callId));
    return withCalls(calls.length > 0 ? parts.filter(isFilled) : parts, calls);
  }
  if (role === 'tool' && calls.length === 0) {
    const parts = toPartList(object['content']);
    if (parts.some((part) => part.type === 'tool_call_response')) return parts;
    const id = typeof callId === 'string' ? { id: callId } : {};
    return [{ type: 'tool_call_response', ...id, response: object['content'] ?? '' }];
  }
  const parts = toPartList(object['content'] ?? object['contents']);
  const reasoning = object['reasoning_content'] ?? object['reasoning'];
  if (typeof reasoning === 'string') parts.unshift({ type: 'reasoning', content: reasoning });
  return withCalls(parts, calls);
}

/** Some SDKs list a call among the parts and again beside them. */
function withCalls(parts: Part[], calls: readonly Part[]): Part[] {
  if (calls.length === 0) return parts;
  const known = new Set(parts.flatMap((part) => part['id'] ?? []));
  return [...parts, ...calls.filter((call) => !known.has(call['id'] ?? ''))];
}

function isFilled(part: Part): boolean {
  return part.type !== 'text' || part['content'] !== '';
}

/** A text of a message that names the call of a tool is the tool's answer. */
function toResult(part: Part, id: string): Part {
  return part.type === 'text'
    ? { type: 'tool_call_response', id, response: part['content'] }
    : part;
}

function toolCallsOf(object: JsonObject): Part[] {
  const calls = object['tool_calls'] ?? object['toolCalls'];
  const single = toObject(object['function_call']);
  const list: unknown[] = Array.isArray(calls) ? calls : single === undefined ? [] : [single];
  return list.flatMap((call) => toParts({ ...toObject(call), type: 'tool_call' }));
}
