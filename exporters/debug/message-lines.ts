import { clipTerminalText } from './terminal-text.ts';

/**
 * The messages of `gen_ai.input.messages` and its kin (JSON of the semantic conventions) as one safe line each,
 * `role: text`; what is no such JSON is one line, clipped.
 */
export function toMessageLines(json: string, maxLength: number): string[] {
  const messages = parseArray(json);
  if (messages === undefined) return [clipTerminalText(json, maxLength)];
  return messages.map((message) => clipTerminalText(toMessageText(message), maxLength));
}

function toMessageText(message: unknown): string {
  if (!isRecord(message)) return toText(message);
  const { role, parts, content } = message;
  if (role === undefined) return toPartText(message);
  const body = Array.isArray(parts) ? parts : [content];
  return `${toText(role)}: ${body.map(toPartText).join(' ')}`;
}

function toPartText(part: unknown): string {
  if (!isRecord(part)) return toText(part);
  const { type, content, name, arguments: args, response, result } = part;
  switch (type) {
    case 'text':
    case 'reasoning':
      return toText(content);
    case 'tool_call':
      return `${toText(name)}(${toText(args)})`;
    case 'tool_call_response':
      return toText(response ?? result);
    case undefined:
      return toText(part);
    default:
      return `[${toText(type)}]`;
  }
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}

function parseArray(json: string): unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    // Cut-off or foreign content: the caller shows it as it is.
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
