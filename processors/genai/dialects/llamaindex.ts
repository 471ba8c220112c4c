import type { SpanEvent } from '../../../pipeline/batch/batch.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { readJson, readText, some } from '../loose.ts';
import type { Content } from '../messages/content.ts';
import { unflatten } from '../messages/indexed.ts';
import { toMessages } from '../messages/message.ts';
import { isInference, type Kind } from '../operation.ts';
import { fillFromProvider, parseJson, toObject } from '../usage-object.ts';
import { wholeCounts } from '../usage.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import { createSemconvReader } from './otel.ts';

/** What a span is, by the events of LlamaIndex's dispatcher that it carries. */
const kinds: readonly (readonly [RegExp, Kind, string?])[] = [
  [/^LLMChat(Start|End|InProgress)Event$/, 'llm', 'chat'],
  [/^LLMCompletion(Start|End|InProgress)Event$/, 'llm', 'text_completion'],
  [/^(Sparse)?Embedding(Start|End)Event$/, 'embedding'],
  [/^Retrieval(Start|End)Event$/, 'retriever'],
  [/^ReRank(Start|End)Event$/, 'rerank'],
  [/^AgentToolCallEvent$/, 'tool'],
  [/^(Query|Synthesize|GetResponse|LLMPredict|LLMStructuredPredict)(Start|End)Event$/, 'chain'],
];

/** LlamaIndex's own spans (llama-index-observability-otel), which hold everything in events. */
export const llamaindex: Dialect = {
  name: 'llamaindex',
  scopes: /^llamaindex\.opentelemetry\./,
  evidence: ['llamaindex.run_id'],
  isToldByScope: true,
  create: createLlamaIndexReader,
};

function createLlamaIndexReader(keys: Keys): DialectReader {
  const semconv = createSemconvReader(keys);
  const readEvent = createEventReader(keys);
  const readContent = createContentReader(keys);
  return {
    originals: semconv.originals,
    read: (span, call) => {
      semconv.read(span, call);
      for (const event of span.events) readEvent(event, call);
      // What comes from the provider's own usage object is canonical by then.
      call.usageRule = wholeCounts;
      call.kind ??= kindOfName(span.name);
      if (call.kind === 'tool') call.toolName ??= span.name.slice(0, span.name.indexOf('.'));
    },
    readContent: (span, call, content) => {
      if (isInference(call.kind)) for (const event of span.events) readContent(event, content);
      semconv.readContent(span, call, content);
    },
  };
}

/** Spans are named after the method that ran: `FunctionTool.acall`, `FunctionAgent.run`. */
function kindOfName(name: string): Kind {
  if (/Tool\.a?call$/.test(name)) return 'tool';
  return name.endsWith('Agent.run') ? 'agent' : 'chain';
}

function createEventReader(keys: Keys): (event: SpanEvent, call: Call) => void {
  const model = keys.key('model_dict.model_name');
  const raw = keys.key('response.raw.');
  const extra = keys.key('response.additional_kwargs.');
  return ({ name, attributes }, call) => {
    const known = kinds.find(([pattern]) => pattern.test(name));
    if (known === undefined) return;
    call.kind ??= known[1];
    call.operation ??= known[2];
    call.requestModel ??= readText(attributes, model);
    readAnswer(toObject(unflatten(attributes, raw)) ?? {}, call);
    const counts = toObject(unflatten(attributes, extra));
    if (counts !== undefined) fillFromProvider(counts, call.usage);
  };
}

function readAnswer(answer: Readonly<Record<string, unknown>>, call: Call): void {
  call.responseId ??= textOf(answer['id']);
  call.responseModel ??= textOf(answer['model']);
  call.serviceTier ??= textOf(answer['service_tier']);
  const counts = toObject(answer['usage'] ?? answer['usage_metadata']);
  if (counts !== undefined) fillFromProvider(counts, call.usage);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value !== 'null' ? value : undefined;
}

function createContentReader(keys: Keys): (event: SpanEvent, content: Content) => void {
  const messages = keys.key('messages');
  const prompt = keys.key('prompt');
  const answer = keys.key('response.message.');
  const blocks = keys.key('response.message.blocks');
  const choices = keys.key('response.raw.choices');
  const text = keys.key('response.text');
  const source = { isSource: isCallEvent, keys: [messages, prompt, blocks, choices, text] };
  return ({ name, attributes }, content) => {
    if (!isCallEvent(name)) return;
    const given = readJson(attributes, messages) ?? readText(attributes, prompt);
    const said = readJson(attributes, choices);
    content.input ??= some(toMessages(toPlain(given), 'user'));
    content.output ??= some(
      Array.isArray(said)
        ? toMessages({ choices: said }, 'assistant')
        : toMessages(
            toPlain(unflatten(attributes, answer)) ?? readText(attributes, text),
            'assistant',
          ),
    );
    if (content.input !== undefined || content.output !== undefined) content.eventSource = source;
  };
}

function isCallEvent(name: string): boolean {
  return /^LLM(Chat|Completion)(Start|End)Event$/.test(name);
}

/** A message's content is a list of blocks: `{block_type: 'text', text}`. */
function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  const message = toObject(value);
  if (message === undefined) return value;
  const { blocks, additional_kwargs: extra, role } = message;
  const list: unknown = typeof blocks === 'string' ? parseJson(blocks) : blocks;
  if (!Array.isArray(list)) return message;
  const content = list.map((block) => ({
    ...toObject(block),
    type: toObject(block)?.['block_type'],
  }));
  return { ...toObject(extra), role, content };
}
