import type { Attributes } from '../../../pipeline/batch/batch.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { readJson, readText, readToolData, some } from '../loose.ts';
import { toMessages } from '../messages/message.ts';
import { isInference, type Kind } from '../operation.ts';
import { findResponseId } from '../response-id.ts';
import { findServiceTier } from '../service-tier.ts';
import { parsePythonLiteral } from '../python-literal.ts';
import {
  readInputDetails,
  readOutputDetails,
  readUsageObject,
  tierOf,
  toObject,
} from '../usage-object.ts';
import { wholeCounts } from '../usage.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import type { FieldKeys } from './fields.ts';
import { createSemconvReader } from './otel.ts';

const fields: FieldKeys = {
  texts: {
    provider: ['langsmith.metadata.ls_provider'],
    requestModel: ['langsmith.metadata.ls_model_name'],
    sessionId: [
      'langsmith.metadata.session_id',
      'langsmith.metadata.thread_id',
      'langsmith.metadata.conversation_id',
      'langsmith.trace.session_id',
    ],
    userId: ['langsmith.metadata.user_id', 'langsmith.metadata.ls_user_id'],
    tenantId: ['langsmith.metadata.tenant', 'langsmith.metadata.tenant_id'],
  },
  stream: ['langsmith.request.streaming'],
};

const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['llm', 'llm'],
  ['tool', 'tool'],
  ['chain', 'chain'],
  ['prompt', 'chain'],
  ['parser', 'chain'],
  ['retriever', 'retriever'],
  ['embedding', 'embedding'],
]);

/** Operations of runs that it calls `embeddings` and `chat`. */
const operations: ReadonlyMap<string, string> = new Map([
  ['retriever', 'retrieval'],
  ['prompt', 'prompt'],
]);

/** LangSmith's OTel exporters. */
export const langsmith: Dialect = {
  name: 'langsmith',
  scopes: /^langsmith@/,
  evidence: ['langsmith.span.kind', 'langsmith.span.id', 'langsmith.trace.name'],
  create: createLangsmithReader,
};

function createLangsmithReader(keys: Keys): DialectReader {
  const semconv = createSemconvReader(keys, { after: fields });
  const readRun = createRunReader(keys);
  const prompt = keys.key('gen_ai.prompt');
  const completion = keys.key('gen_ai.completion');
  return {
    originals: semconv.originals,
    read: (span, call) => {
      semconv.read(span, call);
      readRun(span.attributes, call);
      if (call.kind === 'tool') call.toolName ??= span.name;
    },
    readContent: (span, call, content) => {
      const { attributes } = span;
      if (call.kind === 'llm') {
        content.input ??= some(toMessages(readJson(attributes, prompt), 'user'));
        content.output ??= some(toMessages(readJson(attributes, completion), 'assistant'));
        content.sources.push(prompt, completion);
      } else if (call.kind === 'tool') {
        content.toolArguments ??= readToolData(attributes, prompt);
        content.toolResult ??= readToolData(attributes, completion);
        content.sources.push(prompt, completion);
      }
      semconv.readContent(span, call, content);
    },
  };
}

function createRunReader(keys: Keys): (attributes: Attributes, call: Call) => void {
  const kind = keys.key('langsmith.span.kind');
  const tags = keys.key('langsmith.span.tags');
  const readUsage = createUsageReader(keys);
  const completion = keys.key('gen_ai.completion');
  return (attributes, call) => {
    const run = attributes.string(kind) ?? '';
    call.kind ??= kinds.get(run);
    call.operation = operations.get(run) ?? call.operation;
    call.tags ??= readText(attributes, tags)?.split(', ');
    call.finishReasons = call.finishReasons?.flatMap((reason) => reason.split(', '));
    if (!isInference(call.kind)) return;
    readUsage(attributes, call);
    const answer = attributes.string(completion);
    if (answer === undefined) return;
    call.responseId ??= findResponseId(answer);
    call.serviceTier ??= findServiceTier(answer);
  };
}

function createUsageReader(keys: Keys): (attributes: Attributes, call: Call) => void {
  const usage = keys.key('langsmith.usage_metadata');
  const runUsage = keys.key('langsmith.metadata.usage_metadata');
  const inputDetails = keys.key('gen_ai.usage.input_token_details');
  const outputDetails = keys.key('gen_ai.usage.output_token_details');
  return (attributes, call) => {
    const metadata = toObject(readJson(attributes, usage) ?? readJson(attributes, runUsage));
    if (metadata !== undefined) readUsageObject(metadata, call.usage);
    const details = toObject(parsePythonLiteral(attributes.string(inputDetails)));
    readInputDetails(details, call.usage);
    readOutputDetails(toObject(parsePythonLiteral(attributes.string(outputDetails))), call.usage);
    call.serviceTier ??= tierOf(toObject(metadata?.['input_token_details']) ?? details);
    // LangChain's usage_metadata is inclusive by contract.
    call.usageRule = wholeCounts;
  };
}
