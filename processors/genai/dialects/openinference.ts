import type { Attributes } from '../../../pipeline/batch/batch.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { readJson, readText } from '../loose.ts';
import type { Content } from '../messages/content.ts';
import { toMessages } from '../messages/message.ts';
import { isInference, operationOf, type Kind } from '../operation.ts';
import { findResponseId } from '../response-id.ts';
import { fillFromAnswer, parseJson, toObject, type JsonObject } from '../usage-object.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import type { FieldKeys } from './fields.ts';
import { createSemconvReader, some } from './otel.ts';

/** openinference/spec/semantic_conventions.md. */
const fields: FieldKeys = {
  texts: {
    provider: ['llm.provider', 'llm.system'],
    requestModel: ['llm.request.model_name'],
    responseModel: [
      'llm.response.model_name',
      'llm.model_name',
      'embedding.model_name',
      'reranker.model_name',
    ],
    sessionId: ['session.id'],
    userId: ['user.id'],
    agentName: ['agent.name'],
    toolName: ['tool.name'],
    toolCallId: ['tool.id'],
    promptName: ['prompt.id'],
    promptVersion: ['llm.prompt_template.version'],
  },
  counts: {
    input: ['llm.token_count.prompt'],
    output: ['llm.token_count.completion'],
    total: ['llm.token_count.total'],
    cacheRead: [
      'llm.token_count.prompt_details.cache_read',
      'llm.token_count.prompt_details.cache_input',
    ],
    cacheWrite: ['llm.token_count.prompt_details.cache_write'],
    reasoning: ['llm.token_count.completion_details.reasoning'],
    inputAudio: ['llm.token_count.prompt_details.audio'],
    outputAudio: ['llm.token_count.completion_details.audio'],
  },
  tags: ['tag.tags'],
  finishReasons: ['llm.finish_reason'],
  cost: ['llm.cost.total'],
};

const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['LLM', 'llm'],
  ['EMBEDDING', 'embedding'],
  ['RERANKER', 'rerank'],
  ['RETRIEVER', 'retriever'],
  ['TOOL', 'tool'],
  ['AGENT', 'agent'],
  ['CHAIN', 'chain'],
  ['PROMPT', 'chain'],
  ['GUARDRAIL', 'guardrail'],
  ['EVALUATOR', 'evaluator'],
]);

/** OpenInference (Arize), Python and JavaScript. */
export const openinference: Dialect = {
  name: 'openinference',
  scopes: /^(openinference\.|@arizeai\/openinference)/,
  evidence: [
    'openinference.span.kind',
    'llm.token_count.prompt',
    'llm.input_messages.0.message.role',
  ],
  create: createOpenInferenceReader,
};

function createOpenInferenceReader(keys: Keys): DialectReader {
  const semconv = createSemconvReader(keys, { before: fields });
  const readRest = createRestReader(keys);
  const readContent = createContentReader(keys);
  return {
    originals: semconv.originals,
    read: (span, call) => {
      semconv.read(span, call);
      readRest(span.attributes, call);
    },
    readContent: (span, call, content) => {
      readContent(span.attributes, call, content);
      semconv.readContent(span, call, content);
    },
  };
}

function createRestReader(keys: Keys): (attributes: Attributes, call: Call) => void {
  const kindKey = keys.key('openinference.span.kind');
  const parametersKey = keys.key('llm.invocation_parameters');
  const embeddingParametersKey = keys.key('embedding.invocation_parameters');
  const metadataKey = keys.key('metadata');
  const outputKey = keys.key('output.value');
  const parseMetadata = createObjectParser();
  const parseParameters = createObjectParser();
  return (attributes, call) => {
    call.kind ??= kinds.get(attributes.string(kindKey)?.toUpperCase() ?? '');
    if (call.kind !== undefined) call.operation ??= operationOf(call.kind);
    readMetadata(parseMetadata(attributes.string(metadataKey)), call);
    if (!isInference(call.kind)) return;
    const parameters =
      attributes.string(parametersKey) ?? attributes.string(embeddingParametersKey);
    readParameters(parseParameters(parameters), call);
    const answer = attributes.string(outputKey);
    if (answer?.startsWith('{') !== true) return;
    call.responseId ??= findResponseId(answer);
    if (call.usage.cacheRead === undefined) fillFromAnswer(answer, call.usage);
  };
}

/** Parses JSON objects that are often the same from span to span: it remembers the last one. */
function createObjectParser(): (text: string | undefined) => JsonObject | undefined {
  let lastText = '';
  let last: JsonObject | undefined;
  return (text) => {
    if (text === undefined) return undefined;
    if (text !== lastText) {
      last = toObject(parseJson(text));
      lastText = text.length <= maxRemembered ? text : '';
    }
    return last;
  };
}

/** Parameters and metadata are short; what is longer is not kept. */
const maxRemembered = 4096;

/** What the application hands on with a call, under the names of LangChain's and LiteLLM's users. */
function readMetadata(metadata: JsonObject | undefined, call: Call): void {
  if (metadata === undefined) return;
  call.sessionId ??= textOf(metadata['session_id'] ?? metadata['thread_id']);
  call.userId ??= textOf(metadata['user_id'] ?? metadata['trace_user_id']);
  call.tenantId ??= textOf(metadata['tenant'] ?? metadata['tenant_id'] ?? metadata['org_id']);
  const { tags } = metadata;
  if (Array.isArray(tags)) call.tags ??= some(tags.filter((tag) => typeof tag === 'string'));
}

function readParameters(parameters: JsonObject | undefined, call: Call): void {
  if (parameters === undefined) return;
  // The model that was asked for: `gen_ai.request.model` beside it is that of the answer.
  call.requestModel = textOf(parameters['model'] ?? parameters['model_name']) ?? call.requestModel;
  call.serviceTier ??= textOf(parameters['service_tier']);
  call.userId ??= textOf(parameters['user']);
  const { stream } = parameters;
  if (typeof stream === 'boolean') call.stream ??= stream;
  readMetadata(toObject(parameters['metadata']), call);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function createContentReader(keys: Keys) {
  const inputValue = keys.key('input.value');
  const outputValue = keys.key('output.value');
  const parameters = keys.key('tool.parameters');
  return (attributes: Attributes, call: Call, content: Content): void => {
    if (call.kind === 'tool') {
      content.toolArguments ??=
        readJson(attributes, inputValue) ?? readText(attributes, parameters);
      content.toolResult ??= readJson(attributes, outputValue);
      content.sources.push(inputValue, outputValue);
    }
    if (call.kind !== 'llm') return;
    content.input ??= some(toMessages(readJson(attributes, inputValue), 'user'));
    content.output ??= some(toMessages(readJson(attributes, outputValue), 'assistant'));
    if (content.input !== undefined) content.sources.push(inputValue);
    if (content.output !== undefined) content.sources.push(outputValue);
  };
}
