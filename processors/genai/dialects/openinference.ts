import type { Attribute, Attributes } from '../../../pipeline/batch/batch.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { textFields } from '../call-texts.ts';
import { createObjectReader } from '../json-reader.ts';
import { readJson, readText, readToolData, some } from '../loose.ts';
import type { Content } from '../messages/content.ts';
import { toMessages } from '../messages/message.ts';
import { isInference, operationOf, type Kind } from '../operation.ts';
import { findResponseId, readLeadingId } from '../response-id.ts';
import { isUsualTier, readServiceTier } from '../service-tier.ts';
import { fillFromAnswer, toObject, type JsonObject } from '../usage-object.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import type { FieldKeys } from './fields.ts';
import { createSemconvReader } from './otel.ts';

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
  const readKind = createKindReader(keys);
  const metadataOf = createObjectReader(keys.key('metadata'), toMetadata);
  const parametersOf = createObjectReader(keys.key('llm.invocation_parameters'), toParameters);
  const embeddingParametersOf = createObjectReader(
    keys.key('embedding.invocation_parameters'),
    toParameters,
  );
  const parametersKey = keys.key('llm.invocation_parameters');
  const outputKey = keys.key('output.value');
  return (attributes, call) => {
    readKind(attributes, call);
    fillMetadata(metadataOf(attributes), call);
    if (!isInference(call.kind)) return;
    const hasParameters = attributes.kind(parametersKey) === 'string';
    fillParameters((hasParameters ? parametersOf : embeddingParametersOf)(attributes), call);
    readAnswer(attributes.find(outputKey), call);
  };
}

function createKindReader(keys: Keys): (attributes: Attributes, call: Call) => void {
  const key = keys.key('openinference.span.kind');
  return (attributes, call) => {
    const name = attributes.string(key);
    if (name !== undefined) call.kind ??= kinds.get(name) ?? kinds.get(name.toUpperCase());
    if (call.kind !== undefined) fillText(call, place.operation, operationOf(call.kind));
  };
}

/** Finds what the provider's answer says, where it was recorded. */
function readAnswer(attribute: Attribute | undefined, call: Call): void {
  if (attribute === undefined) return;
  const { texts, usage } = call;
  const tier = readServiceTier(attribute);
  if (tier !== undefined && (!isUsualTier(tier) || texts.has(place.serviceTier))) {
    texts.set(place.serviceTier, tier);
  }
  if (!texts.has(place.responseId)) texts.set(place.responseId, readLeadingId(attribute));
  // The answer alone tells how long what was written to the cache lives.
  const needsUsage = usage.cacheRead === undefined || (usage.cacheWrite ?? 0) > 0;
  if (texts.has(place.responseId) && !needsUsage) return;
  const answer = attribute.string();
  if (answer?.startsWith('{') !== true) return;
  call.responseId ??= findResponseId(answer);
  if (needsUsage) call.usageRule ??= fillFromAnswer(answer, usage);
}

/** What the application hands on with a call, under the names of LangChain's and LiteLLM's users. */
interface Metadata {
  readonly sessionId: string | undefined;
  readonly userId: string | undefined;
  readonly tenantId: string | undefined;
  readonly tags: string[] | undefined;
}

function toMetadata(object: JsonObject): Metadata {
  const { tags } = object;
  return {
    sessionId: textOf(object['session_id'] ?? object['thread_id']),
    userId: textOf(object['user_id'] ?? object['trace_user_id']),
    tenantId: textOf(object['tenant'] ?? object['tenant_id'] ?? object['org_id']),
    tags: Array.isArray(tags) ? some(tags.filter((tag) => typeof tag === 'string')) : undefined,
  };
}

function fillMetadata(metadata: Metadata | undefined, call: Call): void {
  if (metadata === undefined) return;
  fillText(call, place.sessionId, metadata.sessionId);
  fillText(call, place.userId, metadata.userId);
  fillText(call, place.tenantId, metadata.tenantId);
  if (metadata.tags !== undefined) call.tags ??= metadata.tags;
}

/** What was asked for. */
interface Parameters {
  readonly model: string | undefined;
  readonly serviceTier: string | undefined;
  readonly userId: string | undefined;
  readonly stream: boolean | undefined;
  readonly metadata: Metadata | undefined;
}

function toParameters(object: JsonObject): Parameters {
  const { stream } = object;
  const metadata = toObject(object['metadata']);
  return {
    model: textOf(object['model'] ?? object['model_name']),
    serviceTier: textOf(object['service_tier']),
    userId: textOf(object['user']),
    stream: typeof stream === 'boolean' ? stream : undefined,
    metadata: metadata === undefined ? undefined : toMetadata(metadata),
  };
}

function fillParameters(parameters: Parameters | undefined, call: Call): void {
  if (parameters === undefined) return;
  // The model that was asked for: `gen_ai.request.model` beside it is that of the answer.
  if (parameters.model !== undefined) call.texts.set(place.requestModel, parameters.model);
  fillText(call, place.serviceTier, parameters.serviceTier);
  fillText(call, place.userId, parameters.userId);
  if (parameters.stream !== undefined) call.stream ??= parameters.stream;
  fillMetadata(parameters.metadata, call);
}

/** By place, because a text that is found by name costs several times as much. */
const place = {
  operation: textFields.indexOf('operation'),
  requestModel: textFields.indexOf('requestModel'),
  responseId: textFields.indexOf('responseId'),
  sessionId: textFields.indexOf('sessionId'),
  userId: textFields.indexOf('userId'),
  tenantId: textFields.indexOf('tenantId'),
  serviceTier: textFields.indexOf('serviceTier'),
};

function fillText({ texts }: Call, at: number, text: string | undefined): void {
  if (text !== undefined && !texts.has(at)) texts.set(at, text);
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
        readToolData(attributes, inputValue) ?? readText(attributes, parameters);
      content.toolResult ??= readToolData(attributes, outputValue);
      content.sources.push(inputValue, outputValue);
    }
    if (call.kind !== 'llm') return;
    content.input ??= some(toMessages(readJson(attributes, inputValue), 'user'));
    content.output ??= some(toMessages(readJson(attributes, outputValue), 'assistant'));
    if (content.input !== undefined) content.sources.push(inputValue);
    if (content.output !== undefined) content.sources.push(outputValue);
  };
}
