import type { AttributeValue, Dialect, DialectSpan } from '../dialect.ts';
import type { AgentStep, LlmStep, RetrieverStep, ToolStep } from '../step.ts';

/** OpenLLMetry (Traceloop) up to 0.4x: indexed prompts, the older token names, capitalised providers. */
export const openllmetry: Dialect = {
  scope: { name: 'opentelemetry.instrumentation.openai.v1', version: '0.40.14' },
  agent: writeAgent,
  llm: writeCall,
  tool: writeTool,
  retriever: writeRetrieval,
};

function writeAgent(step: AgentStep): DialectSpan {
  return {
    name: `${step.name}.agent`,
    isClient: false,
    attributes: {
      ...entity('agent', step.name, { question: step.question }, step.answer),
      'traceloop.workflow.name': step.name,
      'traceloop.association.properties.session_id': step.sessionId,
      'traceloop.association.properties.user_id': step.userId,
    },
  };
}

function writeCall(step: LlmStep): DialectSpan {
  const { model, usage, messages } = step;
  const hasFailed = step.error !== '';
  const prompts: Record<string, AttributeValue> = {};
  for (const [index, { role, text }] of messages.entries()) {
    prompts[`gen_ai.prompt.${String(index)}.role`] = role;
    prompts[`gen_ai.prompt.${String(index)}.content`] = text;
  }
  return {
    name: `${model.provider}.chat`,
    isClient: true,
    attributes: {
      'llm.request.type': 'chat',
      'gen_ai.system': model.provider === 'openai' ? 'OpenAI' : 'Anthropic',
      'gen_ai.request.model': model.requested,
      'gen_ai.response.model': hasFailed ? undefined : model.answered,
      'gen_ai.response.id': hasFailed ? undefined : step.responseId,
      'gen_ai.usage.prompt_tokens': hasFailed ? undefined : usage.input,
      'gen_ai.usage.completion_tokens': hasFailed ? undefined : usage.output,
      'llm.usage.total_tokens': hasFailed ? undefined : usage.input + usage.output,
      'gen_ai.usage.cache_read_input_tokens': usage.cacheRead > 0 ? usage.cacheRead : undefined,
      ...prompts,
      ...completion(step),
    },
  };
}

function completion({ answer, toolCall, error }: LlmStep): Record<string, AttributeValue> {
  if (error !== '') return {};
  const prefix = 'gen_ai.completion.0';
  const role = { [`${prefix}.role`]: 'assistant' };
  if (toolCall === undefined) {
    return { ...role, [`${prefix}.content`]: answer, [`${prefix}.finish_reason`]: 'stop' };
  }
  return {
    ...role,
    [`${prefix}.finish_reason`]: 'tool_calls',
    [`${prefix}.tool_calls.0.id`]: toolCall.id,
    [`${prefix}.tool_calls.0.name`]: toolCall.name,
    [`${prefix}.tool_calls.0.arguments`]: JSON.stringify(toolCall.arguments),
  };
}

function writeTool({ call, result }: ToolStep): DialectSpan {
  const attributes = entity('tool', call.name, call.arguments, result);
  return { name: `${call.name}.tool`, isClient: false, attributes };
}

function writeRetrieval({ query, documents }: RetrieverStep): DialectSpan {
  const found = documents.map((document) => document.text).join('\n');
  const attributes = entity('task', 'retrieve', { query }, found);
  return { name: 'retrieve.task', isClient: false, attributes };
}

function entity(
  kind: string,
  name: string,
  input: Readonly<Record<string, string>>,
  output: string,
): Record<string, AttributeValue> {
  return {
    'traceloop.span.kind': kind,
    'traceloop.entity.name': name,
    'traceloop.entity.input': JSON.stringify({ args: [], kwargs: input }),
    'traceloop.entity.output': JSON.stringify(output),
  };
}
