import type { Attributes } from '../../../pipeline/batch/batch.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { readJson, readText } from '../loose.ts';
import type { Content } from '../messages/content.ts';
import { unflatten } from '../messages/indexed.ts';
import { toMessages } from '../messages/message.ts';
import { toToolDefinitions } from '../messages/tool-definition.ts';
import { parseJson, toObject } from '../usage-object.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import type { FieldKeys } from './fields.ts';
import { createSemconvReader, some } from './otel.ts';

/** What OpenLLMetry writes besides semconv's keys; `llm.*` until 0.4x, `traceloop.*` in every version. */
const fields: FieldKeys = {
  texts: {
    operation: ['llm.request.type'],
    sessionId: [
      'traceloop.association.properties.session_id',
      'traceloop.association.properties.sessionId',
      'traceloop.association.properties.thread_id',
      'traceloop.association.properties.chat_id',
    ],
    userId: [
      'traceloop.association.properties.user_id',
      'traceloop.association.properties.userId',
      'llm.user',
    ],
    tenantId: [
      'traceloop.association.properties.tenant_id',
      'traceloop.association.properties.tenant',
      'traceloop.association.properties.org_id',
      'traceloop.association.properties.customer_id',
      'traceloop.association.properties.customer',
    ],
    workflowName: ['traceloop.workflow.name'],
    promptName: ['traceloop.prompt.key'],
    promptVersion: ['traceloop.prompt.version'],
    requestModel: ['traceloop.association.properties.ls_model_name'],
    provider: ['traceloop.association.properties.ls_provider'],
  },
  counts: {
    input: ['llm.usage.prompt_tokens'],
    output: ['llm.usage.completion_tokens'],
    total: ['llm.usage.total_tokens'],
    reasoning: ['llm.usage.reasoning_tokens'],
  },
  tags: ['traceloop.association.properties.tags'],
  finishReasons: [
    'gen_ai.completion.0.finish_reason',
    'llm.response.finish_reason',
    'llm.response.stop_reason',
    'gen_ai.response.stop_reason',
  ],
  stream: ['llm.is_streaming'],
};

const spanKinds: ReadonlyMap<string, string> = new Map([
  ['workflow', 'invoke_workflow'],
  ['agent', 'invoke_agent'],
  ['tool', 'execute_tool'],
]);

/** OpenLLMetry (Traceloop), Python and JavaScript, old and new. */
export const openllmetry: Dialect = {
  name: 'openllmetry',
  // OTel's Python instrumentations of the same name are betas (`@2.1b0`); Traceloop's are not.
  scopes: /^(@traceloop\/|traceloop\.|opentelemetry\.instrumentation\.[a-z_.0-9]+@\d+\.\d+\.\d+$)/,
  evidence: ['traceloop.span.kind', 'traceloop.workflow.name', 'llm.request.type'],
  create: createOpenllmetryReader,
};

const bedrockScope = 'opentelemetry.instrumentation.bedrock';

function createOpenllmetryReader(keys: Keys): DialectReader {
  const semconv = createSemconvReader(keys, { after: fields });
  const readEntity = createEntityReader(keys);
  const readContent = createContentReader(keys);
  return {
    read: (span, call) => {
      semconv.read(span, call);
      readEntity(span.attributes, call);
      // Anthropic's chats are `completion`s to old versions; the span's name knows better.
      if (call.operation === 'completion' && span.name.endsWith('.chat')) call.operation = 'chat';
      // Old versions name the vendor of the model.
      if (span.scope.name === bedrockScope) call.provider = 'aws.bedrock';
    },
    readContent: (span, call, content) => {
      semconv.readContent(span, call, content);
      readContent(span.attributes, call, content);
    },
  };
}

function createEntityReader(keys: Keys): (attributes: Attributes, call: Call) => void {
  const kindKey = keys.key('traceloop.span.kind');
  const nameKey = keys.key('traceloop.entity.name');
  return (attributes, call) => {
    const kind = attributes.string(kindKey);
    if (kind === undefined) return;
    call.operation ??= spanKinds.get(kind);
    call.kind ??= kind === 'task' ? 'chain' : undefined;
    if (kind === 'tool') call.toolName ??= readText(attributes, nameKey);
    if (kind === 'agent') call.agentName ??= readText(attributes, nameKey);
  };
}

type ReadContent = (attributes: Attributes, call: Call, content: Content) => void;

function createContentReader(keys: Keys): ReadContent {
  const prompts = keys.key('gen_ai.prompt.');
  const completions = keys.key('gen_ai.completion.');
  const functions = keys.key('llm.request.functions.');
  const entityInput = keys.key('traceloop.entity.input');
  const entityOutput = keys.key('traceloop.entity.output');
  return (attributes, call, content) => {
    const input = toIndexedMessages(unflatten(attributes, prompts), 'user');
    const output = toIndexedMessages(unflatten(attributes, completions), 'assistant');
    const tools = toToolDefinitions(unflatten(attributes, functions));
    if (input !== undefined) content.sourcePrefixes.push(prompts);
    if (output !== undefined) content.sourcePrefixes.push(completions);
    if (tools !== undefined) content.sourcePrefixes.push(functions);
    content.input ??= input;
    content.output ??= output;
    content.tools ??= tools;
    if (call.operation !== 'execute_tool') return;
    content.toolArguments ??= readJson(attributes, entityInput);
    content.toolResult ??= readJson(attributes, entityOutput);
    content.sources.push(entityInput, entityOutput);
  };
}

function toIndexedMessages(list: unknown, role: 'user' | 'assistant') {
  return Array.isArray(list)
    ? some(list.flatMap((message: unknown) => toMessages(withParsedContent(message), role)))
    : undefined;
}

/** OpenLLMetry writes content that is no plain text (images, tool results) as a JSON list. */
function withParsedContent(message: unknown): unknown {
  const object = toObject(message);
  const content = object?.['content'];
  if (typeof content !== 'string' || !content.startsWith('[{')) return message;
  const parsed = parseJson(content);
  return Array.isArray(parsed) ? { ...object, content: parsed } : message;
}
