import { NamePatterns } from '../../../pipeline/batch/name-patterns.ts';

/** The lists of indexed attributes that emitters flatten messages into, and those of tool definitions. */
export type IndexedList =
  | 'openinference_input'
  | 'openinference_output'
  | 'openllmetry_input'
  | 'openllmetry_output'
  | 'openinference_tools'
  | 'openllmetry_tools';

/** Name prefixes of the lists, by which `unflatten` reads them. */
export const listPrefixes: Readonly<Record<IndexedList, string>> = {
  openinference_input: 'llm.input_messages.',
  openinference_output: 'llm.output_messages.',
  openllmetry_input: 'gen_ai.prompt.',
  openllmetry_output: 'gen_ai.completion.',
  openinference_tools: 'llm.tools.',
  openllmetry_tools: 'llm.request.functions.',
};

/**
 * What an indexed attribute holds of its message. The numbers order attributes of one message as they are written:
 * those of the message itself, of its content parts, of its tool calls.
 */
export const Field = {
  role: 0,
  callId: 1,
  name: 2,
  finishReason: 3,
  content: 4,
  /** Of tool definitions, which have a name as messages do. */
  description: 5,
  parameters: 6,
  schema: 7,
  partType: 16,
  partText: 17,
  /** Of a call of a tool: its id, name and arguments, in this order; among the parts of the content, or beside these. */
  partCallId: 18,
  partCallName: 19,
  partCallArguments: 20,
  toolCallId: 32,
  toolName: 33,
  toolArguments: 34,
  /** Anything else in the list, which only `unflatten` understands. */
  other: 63,
} as const;

/** One pattern of names, and what it says. */
interface Meaning {
  readonly pattern: string;
  readonly list: IndexedList;
  readonly field: number;
}

/** openinference/spec/semantic_conventions.md */
const openinferenceFields: readonly (readonly [string, number])[] = [
  ['#.message.role', Field.role],
  ['#.message.content', Field.content],
  ['#.message.name', Field.name],
  ['#.message.tool_call_id', Field.callId],
  ['#.message.contents.#.message_content.type', Field.partType],
  ['#.message.contents.#.message_content.text', Field.partText],
  ['#.message.contents.#.tool_call.id', Field.partCallId],
  ['#.message.contents.#.tool_call.function.name', Field.partCallName],
  ['#.message.contents.#.tool_call.function.arguments', Field.partCallArguments],
  ['#.message.tool_calls.#.tool_call.id', Field.toolCallId],
  ['#.message.tool_calls.#.tool_call.function.name', Field.toolName],
  ['#.message.tool_calls.#.tool_call.function.arguments', Field.toolArguments],
  ['*', Field.other],
];

const openllmetryFields: readonly (readonly [string, number])[] = [
  ['#.role', Field.role],
  ['#.content', Field.content],
  ['#.tool_call_id', Field.callId],
  ['#.finish_reason', Field.finishReason],
  ['#.tool_calls.#.id', Field.toolCallId],
  ['#.tool_calls.#.name', Field.toolName],
  ['#.tool_calls.#.arguments', Field.toolArguments],
  // `gen_ai.prompt.name` and its neighbours are semconv's.
  ['#.*', Field.other],
];

function inList(
  list: IndexedList,
  fields: readonly (readonly [string, number])[],
): readonly Meaning[] {
  return fields.map(([rest, field]) => ({ pattern: listPrefixes[list] + rest, list, field }));
}

/** By place of the pattern. */
export const meanings: readonly Meaning[] = [
  ...inList('openinference_input', openinferenceFields),
  ...inList('openinference_output', openinferenceFields),
  ...inList('openllmetry_input', openllmetryFields),
  ...inList('openllmetry_output', openllmetryFields),
  ...inList('openinference_tools', [
    ['#.tool.json_schema', Field.schema],
    ['*', Field.other],
  ]),
  ...inList('openllmetry_tools', [
    ['#.name', Field.name],
    ['#.description', Field.description],
    ['#.parameters', Field.parameters],
    ['*', Field.other],
  ]),
  // Calls of completion models, whose messages are plain texts.
  { pattern: 'llm.prompts.#.prompt.text', list: 'openinference_input', field: Field.content },
  { pattern: 'llm.choices.#.completion.text', list: 'openinference_output', field: Field.content },
];

/** The patterns of all lists; one for each worker, because it remembers which keys fit. */
export function createIndexedNames(): NamePatterns {
  return new NamePatterns(meanings.map(({ pattern }) => pattern));
}
