import type { Dialect, DialectSpan, SpanAttributes } from '../dialect.ts';
import type { AgentStep, LlmStep, RetrieverStep, ToolStep, Usage } from '../step.ts';

/** Vercel AI SDK 6: the root repeats the usage of its calls, which only the `doGenerate` spans are billed for. */
export const vercel: Dialect = {
  scope: { name: 'ai', version: '' },
  agent: writeAgent,
  llm: writeCall,
  tool: writeTool,
  retriever: writeRetrieval,
};

function writeAgent(step: AgentStep): DialectSpan {
  return {
    name: 'ai.generateText',
    isClient: false,
    attributes: {
      ...operation('ai.generateText', step.name),
      'ai.model.provider': providerOf(step),
      'ai.model.id': step.model.requested,
      'ai.prompt': JSON.stringify({ prompt: step.question }),
      'ai.response.text': step.answer,
      'ai.response.finishReason': step.error === '' ? 'stop' : undefined,
      'ai.telemetry.metadata.sessionId': step.sessionId,
      'ai.telemetry.metadata.userId': step.userId,
      ...usageOf(step.usage),
    },
  };
}

function writeCall(step: LlmStep): DialectSpan {
  const { model, usage, toolCall } = step;
  const hasFailed = step.error !== '';
  const messages = step.messages.map(({ role, text }) => ({ role, content: text }));
  return {
    name: 'ai.generateText.doGenerate',
    isClient: false,
    attributes: {
      ...operation('ai.generateText.doGenerate', ''),
      'ai.model.provider': providerOf(step),
      'ai.model.id': model.requested,
      'ai.prompt.messages': JSON.stringify(messages),
      'gen_ai.system': providerOf(step),
      'gen_ai.request.model': model.requested,
      ...(hasFailed ? {} : answerOf(step)),
      'ai.response.toolCalls':
        toolCall === undefined ? undefined : JSON.stringify([toVercelCall(toolCall)]),
      ...usageOf(usage),
      'gen_ai.usage.input_tokens': hasFailed ? undefined : usage.input,
      'gen_ai.usage.output_tokens': hasFailed ? undefined : usage.output,
    },
  };
}

function answerOf({ answer, model, responseId, toolCall }: LlmStep): SpanAttributes {
  const finish = toolCall === undefined ? 'stop' : 'tool-calls';
  return {
    'ai.response.text': toolCall === undefined ? answer : undefined,
    'ai.response.id': responseId,
    'ai.response.model': model.answered,
    'ai.response.finishReason': finish,
    'gen_ai.response.id': responseId,
    'gen_ai.response.model': model.answered,
    'gen_ai.response.finish_reasons': [finish],
  };
}

function writeTool({ call, result }: ToolStep): DialectSpan {
  return {
    name: 'ai.toolCall',
    isClient: false,
    attributes: {
      ...operation('ai.toolCall', ''),
      'ai.toolCall.name': call.name,
      'ai.toolCall.id': call.id,
      'ai.toolCall.args': JSON.stringify(call.arguments),
      'ai.toolCall.result': JSON.stringify(result),
    },
  };
}

/** The SDK has no span for a search: applications write one as a tool. */
function writeRetrieval({ query, documents, spanId }: RetrieverStep): DialectSpan {
  return {
    name: 'ai.toolCall',
    isClient: false,
    attributes: {
      ...operation('ai.toolCall', ''),
      'ai.toolCall.name': 'search_documents',
      'ai.toolCall.id': `call_${spanId}`,
      'ai.toolCall.args': JSON.stringify({ query }),
      'ai.toolCall.result': JSON.stringify(documents),
    },
  };
}

function operation(id: string, functionId: string): SpanAttributes {
  return {
    'operation.name': functionId === '' ? id : `${id} ${functionId}`,
    'ai.operationId': id,
    'ai.telemetry.functionId': functionId === '' ? undefined : functionId,
  };
}

function usageOf(usage: Usage): SpanAttributes {
  if (usage.input === 0) return {};
  return {
    'ai.usage.inputTokens': usage.input,
    'ai.usage.outputTokens': usage.output,
    'ai.usage.totalTokens': usage.input + usage.output,
    'ai.usage.cachedInputTokens': usage.cacheRead,
    'ai.usage.inputTokenDetails.noCacheTokens': usage.input - usage.cacheRead,
    'ai.usage.inputTokenDetails.cacheReadTokens': usage.cacheRead,
  };
}

function providerOf({ model }: AgentStep | LlmStep): string {
  return model.provider === 'openai' ? 'openai.chat' : 'anthropic.messages';
}

function toVercelCall(call: NonNullable<LlmStep['toolCall']>): object {
  return { toolCallId: call.id, toolName: call.name, input: JSON.stringify(call.arguments) };
}
