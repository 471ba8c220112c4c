import type { Attributes } from '../../../pipeline/batch/batch.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { readJson, readQuantity, readToolData, some } from '../loose.ts';
import type { Content } from '../messages/content.ts';
import { toMessages } from '../messages/message.ts';
import { toToolDefinitions } from '../messages/tool-definition.ts';
import { hasUsage } from '../usage.ts';
import { fillFromAnswer, fillFromProvider, toObject } from '../usage-object.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import type { FieldKeys } from './fields.ts';
import { createSemconvReader } from './otel.ts';

/** Besides semconv's keys; `usage.details.*` hold the provider's raw counts, of which only subsets are safe to read. */
const fields: FieldKeys = {
  texts: {
    agentName: ['agent_name'],
    sessionId: ['session_id'],
    userId: ['user_id'],
    requestModel: ['model_name'],
  },
  counts: {
    cacheRead: [
      'gen_ai.usage.details.cache_read_tokens',
      'gen_ai.usage.details.cache_read_input_tokens',
    ],
    cacheWrite: [
      'gen_ai.usage.details.cache_write_tokens',
      'gen_ai.usage.details.cache_creation_input_tokens',
    ],
    reasoning: ['gen_ai.usage.details.reasoning_tokens'],
    inputAudio: ['gen_ai.usage.details.input_audio_tokens'],
    outputAudio: ['gen_ai.usage.details.output_audio_tokens'],
  },
  cost: ['operation.cost'],
};

/** Pydantic AI (instrumentation formats 1 to 6) and Logfire's own instrumentations of OpenAI and Anthropic. */
export const pydanticAi: Dialect = {
  name: 'pydantic_ai',
  scopes: /^(pydantic-ai|logfire)(\.[a-z_]+)?@/,
  evidence: [
    'gen_ai.aggregated_usage.input_tokens',
    'pydantic_ai.all_messages',
    'all_messages_events',
    'request_data',
  ],
  create: createPydanticAiReader,
};

function createPydanticAiReader(keys: Keys): DialectReader {
  const semconv = createSemconvReader(keys, { after: fields });
  const readContent = createContentReader(keys);
  const rawUsage = keys.key('gen_ai.usage.raw');
  const response = keys.key('response_data');
  const spanType = keys.key('logfire.span_type');
  const duration = keys.key('duration');
  return {
    originals: semconv.originals,
    read: (span, call) => {
      semconv.read(span, call);
      readSpanName(span.name, call);
      const raw = toObject(readJson(span.attributes, rawUsage));
      if (raw !== undefined) fillFromProvider(raw, call.usage);
      // Old versions of Logfire tell the usage in the recorded answer only.
      const answer = hasUsage(call.usage) ? undefined : span.attributes.string(response);
      if (answer !== undefined) call.usageRule = fillFromAnswer(answer, call.usage);
      // The span of a stream is a mark at its end, which tells how long it took.
      if (span.attributes.string(spanType) === 'log') {
        const seconds = readQuantity(span.attributes, duration);
        if (seconds !== undefined) call.durationMs = seconds * 1000;
      }
    },
    readContent: (span, call, content) => {
      readContent(span.attributes, call, content);
      semconv.readContent(span, call, content);
    },
  };
}

/** Formats before 4 name the operation of agents and tools in the span's name only; their agents sum the calls below. */
function readSpanName(name: string, call: Call): void {
  if (call.operation !== undefined) return;
  if (name === 'agent run' || name.startsWith('agent run ')) call.operation = 'invoke_agent';
  else if (name === 'running tool') call.operation = 'execute_tool';
  else if (/^running \d* ?tools?$/.test(name)) call.kind = 'chain';
}

function createContentReader(keys: Keys) {
  const request = keys.key('request_data');
  const response = keys.key('response_data');
  const toolArguments = keys.key('tool_arguments');
  const toolResponse = keys.key('tool_response');
  const input = keys.key('gen_ai.input.messages');
  const output = keys.key('gen_ai.output.messages');
  const readEvents = createEventsReader(keys);
  return (attributes: Attributes, call: Call, content: Content): void => {
    content.toolArguments ??= readToolData(attributes, toolArguments);
    content.toolResult ??= readToolData(attributes, toolResponse);
    content.sources.push(toolArguments, toolResponse);
    if (call.kind !== 'llm') return;
    const body = toObject(readJson(attributes, request));
    if (body !== undefined && !attributes.has(input)) {
      content.input ??= some(toMessages(body, 'user'));
      content.tools ??= toToolDefinitions(body['tools']);
      content.sources.push(request);
    }
    const answer = toObject(readJson(attributes, response));
    if (answer !== undefined && !attributes.has(output)) {
      content.output ??= some(toMessages(answer['message'] ?? answer, 'assistant'));
      content.sources.push(response);
    }
    readEvents(attributes, content);
  };
}

/** Format 1, and Logfire beside its own attributes, list semconv's events of old as JSON: `{'event.name', content}`. */
function createEventsReader(keys: Keys): (attributes: Attributes, content: Content) => void {
  const events = keys.key('events');
  const input = keys.key('gen_ai.input.messages');
  const output = keys.key('gen_ai.output.messages');
  return (attributes, content) => {
    if (!attributes.has(events)) return;
    const list = readJson(attributes, events);
    if (!Array.isArray(list)) return;
    const bodies = list.map(toObject).filter((body) => body !== undefined);
    // An attribute of the application's may have that name, too.
    if (!bodies.some((body) => String(body['event.name']).startsWith('gen_ai.'))) return;
    const choices = bodies.filter((body) => body['event.name'] === 'gen_ai.choice');
    const asked = bodies
      .filter((body) => body['event.name'] !== 'gen_ai.choice')
      .map((body) => (body['role'] === 'tool' ? { ...body, tool_call_id: body['id'] } : body));
    if (!attributes.has(input)) content.input ??= some(toMessages(asked, 'user'));
    if (!attributes.has(output)) content.output ??= some(toMessages({ choices }, 'assistant'));
    content.sources.push(events);
  };
}
