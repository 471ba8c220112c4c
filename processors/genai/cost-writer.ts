import {
  type AttributeTemplate,
  createAttributeTemplate,
} from '../../pipeline/batch/attribute-template.ts';
import type { Attributes, Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import type { Entry } from './billing.ts';
import { canonicalKey } from './canonical-keys.ts';
import type { Cost } from './cost.ts';
import type { Price } from './prices/price-book.ts';
import type { Quote } from './prices/quote.ts';
import { withdraw, writeDouble, writeText } from './write-value.ts';

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
  const writeComputed = createComputedWriter(keys);
  return ({ attributes }, entry, cost) => {
    if (entry.bill === 'none') return undefined;
    const outcome = entry.bill === 'bill' ? cost.status : entry.bill;
    if (outcome === 'priced' && cost.own.price !== undefined) {
      writePrice(attributes, cost.own, cost.own.price);
      return outcome;
    }
    writeText(attributes, status, outcome);
    if (outcome === 'duplicate') writeText(attributes, duplicateOf, toSpanId(entry.duplicateOf));
    if (entry.bill === 'bill' && cost.status === 'provided') {
      writeDouble(attributes, total, cost.total);
      writeText(attributes, source, 'provider');
      if (cost.own.status === 'priced') writeComputed(attributes, cost.own);
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

function toSpanId(id: bigint): string {
  return id.toString(16).padStart(16, '0');
}

/** What the call costs by our prices, beside the cost that the emitter reported. */
function createComputedWriter(keys: Keys): (attributes: Attributes, quote: Quote) => void {
  const computed = canonicalKey(keys, 'genai.cost.computed');
  const model = canonicalKey(keys, 'genai.cost.model');
  const catalog = canonicalKey(keys, 'genai.cost.catalog');
  return (attributes, { total, price }) => {
    writeDouble(attributes, computed, total);
    if (price === undefined) return;
    writeText(attributes, model, price.model);
    writeText(attributes, catalog, price.catalog);
  };
}

/** Enough for the price cards that one fleet uses; beyond it the templates are made anew. */
const maxTemplates = 1024;

/** What a price card puts on a span is encoded once, but for the amounts. */
function createPriceWriter(
  keys: Keys,
): (attributes: Attributes, quote: Quote, price: Price) => void {
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
  const templates = new Map<Price, AttributeTemplate>();

  const createTemplate = (price: Price): AttributeTemplate =>
    createAttributeTemplate(keys, [
      [status.key, 'priced'],
      [total.key],
      [source.key, price.source],
      [input.key],
      [output.key],
      [cacheRead.key],
      [cacheWrite.key],
      [model.key, price.model],
      [catalog.key, price.catalog],
    ]);

  return (attributes, quote, price) => {
    let template = templates.get(price);
    if (template === undefined) {
      if (templates.size >= maxTemplates) templates.clear();
      template = createTemplate(price);
      templates.set(price, template);
    }
    amounts[0] = quote.total;
    amounts[1] = quote.input;
    amounts[2] = quote.output;
    amounts[3] = quote.cacheRead;
    amounts[4] = quote.cacheWrite;
    if (attributes.append(template, amounts)) return;
    writeText(attributes, status, 'priced');
    for (const [i, at] of doubles.entries()) writeDouble(attributes, at, amounts[i] ?? 0);
    writeText(attributes, source, price.source);
    writeText(attributes, model, price.model);
    writeText(attributes, catalog, price.catalog);
  };
}
