import type { Attributes } from '../../../pipeline/batch/batch.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { readJson, readText, readToolData, some } from '../loose.ts';
import type { Content } from '../messages/content.ts';
import { toMessages, type Message } from '../messages/message.ts';
import { textPart, toParts, type Part } from '../messages/part.ts';
import { toToolDefinitions } from '../messages/tool-definition.ts';
import { type Kind, kindOf as kindOfName } from '../operation.ts';
import { createUsage, fill, toCount } from '../usage.ts';
import { readUsageObject, toObject, type JsonObject } from '../usage-object.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import type { FieldKeys } from './fields.ts';
import { createSemconvReader } from './otel.ts';

/** `ai.*` of versions 3 to 6 and of version 7's legacy mode; version 7 itself writes semconv. */
const fields: FieldKeys = {
  texts: {
    provider: ['ai.model.provider'],
    requestModel: ['ai.model.id'],
    responseModel: ['ai.response.model'],
    responseId: ['ai.response.id'],
    sessionId: ['ai.telemetry.metadata.sessionId', 'ai.telemetry.metadata.threadId'],
    userId: ['ai.telemetry.metadata.userId'],
    tenantId: ['ai.telemetry.metadata.tenantId', 'ai.telemetry.metadata.tenant'],
    agentName: ['ai.telemetry.functionId'],
    toolName: ['ai.toolCall.name'],
    toolCallId: ['ai.toolCall.id'],
  },
  counts: {
    input: ['ai.usage.inputTokens', 'ai.usage.promptTokens', 'ai.usage.tokens'],
    output: ['ai.usage.outputTokens', 'ai.usage.completionTokens'],
    total: ['ai.usage.totalTokens'],
    cacheRead: ['ai.usage.inputTokenDetails.cacheReadTokens', 'ai.usage.cachedInputTokens'],
    cacheWrite: ['ai.usage.inputTokenDetails.cacheWriteTokens'],
    reasoning: ['ai.usage.outputTokenDetails.reasoningTokens', 'ai.usage.reasoningTokens'],
  },
  finishReasons: ['ai.response.finishReason'],
  tags: ['ai.telemetry.metadata.tags'],
  firstChunkMs: ['ai.response.msToFirstChunk'],
};

/** The Vercel AI SDK. Scopes: `ai` up to version 6, `gen_ai` in version 7. */
export const vercel: Dialect = {
  name: 'vercel',
  scopes: /^(ai|gen_ai)@/,
  evidence: ['ai.operationId', 'ai.model.id', 'ai.telemetry.functionId'],
  create: createVercelReader,
};

function createVercelReader(keys: Keys): DialectReader {
  const semconv = createSemconvReader(keys, { before: fields });
  const metadata = keys.key('ai.response.providerMetadata');
  const readMetadata = (attributes: Attributes, call: Call): void => {
    readProviderMetadata(toObject(readJson(attributes, metadata)), call);
  };
  const readOperation = createOperationReader(keys, readMetadata);
  const readContent = createContentReader(keys);
  return {
    originals: semconv.originals,
    read: (span, call) => {
      readOperation(span.attributes, call);
      semconv.read(span, call);
      // Version 7 writes semconv, and beside it what the provider says if it is told to.
      if (call.kind === undefined && kindOfName(call.operation ?? '') === 'llm') {
        readMetadata(span.attributes, call);
      }
      // The function's name stands for an agent only on the span of the whole run.
      if (call.kind !== undefined && call.kind !== 'agent') call.agentName = undefined;
    },
    readContent: (span, call, content) => {
      readContent(span.attributes, call, content);
      semconv.readContent(span, call, content);
    },
  };
}

type ReadAttributes = (attributes: Attributes, call: Call) => void;

function createOperationReader(keys: Keys, readMetadata: ReadAttributes): ReadAttributes {
  const operationId = keys.key('ai.operationId');
  const noCache = keys.key('ai.usage.inputTokenDetails.noCacheTokens');
  const provider = keys.key('ai.model.provider');
  // Versions 4 and 5 pass Anthropic's and Bedrock's counts on, which exclude what was cached.
  const rawInput = (attributes: Attributes): 'inclusive' | 'exclusive' =>
    /^(anthropic|amazon|bedrock)|\.anthropic\./.test(attributes.string(provider) ?? '')
      ? 'exclusive'
      : 'inclusive';
  return (attributes, call) => {
    const id = attributes.string(operationId);
    if (id === undefined) return;
    if (/\.do(Generate|Stream)$/.test(id)) {
      call.kind = 'llm';
      call.operation = 'chat';
      call.stream = id.endsWith('doStream') ? true : undefined;
      readMetadata(attributes, call);
      call.usageRule = { input: attributes.has(noCache) ? 'inclusive' : rawInput(attributes) };
    } else {
      call.kind = kindOf(id);
    }
  };
}

