import type { Attributes, Item } from '../../../pipeline/batch/batch.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import { readJson, some } from '../loose.ts';
import type { Content } from '../messages/content.ts';
import { isPartList, isSemconvMessages } from '../messages/json-shape.ts';
import { toMessages, toSystemParts } from '../messages/message.ts';
import { createToolReader } from '../messages/tool-reader.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import { createFieldReader, type FieldKeys } from './fields.ts';

/** Every generation of the OTel convention since 1.27, and the variants that instrumentations of it made of its usage keys. */
const fields: FieldKeys = {
  texts: {
    operation: ['gen_ai.operation.name'],
    provider: ['gen_ai.provider.name', 'gen_ai.system'],
    requestModel: ['gen_ai.request.model'],
    responseModel: ['gen_ai.response.model'],
    responseId: ['gen_ai.response.id'],
    conversationId: ['gen_ai.conversation.id', 'gen_ai.thread.id'],
    sessionId: ['session.id', 'lmnr.association.properties.session_id'],
    userId: [
      'user.id',
      'enduser.id',
      'enduser.pseudo.id',
      'gen_ai.user',
      'gen_ai.request.user',
      'lmnr.association.properties.user_id',
    ],
    agentId: ['gen_ai.agent.id'],
    agentName: ['gen_ai.agent.name'],
    toolName: ['gen_ai.tool.name'],
    toolCallId: ['gen_ai.tool.call.id'],
    workflowName: ['gen_ai.workflow.name'],
    promptName: ['gen_ai.prompt.name'],
    promptVersion: ['gen_ai.prompt.version'],
    serviceTier: [
      'openai.response.service_tier',
      'gen_ai.openai.response.service_tier',
      'gen_ai.response.service_tier',
      // What was asked for, where nobody says what was given.
      'openai.request.service_tier',
      'gen_ai.openai.request.service_tier',
      'gen_ai.request.service_tier',
    ],
    errorType: ['error.type'],
  },
  counts: {
    // `gen_ai.response.*` are those of Microsoft.Extensions.AI before 9.4 and of what was modelled on it.
    input: [
      'gen_ai.usage.input_tokens',
      'gen_ai.usage.prompt_tokens',
      'gen_ai.response.input_tokens',
    ],
    output: [
      'gen_ai.usage.output_tokens',
      'gen_ai.usage.completion_tokens',
      'gen_ai.response.output_tokens',
    ],
    total: ['gen_ai.usage.total_tokens'],
    cacheRead: [
      'gen_ai.usage.cache_read.input_tokens',
      'gen_ai.usage.cache_read_input_tokens',
      'gen_ai.usage.cached_input_tokens',
      'gen_ai.usage.cached_tokens',
      'gen_ai.usage.cache_read_tokens',
      'gen_ai.usage.prompt_tokens_details.cached_tokens',
      'gen_ai.usage.input_tokens_details.cached_tokens',
    ],
    cacheWrite: [
      'gen_ai.usage.cache_write.input_tokens',
      'gen_ai.usage.cache_creation.input_tokens',
      'gen_ai.usage.cache_creation_input_tokens',
      'gen_ai.usage.cache_write_input_tokens',
      'gen_ai.usage.cache_write_tokens',
      'gen_ai.usage.cache_creation_tokens',
    ],
    reasoning: [
      'gen_ai.usage.reasoning.output_tokens',
      'gen_ai.usage.reasoning_tokens',
      'gen_ai.usage.completion_tokens_details.reasoning_tokens',
      'gen_ai.usage.output_tokens_details.reasoning_tokens',
    ],
    inputAudio: ['gen_ai.usage.audio.input_tokens', 'gen_ai.usage.input_audio_tokens'],
    outputAudio: ['gen_ai.usage.audio.output_tokens', 'gen_ai.usage.output_audio_tokens'],
    inputImage: ['gen_ai.usage.image.input_tokens'],
    outputImage: ['gen_ai.usage.image.output_tokens'],
  },
  finishReasons: ['gen_ai.response.finish_reasons', 'gen_ai.response.finish_reason'],
  cost: ['gen_ai.usage.cost', 'gen_ai.usage.cost.amount'],
  stream: ['gen_ai.request.stream', 'gen_ai.is_streaming', 'gen_ai.request.is_stream'],
  firstChunkSeconds: [
    'gen_ai.response.time_to_first_chunk',
    'gen_ai.client.operation.time_to_first_chunk',
  ],
};

/**
 * Reads the keys of the OTel convention, `before` them and `after` them those of a dialect that builds on it: most write
 * some of the convention's keys too.
 */
export function createSemconvReader(
  keys: Keys,
  { before = {}, after = {} }: { readonly before?: FieldKeys; readonly after?: FieldKeys } = {},
): DialectReader {
  const { originals, read } = createFieldReader(keys, [before, fields, after]);
  const readMessages = createMessagesReader(keys);
  const readOldMessages = createOldMessagesReader(keys);
  return {
    originals,
    read: (span, call) => {
      read(span.attributes, call);
    },
    readContent: (span, call, content) => {
      readMessages(span, content);
      if (call.kind === 'llm') readOldMessages(span.attributes, content);
    },
  };
}

/** OTel's own instrumentations and whoever follows semantic-conventions-genai without additions. */
export const otel: Dialect = {
  name: 'otel',
  scopes:
    /^(@opentelemetry\/|opentelemetry\.instrumentation\.(genai|openai_v2|google_genai|vertexai|botocore)|Experimental\.Microsoft\.Extensions\.AI)/,
  evidence: [
    'gen_ai.operation.name',
    'gen_ai.provider.name',
    'gen_ai.system',
    'gen_ai.request.model',
    'gen_ai.usage.input_tokens',
    'gen_ai.tool.name',
  ],
  create: (keys) => createSemconvReader(keys),
};

function createMessagesReader(keys: Keys): (span: Item, content: Content) => void {
  const inputKey = keys.key('gen_ai.input.messages');
  const outputKey = keys.key('gen_ai.output.messages');
  const systemKey = keys.key('gen_ai.system_instructions');
  const readTools = createToolReader(keys.key('gen_ai.tool.definitions'));
  return ({ attributes }, content) => {
    if (attributes.has(inputKey) && !attributes.test(inputKey, isSemconvMessages)) {
      content.input ??= some(toMessages(readJson(attributes, inputKey), 'user'));
    }
    if (attributes.has(outputKey) && !attributes.test(outputKey, isSemconvMessages)) {
      content.output ??= some(toMessages(readJson(attributes, outputKey), 'assistant'));
    }
    if (attributes.has(systemKey) && !attributes.test(systemKey, isPartList)) {
      content.system ??= some(toSystemParts(readJson(attributes, systemKey)));
    }
    content.tools ??= readTools(attributes);
  };
}

/** Reads a whole prompt and a whole answer in one attribute each, as they stood before there were messages. */
function createOldMessagesReader(keys: Keys): (attributes: Attributes, content: Content) => void {
  const inputKey = keys.key('gen_ai.input.messages');
  const outputKey = keys.key('gen_ai.output.messages');
  const prompt = keys.key('gen_ai.prompt');
  const completion = keys.key('gen_ai.completion');
  return (attributes, content) => {
    if (content.input === undefined && attributes.has(prompt) && !attributes.has(inputKey)) {
      content.input = some(toMessages(readJson(attributes, prompt), 'user'));
      content.sources.push(prompt);
    }
    if (content.output === undefined && attributes.has(completion) && !attributes.has(outputKey)) {
      content.output = some(toMessages(readJson(attributes, completion), 'assistant'));
      content.sources.push(completion);
    }
  };
}
