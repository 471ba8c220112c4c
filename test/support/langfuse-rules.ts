/**
 * What Langfuse makes of a span, by the rules that its own ingestion was measured to follow (v4 path). Enough of them to
 * see what it would show for the spans that the exporter sends, and what it would guess where the exporter says nothing.
 */
export interface Observation {
  readonly type: string;
  readonly model: string | undefined;
  readonly usage: Readonly<Record<string, number>>;
  readonly cost: number | undefined;
  /** True where Langfuse would count tokens of its own. */
  readonly isTokenised: boolean;
  readonly input: unknown;
  readonly output: unknown;
  readonly user: string | undefined;
  readonly session: string | undefined;
  readonly tags: readonly string[];
  readonly environment: string;
  readonly level: string;
  readonly statusMessage: string | undefined;
  readonly traceName: string | undefined;
  readonly completionStart: string | undefined;
}

/** A span as its attributes show it. */
export interface SpanFacts {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly statusCode: number;
  readonly statusMessage: string;
}

const types = new Set(
  'span generation event embedding agent tool chain retriever guardrail evaluator'.split(' '),
);

const typeOfOperation: Readonly<Record<string, string>> = {
  chat: 'generation',
  completion: 'generation',
  text_completion: 'generation',
  generate_content: 'generation',
  generate: 'generation',
  embeddings: 'embedding',
  invoke_agent: 'agent',
  create_agent: 'agent',
  execute_tool: 'tool',
};

const rollUps = new Set(['invoke_agent', 'agent_step']);

const modelKeys = [
  'langfuse.observation.model.name',
  'gen_ai.response.model',
  'ai.model.id',
  'gen_ai.request.model',
  'llm.response.model',
  'llm.model_name',
  'model',
];

/** Applies the rules to one span. */
export function toObservation(span: SpanFacts): Observation {
  const { attributes } = span;
  const text = textReader(attributes);
  const isRollUp = rollUps.has(text('gen_ai.operation.name') ?? '');
  const model = isRollUp ? undefined : modelKeys.map(text).find((name) => name);
  const usage = isRollUp ? {} : usageOf(attributes);
  const cost = isRollUp ? undefined : costOf(attributes);
  const io = contentOf(attributes);
  const level = text('langfuse.observation.level') ?? (span.statusCode === 2 ? 'ERROR' : 'DEFAULT');
  const hasText = io.input !== undefined || io.output !== undefined;
  const isSilent = Object.keys(usage).length === 0 && cost === undefined;
  return {
    type: typeOf(attributes, model),
    model,
    usage,
    cost,
    isTokenised: isSilent && model !== undefined && hasText && level !== 'ERROR',
    ...io,
    ...traceOf(span),
    level,
    statusMessage: text('langfuse.observation.status_message') ?? (span.statusMessage || undefined),
    completionStart: text('langfuse.observation.completion_start_time'),
  };
}

type ReadText = (key: string) => string | undefined;

function textReader(attributes: SpanFacts['attributes']): ReadText {
  return (key) => {
    const value = attributes[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
}

function typeOf(attributes: SpanFacts['attributes'], model: string | undefined): string {
  const text = textReader(attributes);
  const own = text('langfuse.observation.type');
  if (own !== undefined && types.has(own)) return own;
  const inferred = text('openinference.span.kind')?.toLowerCase();
  if (inferred !== undefined) return inferred === 'llm' ? 'generation' : inferred;
  const operation = text('gen_ai.operation.name') ?? '';
  return typeOfOperation[operation] ?? (model === undefined ? 'span' : 'generation');
}

/** Only a string with a JSON object counts; of its values only integers. Else every `gen_ai.usage.*` is a bucket. */
function usageOf(attributes: SpanFacts['attributes']): Record<string, number> {
  const own = attributes['langfuse.observation.usage_details'];
  if (typeof own === 'string') return onlyNumbers(JSON.parse(own), Number.isInteger);
  const prefix = 'gen_ai.usage.';
  const buckets = Object.entries(attributes)
    .filter(([key]) => key.startsWith(prefix) && key !== `${prefix}cost`)
    .map(([key, value]) => [key.slice(prefix.length), value]);
  return onlyNumbers(Object.fromEntries(buckets), Number.isInteger);
}

/** The cost that is shown is `total`. Number texts become 0; any cost that is given is taken for the truth. */
function costOf(attributes: SpanFacts['attributes']): number | undefined {
  const own = attributes['langfuse.observation.cost_details'];
  if (typeof own === 'string') return onlyNumbers(JSON.parse(own), Number.isFinite)['total'];
  const cost = attributes['gen_ai.usage.cost'] ?? attributes['llm.cost.total'];
  return typeof cost === 'number' ? cost : undefined;
}

function onlyNumbers(value: unknown, isTaken: (value: unknown) => boolean): Record<string, number> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => isTaken(entry[1])),
  );
}

/** If one of the two is given, the other one is not derived. */
function contentOf(attributes: SpanFacts['attributes']): Pick<Observation, 'input' | 'output'> {
  const input = attributes['langfuse.observation.input'];
  const output = attributes['langfuse.observation.output'];
  if (input !== undefined || output !== undefined) {
    return { input: parsed(input), output: parsed(output) };
  }
  return {
    input: parsed(attributes['input.value'] ?? attributes['gen_ai.input.messages']),
    output: parsed(attributes['output.value'] ?? attributes['gen_ai.output.messages']),
  };
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** User, session, tags and name on the resource are ignored; the environment is read there. */
function traceOf({
  attributes,
  resource,
}: SpanFacts): Pick<Observation, 'user' | 'session' | 'tags' | 'environment' | 'traceName'> {
  const text = textReader(attributes);
  const first = (...keys: string[]): string | undefined => keys.map(text).find((t) => t);
  const tags = attributes['langfuse.trace.tags'];
  const environment =
    first('langfuse.environment', 'deployment.environment.name') ??
    textReader(resource)('deployment.environment.name') ??
    'default';
  return {
    user: first('langfuse.user.id', 'user.id'),
    session: first('langfuse.session.id', 'session.id', 'gen_ai.conversation.id'),
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
    environment: /^(?!langfuse)[a-z0-9_-]{1,40}$/.test(environment) ? environment : 'default',
    traceName: text('langfuse.trace.name'),
  };
}
