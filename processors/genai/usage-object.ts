import { findUsage } from './find-usage.ts';
import {
  createUsage,
  fill,
  fillUsage,
  normaliseUsage,
  toCount,
  toQuantity,
  type Usage,
  type UsageRule,
  wholeCounts,
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

const inputDetails = [
  ...['prompt_tokens_details', 'input_tokens_details', 'input_token_details'],
  'promptTokensDetails',
];
const outputDetails = [
  ...['completion_tokens_details', 'output_tokens_details', 'output_token_details'],
  ...['candidatesTokensDetails', 'candidates_tokens_details'],
];

type ReadMember = (value: unknown, usage: Usage) => void;

/** How the members of a usage object are read; where several tell one count, the first here is believed. */
const members: readonly (readonly [name: string, read: ReadMember])[] = [
  ...spellings.flatMap(([field, names]) => {
    const read: ReadMember = (value, usage) => {
      fill(usage, field, toCount(value));
    };
    return names.map((name) => [name, read] as const);
  }),
  ...inputDetails.map((name) => [name, readInput] as const),
  ...outputDetails.map((name) => [name, readOutput] as const),
  ['cache_creation', readCacheCreation],
  ['cacheDetails', readCacheDetails],
  ['server_tool_use', readServerTools],
];

const places: ReadonlyMap<string, number> = new Map(members.map(([name], place) => [name, place]));

/** Places of the members that an object has, in their order. */
const present = new Int32Array(members.length);

/**
 * Fills a usage from a provider's usage object as OpenAI (chat and responses), Anthropic, Bedrock, Gemini, LangChain and
 * MLflow write it. Whether input counts are inclusive is left to `normaliseUsage`.
 */
export function readUsageObject(object: JsonObject, usage: Usage): void {
  // It has few of the members that are known.
  let count = 0;
  for (const name of Object.keys(object)) {
    const place = places.get(name);
    if (place === undefined) continue;
    let at = count++;
    for (; at > 0 && (present[at - 1] ?? 0) > place; at--) present[at] = present[at - 1] ?? 0;
    present[at] = place;
  }
  for (let at = 0; at < count; at++) {
    const member = members[present[at] ?? 0];
    if (member !== undefined) member[1](object[member[0]], usage);
  }
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
  fillUsage(usage, raw);
}

/**
 * Fills what a usage leaves open from the answer of a provider that an emitter recorded as JSON text, and returns the rule
 * for the usage after that: what left a part out is whole. Undefined where the answer tells no usage.
 */
export function fillFromAnswer(json: string, usage: Usage): UsageRule | undefined {
  const object = toObject(parseJson(findUsage(json)));
  if (object === undefined) return undefined;
  fillFromProvider(object, usage);
  return wholeCounts;
}

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
  readCacheCreation(details['cache_creation_token_details'], usage);
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

function readCacheCreation(details: unknown, usage: Usage): void {
  const creation = toObject(details);
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

/** Gemini has lists where others have objects: `[{ modality: 'AUDIO', tokenCount }]`, in Python's spelling too. */
function readInput(details: unknown, usage: Usage): void {
  fill(usage, 'inputAudio', modalityOf(details, 'AUDIO'));
  fill(usage, 'inputImage', modalityOf(details, 'IMAGE'));
  readInputDetails(toObject(details), usage);
}

function readOutput(details: unknown, usage: Usage): void {
  fill(usage, 'outputAudio', modalityOf(details, 'AUDIO'));
  fill(usage, 'outputImage', modalityOf(details, 'IMAGE'));
  readOutputDetails(toObject(details), usage);
}

function modalityOf(details: unknown, modality: string): number | undefined {
  if (!Array.isArray(details)) return undefined;
  const entry = details.map(toObject).find((detail) => detail?.['modality'] === modality);
  return toCount(entry?.['tokenCount'] ?? entry?.['token_count']);
}

function readServerTools(tools: unknown, usage: Usage): void {
  fill(usage, 'webSearches', toCount(toObject(tools)?.['web_search_requests']));
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
  return sumWhere(object, (name) => {
    if (side === 'output') return name === 'output' || name.startsWith('output_');
    // What Anthropic's own usage object says by lifetime, its `cache_creation_input_tokens` says as well.
    if (/cache_creation.*ephemeral/.test(name)) return false;
    return /^(input$|input_|cache_|cached_modality_)/.test(name);
  });
}

function bucket(object: JsonObject, names: RegExp): number | undefined {
  return sumWhere(object, (name) => names.test(name));
}

/** No bucket has a longer name: patterns are not tried on megabytes. */
const maxBucketName = 128;

/** The sum of the counts whose names pass, a whole number however large they are. */
function sumWhere(object: JsonObject, isSummed: (name: string) => boolean): number | undefined {
  let sum: number | undefined;
  for (const [name, value] of Object.entries(object)) {
    if (name.length > maxBucketName || !isSummed(name)) continue;
    const count = toCount(value);
    if (count !== undefined) sum = Math.min((sum ?? 0) + count, Number.MAX_SAFE_INTEGER);
  }
  return sum;
}

/** A positive amount of USD, from a number or a decimal string; 0 is what emitters send when their price list failed. */
export function toCost(value: unknown): number | undefined {
  const cost = toQuantity(value);
  return cost !== undefined && cost > 0 ? cost : undefined;
}
