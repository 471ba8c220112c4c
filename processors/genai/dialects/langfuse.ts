import type { Attributes, Item } from '../../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { createObjectReader } from '../json-reader.ts';
import { readJson, readText, readToolData, some } from '../loose.ts';
import type { Content } from '../messages/content.ts';
import { toMessages } from '../messages/message.ts';
import { toToolDefinitions } from '../messages/tool-definition.ts';
import { isInference, type Kind } from '../operation.ts';
import { findResponseId } from '../response-id.ts';
import {
  type JsonObject,
  parseJson,
  readUsageBuckets,
  readUsageObject,
  tierOf,
  toCost,
  toObject,
} from '../usage-object.ts';
import { wholeCounts } from '../usage.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import type { FieldKeys } from './fields.ts';
import { createSemconvReader } from './otel.ts';

const fields: FieldKeys = {
  texts: {
    requestModel: ['langfuse.observation.metadata.ls_model_name'],
    responseModel: ['langfuse.observation.model.name'],
    sessionId: [
      'session.id',
      'langfuse.session.id',
      'langfuse.observation.metadata.langfuse_session_id',
    ],
    userId: ['user.id', 'langfuse.user.id', 'langfuse.observation.metadata.langfuse_user_id'],
    tenantId: [
      'langfuse.trace.metadata.tenant',
      'langfuse.observation.metadata.tenant',
      'langfuse.trace.metadata.tenant_id',
    ],
    provider: ['langfuse.observation.metadata.ls_provider'],
    responseId: ['langfuse.observation.metadata.id'],
    promptName: ['langfuse.observation.prompt.name'],
    promptVersion: ['langfuse.observation.prompt.version'],
    serviceTier: ['langfuse.observation.metadata.service_tier'],
  },
  tags: ['langfuse.trace.tags', 'langfuse.tags', 'langfuse.observation.metadata.langfuse_tags'],
  finishReasons: ['langfuse.observation.metadata.finish_reason'],
};

const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['generation', 'llm'],
  ['embedding', 'embedding'],
  ['agent', 'agent'],
  ['tool', 'tool'],
  ['chain', 'chain'],
  ['retriever', 'retriever'],
  ['guardrail', 'guardrail'],
  ['evaluator', 'evaluator'],
]);

/** The Langfuse SDKs since they are built on OTel: Python 3 to 5, JavaScript 4 and 5. Metadata values are JSON. */
export const langfuse: Dialect = {
  name: 'langfuse',
  scopes: /^langfuse-sdk@/,
  evidence: ['langfuse.observation.type', 'langfuse.observation.model.name'],
  create: createLangfuseReader,
};

function createLangfuseReader(keys: Keys): DialectReader {
  const semconv = createSemconvReader(keys, { before: fields });
  const readObservation = createObservationReader(keys);
  const readContent = createContentReader(keys);
  return {
    originals: semconv.originals,
    read: (span, call) => {
      semconv.read(span, call);
      unquote(call);
      readObservation(span, call);
    },
    readContent: (span, call, content) => {
      readContent(span.attributes, call, content);
      semconv.readContent(span, call, content);
    },
  };
}

const quoted = [
  'requestModel',
  'sessionId',
  'userId',
  'tenantId',
  'provider',
  'responseId',
  'serviceTier',
] as const;

function unquote(call: Call): void {
  for (const field of quoted) call[field] = plain(call[field]);
  call.finishReasons = call.finishReasons?.map((reason) => plain(reason) ?? reason);
}

function plain(text: string | undefined): string | undefined {
  if (text?.startsWith('"') !== true) return text;
  const parsed = parseJson(text);
  return typeof parsed === 'string' ? parsed : text;
}

function createObservationReader(keys: Keys): (span: Item, call: Call) => void {
  const type = keys.key('langfuse.observation.type');
  const usage = keys.key('langfuse.observation.usage_details');
  const cost = keys.key('langfuse.observation.cost_details');
  const started = keys.key('langfuse.observation.completion_start_time');
  const output = keys.key('langfuse.observation.output');
  const readTier = createObjectReader(
    keys.key('langfuse.observation.model.parameters'),
    (object) => (typeof object['service_tier'] === 'string' ? object['service_tier'] : undefined),
  );
  return (span, call) => {
    const { attributes } = span;
    call.kind ??= kinds.get(attributes.string(type) ?? '');
    if (call.kind === 'tool') call.toolName ??= span.name;
    if (call.kind === 'agent') call.agentName ??= span.name;
    if (!isInference(call.kind)) return;
    readUsage(attributes, usage, call);
    call.providedCost ??= totalOf(toObject(readJson(attributes, cost)));
    call.serviceTier ??= readTier(attributes);
    readStart(span, readText(attributes, started), call);
    const answer = attributes.string(output);
    if (answer?.startsWith('{') === true) call.responseId ??= findResponseId(answer);
  };
}

/** USD; the parts stand for the total where there is none. */
function totalOf(costs: JsonObject | undefined): number | undefined {
  if (costs === undefined) return undefined;
  if ('total' in costs) return toCost(costs['total']);
  let total = 0;
  for (const cost of Object.values(costs)) total += toCost(cost) ?? 0;
  return toCost(total);
}

/** The OpenAI wrapper hands the provider's usage object on; the other handlers and hand-written code write buckets. */
function readUsage(attributes: Attributes, key: Key, call: Call): void {
  const usage = toObject(readJson(attributes, key));
  if (usage === undefined) return;
  if ('prompt_tokens' in usage || 'input_tokens' in usage) readUsageObject(usage, call.usage);
  else readUsageBuckets(usage, call.usage);
  call.serviceTier ??= tierOf(usage);
  call.usageRule = wholeCounts;
}

function readStart(span: Item, text: string | undefined, call: Call): void {
  if (text === undefined) return;
  const startMs = Number(span.startTimeUnixNano / 1000n) / 1000;
  const seconds = (Date.parse(plain(text) ?? '') - startMs) / 1000;
  // The SDK writes milliseconds; a chunk cannot come before the request.
  if (seconds >= 0) call.timeToFirstChunk ??= Math.round(seconds * 1000) / 1000;
  call.stream ??= true;
}

function createContentReader(keys: Keys) {
  const input = keys.key('langfuse.observation.input');
  const output = keys.key('langfuse.observation.output');
  return (attributes: Attributes, call: Call, content: Content): void => {
    if (call.kind === 'tool') {
      content.toolArguments ??= readToolData(attributes, input);
      content.toolResult ??= readToolData(attributes, output);
      content.sources.push(input, output);
    }
    if (call.kind !== 'llm') return;
    const request = readJson(attributes, input);
    content.input ??= some(toMessages(request, 'user'));
    content.tools ??= toToolDefinitions(toObject(request)?.['tools']);
    content.output ??= some(toMessages(readJson(attributes, output), 'assistant'));
    content.sources.push(input, output);
  };
}
