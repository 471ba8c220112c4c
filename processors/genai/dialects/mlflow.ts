import type { Attributes } from '../../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { readJson, readToolData, some } from '../loose.ts';
import { toMessages } from '../messages/message.ts';
import { createToolReader } from '../messages/tool-reader.ts';
import { isInference, type Kind } from '../operation.ts';
import { findResponseId } from '../response-id.ts';
import { findServiceTier } from '../service-tier.ts';
import { fillFromAnswer, readUsageObject, toCost, toObject } from '../usage-object.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import { createSemconvReader } from './otel.ts';

const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['LLM', 'llm'],
  ['CHAT_MODEL', 'llm'],
  ['EMBEDDING', 'embedding'],
  ['RERANKER', 'rerank'],
  ['RETRIEVER', 'retriever'],
  ['TOOL', 'tool'],
  ['AGENT', 'agent'],
  ['CHAIN', 'chain'],
  ['WORKFLOW', 'chain'],
  ['TASK', 'chain'],
  ['PARSER', 'chain'],
  ['GUARDRAIL', 'guardrail'],
  ['EVALUATOR', 'evaluator'],
]);

/** MLflow's own format; every value is JSON. With its semconv export switched on it writes OTel's keys instead. */
export const mlflow: Dialect = {
  name: 'mlflow',
  scopes: /^mlflow/,
  evidence: ['mlflow.spanType', 'mlflow.traceRequestId'],
  create: createMlflowReader,
};

function createMlflowReader(keys: Keys): DialectReader {
  const semconv = createSemconvReader(keys, {
    before: { texts: { tenantId: ['mlflow.traceTag.tenant', 'mlflow.traceTag.tenant_id'] } },
  });
  const readSpan = createSpanReader(keys);
  const inputs = keys.key('mlflow.spanInputs');
  const outputs = keys.key('mlflow.spanOutputs');
  const tools = keys.key('mlflow.chat.tools');
  const readTools = createToolReader(tools);
  return {
    originals: semconv.originals,
    read: (span, call) => {
      readSpan(span.attributes, call);
      semconv.read(span, call);
      if (call.kind === 'tool') call.toolName ??= span.name;
    },
    readContent: (span, call, content) => {
      const { attributes } = span;
      if (call.kind === 'llm') {
        content.input ??= some(toMessages(readJson(attributes, inputs), 'user'));
        content.output ??= some(toMessages(readJson(attributes, outputs), 'assistant'));
        content.tools ??= readTools(attributes);
        content.sources.push(inputs, outputs, tools);
      } else if (call.kind === 'tool') {
        content.toolArguments ??= readToolData(attributes, inputs);
        content.toolResult ??= readToolData(attributes, outputs);
        content.sources.push(inputs, outputs);
      }
      semconv.readContent(span, call, content);
    },
  };
}

function createSpanReader(keys: Keys): (attributes: Attributes, call: Call) => void {
  const type = keys.key('mlflow.spanType');
  const model = keys.key('mlflow.llm.model');
  const provider = keys.key('mlflow.llm.provider');
  const requested = keys.key('model');
  const user = keys.key('mlflow.trace.user');
  const session = keys.key('mlflow.trace.session');
  const usage = keys.key('mlflow.chat.tokenUsage');
  const cost = keys.key('mlflow.llm.cost');
  const outputs = keys.key('mlflow.spanOutputs');
  return (attributes, call) => {
    call.kind ??= kinds.get(textOf(attributes, type) ?? '');
    call.userId ??= textOf(attributes, user);
    call.sessionId ??= textOf(attributes, session);
    if (!isInference(call.kind)) return;
    call.responseModel ??= textOf(attributes, model);
    call.requestModel ??= textOf(attributes, requested);
    call.provider ??= textOf(attributes, provider);
    const counts = toObject(readJson(attributes, usage));
    if (counts !== undefined) readUsageObject(counts, call.usage);
    call.providedCost ??= toCost(toObject(readJson(attributes, cost))?.['total_cost']);
    readAnswer(attributes.string(outputs), call);
  };
}

/** The recorded answer knows what the counts leave out: the id, and how many tokens were reasoning. */
function readAnswer(text: string | undefined, call: Call): void {
  if (text?.startsWith('{') !== true) return;
  call.responseId ??= findResponseId(text);
  call.serviceTier ??= findServiceTier(text);
  fillFromAnswer(text, call.usage);
}

function textOf(attributes: Attributes, key: Key): string | undefined {
  const value = readJson(attributes, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
