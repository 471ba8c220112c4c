import type { Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import type { Entry } from './billing.ts';
import { canonicalKey } from './canonical-keys.ts';
import type { Quote } from './prices/quote.ts';
import { withdraw, writeDouble, writeText } from './writer.ts';

/** A price as the emitter reported it, or one of our own, or why there is none. */
export type Cost = Quote | { readonly status: 'provided'; readonly cost: number };

/** What a span says about its cost; a closed set, because it is a metric label. */
type CostStatus = 'priced' | 'provided' | 'unpriced' | 'duplicate' | 'aggregate';

/** Writes the outcome for one span and returns its status, undefined where the span has nothing to do with cost. */
export type WriteCost = (span: Item, entry: Entry, cost: Cost) => CostStatus | undefined;

/** Creates the cost writer of a worker. */
export function createCostWriter(keys: Keys): WriteCost {
  const total = canonicalKey(keys, 'gen_ai.usage.cost');
  const status = canonicalKey(keys, 'genai.cost.status');
  const reason = canonicalKey(keys, 'genai.cost.reason');
  const source = canonicalKey(keys, 'genai.cost.source');
  const model = canonicalKey(keys, 'genai.cost.model');
  const catalog = canonicalKey(keys, 'genai.cost.catalog');
  const duplicateOf = canonicalKey(keys, 'genai.cost.duplicate_of');
  const parts = [
    ['input', canonicalKey(keys, 'genai.cost.input')],
    ['output', canonicalKey(keys, 'genai.cost.output')],
    ['cacheRead', canonicalKey(keys, 'genai.cost.cache_read')],
    ['cacheWrite', canonicalKey(keys, 'genai.cost.cache_write')],
  ] as const;
  return ({ attributes }, entry, cost) => {
    if (entry.bill === 'none') return undefined;
    const outcome = entry.bill === 'bill' ? cost.status : entry.bill;
    writeText(attributes, status, outcome);
    if (outcome === 'duplicate') writeText(attributes, duplicateOf, entry.duplicateOf);
    if (entry.bill !== 'bill' || cost.status === 'unpriced') {
      // A sum over spans must not meet a cost twice, nor a 0 that stands for "not known".
      withdraw(attributes, total);
      if (entry.bill === 'bill' && cost.status === 'unpriced') {
        writeText(attributes, reason, cost.reason);
      }
      return outcome;
    }
    writeDouble(attributes, total, cost.cost);
    writeText(attributes, source, cost.status === 'priced' ? cost.source : 'provider');
    if (cost.status !== 'priced') return outcome;
    for (const [part, at] of parts) writeDouble(attributes, at, cost.parts[part]);
    writeText(attributes, model, cost.model);
    writeText(attributes, catalog, cost.catalog);
    return outcome;
  };
}
