import {
  createUsage,
  fill,
  normaliseUsage,
  toCount,
  toQuantity,
  type Usage,
  type UsageRule,
} from './usage.ts';

/** A JSON object of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Narrows parsed JSON to an object; arrays and null are none. */
export function toObject(value: unknown): JsonObject | undefined {
  // The check leaves plain objects only, whose properties may be read under any name.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

/** Parses JSON; undefined where it is broken. */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** JSON text of a value; undefined where it is nested too deep for the stack or is no JSON value. */
export function toJsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

const spellings: readonly (readonly [keyof Usage, readonly string[]])[] = [
  ['input', ['input_tokens', 'prompt_tokens', 'inputTokens', 'promptTokens']],
  ['input', ['promptTokenCount', 'prompt_token_count']],
  ['output', ['output_tokens', 'completion_tokens', 'outputTokens', 'completionTokens']],
  ['output', ['candidatesTokenCount', 'candidates_token_count']],
  ['total', ['total_tokens', 'totalTokens', 'total', 'totalTokenCount', 'total_token_count']],
  ['cacheRead', ['cache_read_input_tokens', 'cacheReadInputTokens', 'cachedInputTokens']],
  ['cacheRead', ['cache_read_tokens', 'cached_tokens']],
  ['cacheRead', ['cachedContentTokenCount', 'cached_content_token_count']],
  ['cacheWrite', ['cache_creation_input_tokens', 'cacheWriteInputTokens', 'cache_write_tokens']],
  ['reasoning', ['reasoning_tokens', 'reasoningTokens']],
  ['reasoning', ['thoughtsTokenCount', 'thoughts_token_count']],
];

const inputDetails = ['prompt_tokens_details', 'input_tokens_details', 'input_token_details'];
const outputDetails = [
  'completion_tokens_details',
  'output_tokens_details',
  'output_token_details',
];

/**
 * Fills a usage from a provider's usage object as OpenAI (chat and responses), Anthropic, Bedrock, Gemini, LangChain and
 * MLflow write it. Whether input counts are inclusive is left to `normaliseUsage`.
 */
export function readUsageObject(object: JsonObject, usage: Usage): void {
  for (const [field, names] of spellings) {
    for (const name of names) fill(usage, field, toCount(object[name]));
  }
  for (const name of inputDetails) readInputDetails(toObject(object[name]), usage);
  for (const name of outputDetails) readOutputDetails(toObject(object[name]), usage);
  readModalities(object, usage);
  readCacheCreation(toObject(object['cache_creation']), usage);
  readCacheDetails(object['cacheDetails'], usage);
  const serverTools = toObject(object['server_tool_use']);
  fill(usage, 'webSearches', toCount(serverTools?.['web_search_requests']));
}

/** Members that only providers with disjoint counts send beside `input_tokens`: Anthropic and Bedrock. */
const disjointMembers = [
  'cache_creation_input_tokens',
  'cacheReadInputTokens',
  'cacheWriteInputTokens',
];

/**
 * Fills what a usage leaves open from the provider's own usage object, whose convention its members tell. Where the usage
 * repeats a plain count of the object that leaves a part out, that is certain, and the whole is taken.
 */
export function fillFromProvider(object: JsonObject, usage: Usage): void {
  const raw = createUsage();
  readUsageObject(object, raw);
  const { input, output } = raw;
  const isDisjoint = disjointMembers.some((member) => member in object);
  const isGemini = 'candidatesTokenCount' in object || 'candidates_token_count' in object;
  normaliseUsage(raw, {
    input: isDisjoint ? 'exclusive' : 'inclusive',
    output: isGemini ? 'exclusive' : 'inclusive',
  });
  if (usage.input === input) usage.input = raw.input;
  if (usage.output === output) usage.output = raw.output;
  // Object.keys of a Usage gives exactly its fields.
  for (const field of Object.keys(raw) as (keyof Usage)[]) usage[field] ??= raw[field];
}

/**
 * Fills what a usage leaves open from the answer of a provider that an emitter recorded as JSON text, and returns the rule
 * for the usage after that: what left a part out is whole. Undefined where the answer tells no usage.
 */
export function fillFromAnswer(json: string, usage: Usage): UsageRule | undefined {
  if (!/"usage(Metadata|_metadata)?"\s*:\s*\{/.test(json)) return undefined;
  const answer = toObject(parseJson(json));
  const object = toObject(
    answer?.['usage'] ?? answer?.['usageMetadata'] ?? answer?.['usage_metadata'],
  );
  if (object === undefined) return undefined;
  fillFromProvider(object, usage);
  return whole;
}

const whole: UsageRule = { input: 'inclusive', output: 'inclusive' };

/** Tiers that LangChain puts before the names of counts where OpenAI served a call on one. */
const langChainTiers = ['flex', 'priority'];

/** The tier that LangChain's details of an input count, or Langfuse's buckets of them, were counted on. */
export function tierOf(details: JsonObject | undefined): string | undefined {
  if (details === undefined) return undefined;
  return langChainTiers.find((tier) => tier in details || `input_${tier}` in details);
}

/** Fills the subsets of an input count. */
export function readInputDetails(details: JsonObject | undefined, usage: Usage): void {
  if (details === undefined) return;
  fill(usage, 'cacheRead', toCount(details['cached_tokens'] ?? details['cache_read']));
  for (const tier of langChainTiers) {
    fill(usage, 'cacheRead', toCount(details[`${tier}_cache_read`]));
  }
  fill(usage, 'cacheWrite', toCount(details['cache_creation'] ?? details['cache_write']));
  fill(usage, 'cacheWrite', toCount(details['cache_write_tokens']));
  fill(usage, 'cacheWrite', toCount(details['cache_creation_tokens']));
  readCacheCreation(toObject(details['cache_creation_token_details']), usage);
  // LangChain's for Anthropic, beside a `cache_creation` of 0.
  readCacheCreation(details, usage);
  fill(usage, 'inputAudio', toCount(details['audio_tokens'] ?? details['audio']));
  fill(usage, 'inputImage', toCount(details['image_tokens']));
}

/** Fills the subsets of an output count. */
export function readOutputDetails(details: JsonObject | undefined, usage: Usage): void {
  if (details === undefined) return;
  fill(usage, 'reasoning', toCount(details['reasoning_tokens'] ?? details['reasoning']));
  for (const tier of langChainTiers) {
    fill(usage, 'reasoning', toCount(details[`${tier}_reasoning`]));
  }
  fill(usage, 'outputAudio', toCount(details['audio_tokens'] ?? details['audio']));
  fill(usage, 'outputImage', toCount(details['image_tokens']));
}

function readCacheCreation(creation: JsonObject | undefined, usage: Usage): void {
  if (creation === undefined) return;
  fill(usage, 'cacheWrite5m', toCount(creation['ephemeral_5m_input_tokens']));
  fill(usage, 'cacheWrite1h', toCount(creation['ephemeral_1h_input_tokens']));
}

/** Bedrock's cache writes by lifetime: `[{ ttl: '1h', inputTokens }]`. */
function readCacheDetails(details: unknown, usage: Usage): void {
  if (!Array.isArray(details)) return;
  for (const entry of details.map(toObject)) {
    const field = entry?.['ttl'] === '1h' ? 'cacheWrite1h' : 'cacheWrite5m';
    fill(usage, field, toCount(entry?.['inputTokens']));
  }
}

/** Gemini's details by modality: `[{ modality: 'AUDIO', tokenCount }]`, in Python's spelling too. */
const modalities: readonly (readonly [keyof Usage, string, readonly string[]])[] = [
  ['inputAudio', 'AUDIO', ['promptTokensDetails', 'prompt_tokens_details']],
  ['inputImage', 'IMAGE', ['promptTokensDetails', 'prompt_tokens_details']],
  ['outputAudio', 'AUDIO', ['candidatesTokensDetails', 'candidates_tokens_details']],
  ['outputImage', 'IMAGE', ['candidatesTokensDetails', 'candidates_tokens_details']],
];

function readModalities(object: JsonObject, usage: Usage): void {
  for (const [field, modality, names] of modalities) {
    for (const name of names) {
      const details = object[name];
      if (!Array.isArray(details)) continue;
      const entry = details.map(toObject).find((detail) => detail?.['modality'] === modality);
      fill(usage, field, toCount(entry?.['tokenCount'] ?? entry?.['token_count']));
    }
  }
}

/**
 * Fills a usage from disjoint buckets (`input`, `input_cache_read`, `output`, `output_reasoning`, …), as Langfuse's
 * handlers write `usage_details`. Callers who wrote inclusive numbers are told by their total: `input + output == total`.
 */
export function readUsageBuckets(object: JsonObject, usage: Usage): void {
  const plainInput = toCount(object['input']);
  const plainOutput = toCount(object['output']);
  const input = sumOf(object, 'input');
  const output = sumOf(object, 'output');
  const total = toCount(object['total']);
  const inclusive = total !== undefined && total === (plainInput ?? 0) + (plainOutput ?? 0);
  fill(usage, 'input', inclusive ? plainInput : input);
  fill(usage, 'output', inclusive ? plainOutput : output);
  fill(usage, 'total', total);
  fill(
    usage,
    'cacheRead',
    bucket(object, /^input_(\w+_)?cache(d_tokens|_read)|^cache(_read|d_mod)/),
  );
  fill(
    usage,
    'cacheWrite',
    bucket(object, /^(input_)?(\w+_)?cache_(creation|write)(?!.*ephemeral)/),
  );
  fill(usage, 'cacheWrite5m', bucket(object, /(cache_creation.*|^input_ephemeral)_5m(_|$)/));
  fill(usage, 'cacheWrite1h', bucket(object, /(cache_creation.*|^input_ephemeral)_1h(_|$)/));
  fill(usage, 'reasoning', bucket(object, /^output_(\w+_)?reasoning/));
  fill(usage, 'inputAudio', bucket(object, /^input_(modality_)?audio/i));
  fill(usage, 'outputAudio', bucket(object, /^output_(modality_)?audio/i));
}

function sumOf(object: JsonObject, side: 'input' | 'output'): number | undefined {
  let sum: number | undefined;
  for (const [name, value] of Object.entries(object)) {
    // What Anthropic's own usage object says by lifetime, its `cache_creation_input_tokens` says as well.
    if (/cache_creation.*ephemeral/.test(name)) continue;
    const isInput = /^(input$|input_|cache_|cached_modality_)/.test(name);
    const isOutput = name === 'output' || name.startsWith('output_');
    const count = (side === 'input' ? isInput : isOutput) ? toCount(value) : undefined;
    if (count !== undefined) sum = (sum ?? 0) + count;
  }
  return sum;
}

function bucket(object: JsonObject, names: RegExp): number | undefined {
  let sum: number | undefined;
  for (const [name, value] of Object.entries(object)) {
    const count = names.test(name) ? toCount(value) : undefined;
    if (count !== undefined) sum = (sum ?? 0) + count;
  }
  return sum;
}

/** A positive amount of USD, from a number or a decimal string; 0 is what emitters send when their price list failed. */
export function toCost(value: unknown): number | undefined {
  const cost = toQuantity(value);
  return cost !== undefined && cost > 0 ? cost : undefined;
}
