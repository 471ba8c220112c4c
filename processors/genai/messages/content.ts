import type { Key } from '../../../pipeline/batch/key.ts';
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
  input: Message[] | undefined;
  output: Message[] | undefined;
  system: Part[] | undefined;
  tools: ToolDefinition[] | undefined;
  toolArguments: unknown;
  toolResult: unknown;
  /** Attributes that the above was rebuilt from, which would hold the prompt twice. */
  readonly sources: Key[];
  /** Prefixes of indexed attributes of the same sort. */
  readonly sourcePrefixes: Key[];
  eventSource: EventSource | undefined;
}

/** Content with nothing in it. */
export function createContent(): Content {
  return {
    input: undefined,
    output: undefined,
    system: undefined,
    tools: undefined,
    toolArguments: undefined,
    toolResult: undefined,
    sources: [],
    sourcePrefixes: [],
    eventSource: undefined,
  };
}

/** Empties content for the next span. */
export function clearContent(content: Content): void {
  content.input = undefined;
  content.output = undefined;
  content.system = undefined;
  content.tools = undefined;
  content.toolArguments = undefined;
  content.toolResult = undefined;
  content.sources.length = 0;
  content.sourcePrefixes.length = 0;
  content.eventSource = undefined;
}
