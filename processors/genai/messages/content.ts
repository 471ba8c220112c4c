import type { JsonText } from '../../../pipeline/batch/json-text.ts';
import type { Key } from '../../../pipeline/batch/key.ts';
import type { MessageList } from './message-list.ts';
import type { Message, Part } from './message.ts';
import type { ToolDefinition } from './tool-definition.ts';

/** Attributes of span events that content was rebuilt from. */
export interface EventSource {
  /** Whether events of that name hold content. */
  readonly isSource: (name: string) => boolean;
  readonly keys: readonly Key[];
}

/** What a dialect found of a call's content, in semconv's shapes (semantic-conventions-genai, gen-ai-*-messages.json). */
export interface Content {
  /** Messages as data, or as JSON that was put together already. */
  input: Message[] | JsonText | undefined;
  output: Message[] | JsonText | undefined;
  /** Why the messages of the answer ended, where they are JSON already. */
  finishReasons: readonly string[];
  system: Part[] | undefined;
  tools: ToolDefinition[] | JsonText | undefined;
  toolArguments: unknown;
  toolResult: unknown;
  /** Attributes that the above was rebuilt from, which would hold the prompt twice. */
  sources: Key[];
  /** The same for indexed attributes. */
  sourceLists: MessageList[];
  eventSource: EventSource | undefined;
}

const none: readonly string[] = [];

/** Content with nothing in it. */
export function createContent(): Content {
  return {
    input: undefined,
    output: undefined,
    finishReasons: none,
    system: undefined,
    tools: undefined,
    toolArguments: undefined,
    toolResult: undefined,
    sources: [],
    sourceLists: [],
    eventSource: undefined,
  };
}

/** Empties content for the next span. */
export function clearContent(content: Content): void {
  content.input = undefined;
  content.output = undefined;
  content.finishReasons = none;
  content.system = undefined;
  content.tools = undefined;
  content.toolArguments = undefined;
  content.toolResult = undefined;
  // Most have some: arrays that are emptied cost more than new ones.
  content.sources = [];
  content.sourceLists = [];
  content.eventSource = undefined;
}
