/** A message of OpenAI's chat form, the one in which Langfuse shows roles, tool calls and their results. */
export interface ChatMessage {
  readonly role: string;
  readonly content?: string | readonly object[] | null;
  readonly name?: string;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly object[];
  readonly tool_call_id?: string;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Turns semconv messages (JSON of `gen_ai.input.messages` or `gen_ai.output.messages`) into chat messages: Langfuse does
 * not tell tool calls in semconv's parts. Undefined where the text is not a list of messages.
 */
export function toChatMessages(text: string): readonly ChatMessage[] | undefined {
  const list = parseJson(text);
  if (!Array.isArray(list)) return undefined;
  const messages = list.map(toObject);
  if (!messages.every((message) => message !== undefined)) return undefined;
  return messages.flatMap(toMessages);
}

/** The results of tool calls are messages of their own; the other parts of a message stay together. */
function toMessages(message: JsonObject): readonly ChatMessage[] {
  const parts = toList(message['parts']).map(toPart);
  const results = parts.filter(({ type }) => type === 'tool_call_response');
  const others = parts.filter(({ type }) => type !== 'tool_call_response');
  const answers = results.map(toToolMessage);
  return others.length === 0 && answers.length > 0
    ? answers
    : [toMessage(message, others), ...answers];
}

function toMessage(message: JsonObject, parts: readonly JsonObject[]): ChatMessage {
  const calls = parts.filter(({ type }) => type === 'tool_call').map(toToolCall);
  const reasoning = parts.filter(({ type }) => type === 'reasoning').map(contentOf);
  const shown = parts.filter(({ type }) => type !== 'tool_call' && type !== 'reasoning');
  const name = message['name'];
  return {
    role: toText(message['role'] ?? 'user'),
    content: toContent(shown, calls.length > 0),
    ...(typeof name === 'string' ? { name } : {}),
    ...(reasoning.length > 0 ? { reasoning_content: reasoning.join('\n') } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
}

function toContent(
  parts: readonly JsonObject[],
  hasCalls: boolean,
): string | readonly object[] | null {
  if (parts.length === 0) return hasCalls ? null : '';
  const [only] = parts;
  if (parts.length === 1 && only?.['type'] === 'text') return contentOf(only);
  return parts.map(toContentPart);
}

function toContentPart(part: JsonObject): object {
  switch (part['type']) {
    case 'text':
      return { type: 'text', text: contentOf(part) };
    case 'uri':
      return toMedia(part, toText(part['uri']));
    case 'blob': {
      const mimeType = toText(part['mime_type'] ?? 'application/octet-stream');
      return toMedia(part, `data:${mimeType};base64,${contentOf(part)}`);
    }
    case 'file':
      return { type: 'file', file: { file_id: part['file_id'] } };
    default:
      return part;
  }
}

function toMedia({ modality }: JsonObject, url: string): object {
  return modality === 'image' || modality === undefined
    ? { type: 'image_url', image_url: { url } }
    : { type: 'file', file: { file_data: url } };
}

function toToolCall(part: JsonObject): object {
  const args = part['arguments'];
  return {
    ...(typeof part['id'] === 'string' ? { id: part['id'] } : {}),
    type: 'function',
    function: { name: part['name'], arguments: args === undefined ? '{}' : toText(args) },
  };
}

function toToolMessage(part: JsonObject): ChatMessage {
  const id = part['id'];
  return {
    role: 'tool',
    ...(typeof id === 'string' ? { tool_call_id: id } : {}),
    content: toText(part['response'] ?? part['result'] ?? ''),
  };
}

function contentOf(part: JsonObject): string {
  return toText(part['content'] ?? '');
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function toPart(part: unknown): JsonObject {
  return toObject(part) ?? { type: 'text', content: part };
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function toObject(value: unknown): JsonObject | undefined {
  // Sound because JSON.parse makes plain objects only.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
