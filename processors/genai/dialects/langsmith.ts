import type { Attributes } from '../../../pipeline/batch/batch.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { readJson, readText } from '../loose.ts';
import { toMessages } from '../messages/message.ts';
import type { Kind } from '../operation.ts';
import { findResponseId } from '../response-id.ts';
import { readInputDetails, readOutputDetails, readUsageObject, toObject } from '../usage-object.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import type { FieldKeys } from './fields.ts';
import { createSemconvReader, some } from './otel.ts';

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
        content.toolArguments ??= readJson(attributes, prompt);
        content.toolResult ??= readJson(attributes, completion);
        content.sources.push(prompt, completion);
      }
      semconv.readContent(span, call, content);
    },
  };
}

function createRunReader(keys: Keys): (attributes: Attributes, call: Call) => void {
  const kind = keys.key('langsmith.span.kind');
  const tags = keys.key('langsmith.span.tags');
  const usage = keys.key('langsmith.usage_metadata');
  const runUsage = keys.key('langsmith.metadata.usage_metadata');
  const inputDetails = keys.key('gen_ai.usage.input_token_details');
  const outputDetails = keys.key('gen_ai.usage.output_token_details');
  const completion = keys.key('gen_ai.completion');
  return (attributes, call) => {
    call.kind ??= kinds.get(attributes.string(kind) ?? '');
    call.tags ??= readText(attributes, tags)?.split(', ');
    if (call.kind !== 'llm' && call.kind !== 'embedding') return;
    const metadata = toObject(readJson(attributes, usage) ?? readJson(attributes, runUsage));
    if (metadata !== undefined) readUsageObject(metadata, call.usage);
    readInputDetails(toObject(readJson(attributes, inputDetails)), call.usage);
    readOutputDetails(toObject(readJson(attributes, outputDetails)), call.usage);
    const answer = attributes.string(completion);
    if (answer !== undefined) call.responseId ??= findResponseId(answer);
    // LangChain's usage_metadata is inclusive by contract.
    call.usageRule = { input: 'inclusive', output: 'inclusive' };
  };
}
