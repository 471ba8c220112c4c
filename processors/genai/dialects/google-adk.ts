import type { Item } from '../../../pipeline/batch/batch.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { readJson, readToolData, some } from '../loose.ts';
import { toMessages } from '../messages/message.ts';
import { toToolDefinitions } from '../messages/tool-definition.ts';
import { fillFromAnswer, toObject, type JsonObject } from '../usage-object.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import { createSemconvReader } from './otel.ts';

/** Google's Agent Development Kit, versions 1 and 2. */
export const googleAdk: Dialect = {
  name: 'google_adk',
  scopes: /^gcp\.vertex\.agent/,
  evidence: ['gcp.vertex.agent.invocation_id', 'gcp.vertex.agent.event_id'],
  create: createGoogleAdkReader,
};

const experimentalReasoning = 'gen_ai.usage.experimental.reasoning_tokens';

function createGoogleAdkReader(keys: Keys): DialectReader {
  const semconv = createSemconvReader(keys, {
    after: {
      texts: { sessionId: ['gcp.vertex.agent.session_id'] },
      counts: {
        cacheRead: ['gen_ai.usage.experimental.cached_tokens'],
        reasoning: [experimentalReasoning],
      },
    },
  });
  const reasoning = keys.key(experimentalReasoning);
  const request = keys.key('gcp.vertex.agent.llm_request');
  const response = keys.key('gcp.vertex.agent.llm_response');
  const toolArguments = keys.key('gcp.vertex.agent.tool_call_args');
  const toolResponse = keys.key('gcp.vertex.agent.tool_response');
  return {
    originals: semconv.originals,
    read: (span, call) => {
      semconv.read(span, call);
      readSpanName(span, call);
      // Version 1 counts candidates without thoughts; the recorded answer tells both.
      const answer = span.attributes.string(response);
      if (answer !== undefined) call.usageRule = fillFromAnswer(answer, call.usage);
      // So until version 2.4, the first to count thoughts as output.
      if (span.attributes.has(reasoning)) call.usageRule ??= { output: 'exclusive' };
    },
    readContent: (span, call, content) => {
      const { attributes } = span;
      if (call.kind === 'llm') {
        const asked = recorded(readJson(attributes, request));
        const config = toObject(toObject(asked)?.['config']);
        content.input ??= some(toMessages(toGeminiRequest(asked, config), 'user'));
        content.tools ??= toToolDefinitions(config?.['tools']);
        const answer = recorded(readJson(attributes, response));
        content.output ??= some(toMessages(toGeminiAnswer(answer), 'assistant'));
        content.sources.push(request, response);
      }
      content.toolArguments ??= recorded(readToolData(attributes, toolArguments));
      content.toolResult ??= recorded(readToolData(attributes, toolResponse));
      content.sources.push(toolArguments, toolResponse);
      semconv.readContent(span, call, content);
    },
  };
}

/** Version 1 names its model calls in the span's name only. */
function readSpanName(span: Item, call: Call): void {
  if (call.operation !== undefined) return;
  if (span.name === 'call_llm') call.operation = 'generate_content';
  else if (span.name === 'invocation') call.operation = 'invoke_workflow';
  else if (span.name.startsWith('agent_run')) call.operation = 'invoke_agent';
}

/** Gemini's request body of one of ADK's, which has instructions in its `config`; text that is cut off stays text. */
function toGeminiRequest(asked: unknown, config: JsonObject | undefined): unknown {
  const body = toObject(asked);
  return body === undefined
    ? asked
    : { ...body, system_instruction: config?.['system_instruction'] };
}

/** Gemini's answer of one of ADK's, which is its only candidate. */
function toGeminiAnswer(answer: unknown): unknown {
  const candidate = toObject(answer);
  const isBare = toObject(candidate?.['content']) !== undefined;
  return isBare ? { candidates: [candidate] } : answer;
}

/** `{}` stands for content that was not recorded. */
function recorded(value: unknown): unknown {
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return isEmpty || value === '{}' ? undefined : value;
}
