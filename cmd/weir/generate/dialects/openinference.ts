import type { AttributeValue, Dialect, DialectSpan } from '../dialect.ts';
import type { AgentStep, LlmStep, RetrieverStep, ToolStep } from '../step.ts';

/** OpenInference (Arize): lists flattened with their index, every message twice, span kind INTERNAL throughout. */
export const openinference: Dialect = {
  scope: { name: 'openinference.instrumentation.openai_agents', version: '1.4.0' },
  agent: writeAgent,
  llm: writeCall,
  tool: writeTool,
  retriever: writeRetrieval,
};

function writeAgent(step: AgentStep): DialectSpan {
  return {
    name: step.name,
    isClient: false,
    attributes: {
      'openinference.span.kind': 'AGENT',
      'agent.name': step.name,
      'session.id': step.sessionId,
      'user.id': step.userId,
      'input.value': step.question,
      'output.value': step.answer,
    },
  };
}

function writeCall(step: LlmStep): DialectSpan {
  const { model, usage, messages } = step;
  const hasFailed = step.error !== '';
  return {
    name: 'response',
    isClient: false,
    attributes: {
      'openinference.span.kind': 'LLM',
      'llm.system': model.provider,
      'llm.model_name': hasFailed ? model.requested : model.answered,
      'llm.token_count.prompt': hasFailed ? undefined : usage.input,
      'llm.token_count.completion': hasFailed ? undefined : usage.output,
      'llm.token_count.total': hasFailed ? undefined : usage.input + usage.output,
      'llm.token_count.prompt_details.cache_read':
        usage.cacheRead > 0 ? usage.cacheRead : undefined,
      'input.value': JSON.stringify({ model: model.requested, messages }),
      'input.mime_type': 'application/json',
      'output.value': hasFailed
        ? undefined
        : JSON.stringify({ id: step.responseId, ...outputOf(step) }),
      'output.mime_type': 'application/json',
      ...flatMessages(step),
    },
  };
}

function writeTool({ call, result }: ToolStep): DialectSpan {
  return {
    name: call.name,
    isClient: false,
    attributes: {
      'openinference.span.kind': 'TOOL',
      'tool.name': call.name,
      'input.value': JSON.stringify(call.arguments),
      'output.value': result,
    },
  };
}

function writeRetrieval({ query, documents }: RetrieverStep): DialectSpan {
  const attributes: Record<string, AttributeValue> = {
    'openinference.span.kind': 'RETRIEVER',
    'input.value': query,
  };
  for (const [index, { id, text, score }] of documents.entries()) {
    const prefix = `retrieval.documents.${String(index)}.document`;
    attributes[`${prefix}.id`] = id;
    attributes[`${prefix}.content`] = text;
    attributes[`${prefix}.score`] = score;
  }
  return { name: 'retrieve', isClient: false, attributes };
}

function outputOf({ answer, toolCall }: LlmStep): object {
  return toolCall === undefined ? { content: answer } : { tool_calls: [toolCall] };
}

function flatMessages({
  messages,
  answer,
  toolCall,
  error,
}: LlmStep): Record<string, AttributeValue> {
  const flat: Record<string, AttributeValue> = {};
  for (const [index, { role, text }] of messages.entries()) {
    flat[`llm.input_messages.${String(index)}.message.role`] = role;
    flat[`llm.input_messages.${String(index)}.message.content`] = text;
  }
  if (error !== '') return flat;
  const output = 'llm.output_messages.0.message';
  flat[`${output}.role`] = 'assistant';
  if (toolCall === undefined) return { ...flat, [`${output}.content`]: answer };
  const call = `${output}.tool_calls.0.tool_call`;
  flat[`${call}.id`] = toolCall.id;
  flat[`${call}.function.name`] = toolCall.name;
  flat[`${call}.function.arguments`] = JSON.stringify(toolCall.arguments);
  return flat;
}
