import {
  type AttributeTemplate,
  createAttributeTemplate,
} from '../../pipeline/batch/attribute-template.ts';
import type { Attributes, Item } from '../../pipeline/batch/batch.ts';
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
  const duplicateOf = canonicalKey(keys, 'genai.cost.duplicate_of');
  const writePrice = createPriceWriter(keys);
  return ({ attributes }, entry, cost) => {
    if (entry.bill === 'none') return undefined;
    const outcome = entry.bill === 'bill' ? cost.status : entry.bill;
    if (entry.bill === 'bill' && cost.status === 'priced') {
      writePrice(attributes, cost);
      return outcome;
    }
    writeText(attributes, status, outcome);
    if (outcome === 'duplicate') writeText(attributes, duplicateOf, entry.duplicateOf);
    if (entry.bill === 'bill' && cost.status === 'provided') {
      writeDouble(attributes, total, cost.cost);
      writeText(attributes, source, 'provider');
      return outcome;
    }
    // A sum over spans must not meet a cost twice, nor a 0 that stands for "not known".
    withdraw(attributes, total);
    if (entry.bill === 'bill' && cost.status === 'unpriced') {
      writeText(attributes, reason, cost.reason);
    }
    return outcome;
  };
}

type Price = Extract<Cost, { readonly status: 'priced' }>;

/** Enough for the price cards that one fleet uses; beyond it the templates are made anew. */
const maxTemplates = 1024;

/** What a price card puts on a span is encoded once, but for the amounts. */
function createPriceWriter(keys: Keys): (attributes: Attributes, price: Price) => void {
  const status = canonicalKey(keys, 'genai.cost.status');
  const total = canonicalKey(keys, 'gen_ai.usage.cost');
  const source = canonicalKey(keys, 'genai.cost.source');
  const input = canonicalKey(keys, 'genai.cost.input');
  const output = canonicalKey(keys, 'genai.cost.output');
  const cacheRead = canonicalKey(keys, 'genai.cost.cache_read');
  const cacheWrite = canonicalKey(keys, 'genai.cost.cache_write');
  const model = canonicalKey(keys, 'genai.cost.model');
  const catalog = canonicalKey(keys, 'genai.cost.catalog');
  const doubles = [total, input, output, cacheRead, cacheWrite];
  const amounts = doubles.map(() => 0);
  // A worker has one catalogue, in which a model names its card.
  const templates = new Map<string, AttributeTemplate>();

  const createTemplate = (price: Price): AttributeTemplate =>
    createAttributeTemplate(keys, [
      [status.key, price.status],
      [total.key],
      [source.key, price.source],
      [input.key],
      [output.key],
      [cacheRead.key],
      [cacheWrite.key],
      [model.key, price.model],
      [catalog.key, price.catalog],
    ]);

  return (attributes, price) => {
    const { parts } = price;
    let template = templates.get(price.model);
    if (template === undefined) {
      if (templates.size >= maxTemplates) templates.clear();
      template = createTemplate(price);
      templates.set(price.model, template);
    }
    amounts[0] = price.cost;
    amounts[1] = parts.input;
    amounts[2] = parts.output;
    amounts[3] = parts.cacheRead;
    amounts[4] = parts.cacheWrite;
    if (attributes.append(template, amounts)) return;
    writeText(attributes, status, price.status);
    for (const [i, at] of doubles.entries()) writeDouble(attributes, at, amounts[i] ?? 0);
    writeText(attributes, source, price.source);
    writeText(attributes, model, price.model);
    writeText(attributes, catalog, price.catalog);
  };
}
