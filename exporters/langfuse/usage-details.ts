import type { Attributes } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';

/** Usage as Langfuse counts it: the buckets do not overlap, and add up to `total`. */
export type UsageDetails = Readonly<Record<string, number>>;

/** Buckets that are parts of the input, by where the canonical count stands. */
const inputParts = {
  input_cached_tokens: 'gen_ai.usage.cache_read.input_tokens',
  input_cache_creation: 'gen_ai.usage.cache_write.input_tokens',
  input_audio_tokens: 'genai.usage.input_audio_tokens',
} as const;

/** Of cache writes, what is priced by how long it is kept. */
const cacheWriteParts = {
  input_cache_creation_5m: 'genai.usage.cache_write_5m_tokens',
  input_cache_creation_1h: 'genai.usage.cache_write_1h_tokens',
} as const;

const outputParts = {
  output_reasoning_tokens: 'gen_ai.usage.reasoning.output_tokens',
  output_audio_tokens: 'genai.usage.output_audio_tokens',
} as const;

type ReadParts = (attributes: Attributes) => Record<string, number>;

/**
 * Creates the reader of the usage that `genai` normalised, which is inclusive: input contains what came from a cache, and
 * output the reasoning. Undefined where a span has no usage.
 */
export function createUsageReader(
  keys: Keys,
): (attributes: Attributes) => UsageDetails | undefined {
  const input = keys.key('gen_ai.usage.input_tokens');
  const output = keys.key('gen_ai.usage.output_tokens');
  const readInputParts = createPartReader(keys, inputParts);
  const readCacheWrites = createPartReader(keys, cacheWriteParts);
  const readOutputParts = createPartReader(keys, outputParts);
  return (attributes) => {
    const inputTokens = countOf(attributes.number(input));
    const outputTokens = countOf(attributes.number(output));
    if (inputTokens === undefined && outputTokens === undefined) return undefined;
    const inputs = splitOff('input_cache_creation', readInputParts(attributes), () =>
      readCacheWrites(attributes),
    );
    return {
      ...bucket('input', inputTokens, inputs),
      ...bucket('output', outputTokens, readOutputParts(attributes)),
      total: (inputTokens ?? 0) + (outputTokens ?? 0),
    };
  };
}

/** Undefined for what counts nothing: emitters write NaN where a provider sent no usage, and JSON has none. */
function countOf(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function createPartReader(keys: Keys, parts: Readonly<Record<string, string>>): ReadParts {
  const entries = Object.entries(parts).map(([name, source]) => ({ name, key: keys.key(source) }));
  return (attributes) => {
    const counts: Record<string, number> = {};
    for (const { name, key } of entries) {
      const count = countOf(attributes.number(key)) ?? 0;
      if (count > 0) counts[name] = count;
    }
    return counts;
  };
}

/** The whole without its parts, and the parts; parts that are more than the whole leave nothing of it. */
function bucket(
  name: string,
  whole: number | undefined,
  parts: Readonly<Record<string, number>>,
): UsageDetails {
  if (whole === undefined) return {};
  return { [name]: Math.max(0, whole - sumOf(parts)), ...parts };
}

/** Takes the parts of one bucket out of it; it goes where nothing is left. */
function splitOff(
  name: string,
  counts: Record<string, number>,
  readParts: () => Record<string, number>,
): Record<string, number> {
  const whole = counts[name];
  if (whole === undefined) return counts;
  const parts = readParts();
  const rest = whole - sumOf(parts);
  const others = Object.entries(counts).filter(([other]) => other !== name || rest > 0);
  return { ...Object.fromEntries(others), ...(rest > 0 ? { [name]: rest } : {}), ...parts };
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
