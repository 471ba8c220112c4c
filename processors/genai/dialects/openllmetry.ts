import type { Attributes } from '../../../pipeline/batch/batch.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { readText, readToolData } from '../loose.ts';
import type { Content } from '../messages/content.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import type { FieldKeys } from './fields.ts';
import { createSemconvReader } from './otel.ts';

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
  evidence: [
    'traceloop.span.kind',
    'traceloop.workflow.name',
    'llm.request.type',
    'gen_ai.prompt.0.role',
    'gen_ai.completion.0.role',
  ],
  create: createOpenllmetryReader,
};

const bedrockScope = 'opentelemetry.instrumentation.bedrock';

function createOpenllmetryReader(keys: Keys): DialectReader {
  const semconv = createSemconvReader(keys, { after: fields });
  const readEntity = createEntityReader(keys);
  const readContent = createContentReader(keys);
  return {
    originals: semconv.originals,
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
    if (kind === 'task' && call.operation === undefined) call.kind ??= 'chain';
    if (kind === 'tool') call.toolName ??= readText(attributes, nameKey);
    if (kind === 'agent') call.agentName ??= readText(attributes, nameKey);
  };
}

function createContentReader(keys: Keys) {
  const entityInput = keys.key('traceloop.entity.input');
  const entityOutput = keys.key('traceloop.entity.output');
  return (attributes: Attributes, call: Call, content: Content): void => {
    if (call.operation !== 'execute_tool') return;
    content.toolArguments ??= readToolData(attributes, entityInput);
    content.toolResult ??= readToolData(attributes, entityOutput);
    content.sources.push(entityInput, entityOutput);
  };
}
