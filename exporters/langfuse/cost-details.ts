import type { Attributes } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';

/** Langfuse's names of the parts of a cost, as those of the usage they are for. */
const parts = {
  input: 'genai.cost.input',
  output: 'genai.cost.output',
  input_cached_tokens: 'genai.cost.cache_read',
  input_cache_creation: 'genai.cost.cache_write',
} as const;

/**
 * Creates the reader of a span's cost in US dollars; undefined where it has none. An unknown cost is never sent as 0:
 * Langfuse takes any cost it is given for the truth. `total` is always there, because it shows nothing else.
 */
export function createCostReader(
  keys: Keys,
): (attributes: Attributes) => Readonly<Record<string, number>> | undefined {
  const total = keys.key('gen_ai.usage.cost');
  const status = keys.key('genai.cost.status');
  const entries = Object.entries(parts).map(([name, source]) => ({ name, key: keys.key(source) }));
  return (attributes) => {
    const billed = attributes.string(status);
    const cost = attributes.number(total);
    if (cost === undefined || (billed !== 'priced' && billed !== 'provided')) return undefined;
    const details: Record<string, number> = {};
    for (const { name, key } of entries) {
      const part = attributes.number(key) ?? 0;
      if (part > 0) details[name] = part;
    }
    return { ...details, total: cost };
  };
}
