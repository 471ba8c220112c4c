import type { Dialect, DialectSpan } from '../dialect.ts';
import type { AgentStep, LlmStep, Message, RetrieverStep, ToolStep } from '../step.ts';

/** OpenTelemetry's gen_ai semantic conventions, content on the span (semantic-conventions-genai 1.42). */
export const otel: Dialect = {
  scope: { name: 'opentelemetry.instrumentation.genai.openai', version: '1.3b0' },
  agent: writeAgent,
  llm: writeCall,
  tool: writeTool,
  retriever: writeRetrieval,
};

function writeAgent(step: AgentStep): DialectSpan {
  return {
    name: `invoke_agent ${step.name}`,
    isClient: false,
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': step.name,
      'gen_ai.conversation.id': step.sessionId,
      'user.id': step.userId,
      'error.type': step.error === '' ? undefined : 'RateLimitError',
    },
  };
}

function writeCall(step: LlmStep): DialectSpan {
  const { model, usage, toolCall } = step;
  const [system, ...rest] = step.messages;
  const hasFailed = step.error !== '';
  return {
    name: `chat ${model.requested}`,
    isClient: true,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': model.provider,
      'gen_ai.request.model': model.requested,
      'gen_ai.response.model': hasFailed ? undefined : model.answered,
      'gen_ai.response.id': hasFailed ? undefined : step.responseId,
      'gen_ai.response.finish_reasons': hasFailed
        ? undefined
        : [toolCall === undefined ? 'stop' : 'tool_calls'],
      'gen_ai.usage.input_tokens': hasFailed ? undefined : usage.input,
      'gen_ai.usage.output_tokens': hasFailed ? undefined : usage.output,
      'gen_ai.usage.cache_read.input_tokens': usage.cacheRead > 0 ? usage.cacheRead : undefined,
      'gen_ai.system_instructions': JSON.stringify([toPart(system?.text ?? '')]),
      'gen_ai.input.messages': JSON.stringify(rest.map(toMessage)),
      'gen_ai.output.messages': hasFailed ? undefined : JSON.stringify([toOutput(step)]),
      'error.type': hasFailed ? 'RateLimitError' : undefined,
    },
  };
}

function writeTool({ call, result }: ToolStep): DialectSpan {
  return {
    name: `execute_tool ${call.name}`,
    isClient: false,
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': call.name,
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': call.id,
      'gen_ai.tool.call.arguments': JSON.stringify(call.arguments),
      'gen_ai.tool.call.result': result,
    },
  };
}

function writeRetrieval({ query, documents }: RetrieverStep): DialectSpan {
  return {
    name: 'retrieval documents',
    isClient: true,
    attributes: {
      'gen_ai.operation.name': 'retrieval',
      'gen_ai.data_source.id': 'documents',
      'gen_ai.retrieval.query.text': query,
      'gen_ai.retrieval.documents': JSON.stringify(
        documents.map(({ id, score }) => ({ id, score })),
      ),
    },
  };
}

function toMessage({ role, text }: Message): object {
  return { role, parts: [toPart(text)] };
}

function toOutput({ answer, toolCall }: LlmStep): object {
  const parts = toolCall === undefined ? [toPart(answer)] : [{ type: 'tool_call', ...toolCall }];
  return { role: 'assistant', parts };
}

function toPart(content: string): object {
  return { type: 'text', content };
}