/** What an operation is that does not write text. */
function kindOf(operationId: string): Kind {
  if (operationId === 'ai.toolCall') return 'tool';
  if (operationId.endsWith('.doEmbed')) return 'embedding';
  if (operationId.endsWith('.doRerank')) return 'rerank';
  return /^ai\.(embed|rerank)/.test(operationId) ? 'chain' : 'agent';
}

/** Counts that version 4 puts nowhere else, by the names that it has for them. */
const metadataCounts = [
  ['cacheRead', 'cachedPromptTokens'],
  ['cacheRead', 'cacheReadInputTokens'],
  ['cacheWrite', 'cacheCreationInputTokens'],
  ['reasoning', 'reasoningTokens'],
] as const;

/** Counts of a provider's own usage object that are taken from it; the SDK's stand for input, output and total. */
const subsets = [
  'cacheRead',
  'cacheWrite',
  'cacheWrite5m',
  'cacheWrite1h',
  'reasoning',
  'inputAudio',
  'outputAudio',
  'inputImage',
  'outputImage',
  'webSearches',
] as const;

/** Providers write under their own names: `openai`, `azure`, `anthropic`, `vertex`, `bedrock`, `google`. */
function readProviderMetadata(metadata: JsonObject | undefined, call: Call): void {
  if (metadata === undefined) return;
  for (const own of Object.values(metadata).map(toObject)) {
    if (own === undefined) continue;
    const raw = toObject(own['usage'] ?? own['usageMetadata']);
    if (raw !== undefined) {
      const usage = createUsage();
      readUsageObject(raw, usage);
      for (const field of subsets) fill(call.usage, field, usage[field]);
    }
    for (const [field, name] of metadataCounts) fill(call.usage, field, toCount(own[name]));
    const tier = own['serviceTier'] ?? raw?.['service_tier'];
    if (typeof tier === 'string') call.serviceTier ??= tier;
  }
}

function createContentReader(keys: Keys) {
  const prompt = keys.key('ai.prompt.messages');
  const tools = keys.key('ai.prompt.tools');
  const text = keys.key('ai.response.text');
  const object = keys.key('ai.response.object');
  const reasoning = keys.key('ai.response.reasoning');
  const toolCalls = keys.key('ai.response.toolCalls');
  const files = keys.key('ai.response.files');
  const args = keys.key('ai.toolCall.args');
  const result = keys.key('ai.toolCall.result');
  const answer = (attributes: Attributes): Message[] | undefined => {
    const thought = readText(attributes, reasoning);
    const said = readText(attributes, text) ?? readText(attributes, object);
    const calls = readJson(attributes, toolCalls);
    const made = readJson(attributes, files);
    const parts: Part[] = [
      ...(thought === undefined ? [] : [{ type: 'reasoning', content: thought }]),
      ...(said === undefined ? [] : [textPart(said)]),
      ...(Array.isArray(calls) ? calls.flatMap(toToolCallParts) : []),
      ...(Array.isArray(made) ? made.flatMap(toFileParts) : []),
    ];
    return parts.length > 0 ? [{ role: 'assistant', parts }] : undefined;
  };
  return (attributes: Attributes, call: Call, content: Content): void => {
    if (call.kind === 'tool') {
      content.toolArguments ??= readToolData(attributes, args);
      content.toolResult ??= readToolData(attributes, result);
      content.sources.push(args, result);
    }
    if (call.kind !== 'llm' || !attributes.has(prompt)) return;
    content.input ??= some(toMessages(readJson(attributes, prompt), 'user'));
    content.tools ??= toToolDefinitions(readJson(attributes, tools));
    content.output ??= answer(attributes);
    content.sources.push(prompt, tools, text, object, reasoning, toolCalls, files);
  };
}

function toToolCallParts(call: unknown): Part[] {
  return toParts({ ...toObject(call), type: 'tool_call' });
}

function toFileParts(file: unknown): Part[] {
  const made = toObject(file);
  return toParts({ ...made, type: 'file', data: made?.['data'] ?? made?.['base64'] });
}
