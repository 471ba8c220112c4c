import { hasUsage, type Usage } from '../usage.ts';
import type { Lookup, NoPrice, Price, PriceBook } from './price-book.ts';
import { splitModel } from './model-alias.ts';
import { unsetFraction } from '../unset-fraction.ts';
import { type ServiceTier, serviceTiers } from './price-rule.ts';
import { type CostParts, priceUsage } from './rate-card.ts';

/** Why a call has no price; written as `genai.cost.reason`. */
export type UnpricedReason = NoPrice | 'no_model' | 'no_usage' | 'bad_usage' | 'no_rate';

/** A call to be priced. */
export interface PricedCall {
  /** semconv provider name; undefined lets the model's name decide. */
  readonly provider: string | undefined;
  readonly responseModel: string | undefined;
  readonly requestModel: string | undefined;
  /** The tier that served the call, in the provider's words. */
  readonly serviceTier: string | undefined;
  /** Canonical. */
  readonly usage: Usage;
}

/** A cost in USD with its parts, or the reason why there is none. One object serves call after call. */
export interface Quote extends CostParts {
  status: 'priced' | 'unpriced';
  /** '' where it is priced. */
  reason: UnpricedReason | '';
  /** What it was priced by. */
  price: Price | undefined;
}

/** Prices calls into quotes. */
export interface Quoter {
  /**
   * Prices a call that started at `atMs`, sent to `server` ('' where unknown). Never throws, and never gives a price where
   * something is missing: a tier without a price of its own is not priced as standard, and what has no rate is not free.
   */
  quote(call: PricedCall, atMs: number, server: string, into: Quote): void;
}

/** A quote with nothing in it. */
export function createQuote(): Quote {
  return {
    status: 'unpriced',
    reason: 'no_usage',
    price: undefined,
    total: unsetFraction,
    input: unsetFraction,
    output: unsetFraction,
    cacheRead: unsetFraction,
    cacheWrite: unsetFraction,
  };
}

/** Makes a quote say that there is no price. */
export function refuse(quote: Quote, reason: UnpricedReason): void {
  quote.status = 'unpriced';
  quote.reason = reason;
  quote.price = undefined;
}

/**
 * Creates a quoter: a call is priced by the card of the first of its models that has a price, the answering one before the one
 * asked for, as of its start.
 * @param fallback `provider/model` whose price is taken for models that have none; undefined leaves them without.
 */
export function createQuoter(book: PriceBook, fallback: string | undefined): Quoter {
  const estimate = fallback === undefined ? undefined : createEstimate(book, fallback);
  // Of the call at hand: a function made for each call would cost more than the arithmetic.
  const moment: { atMs: number; tier: ServiceTier } = { atMs: 0, tier: 'standard' };
  const at: At = (lookup) => lookup.at(moment.atMs, moment.tier);
  return {
    quote: (call, atMs, server, into) => {
      const { usage } = call;
      if (!hasUsage(usage)) {
        refuse(into, 'no_usage');
        return;
      }
      if (isImpossible(usage)) {
        refuse(into, 'bad_usage');
        return;
      }
      const tier = toTier(call.serviceTier);
      if (tier === undefined) {
        refuse(into, 'unknown_tier');
        return;
      }
      moment.atMs = atMs;
      moment.tier = tier;
      let price = findPrice(book, call, server, at);
      if (isUnknown(price)) price = estimate?.(atMs, tier) ?? price;
      if (typeof price === 'string') refuse(into, price);
      else if (lacksRate(price, usage)) refuse(into, 'no_rate');
      else {
        priceUsage(price.card, usage, into);
        into.status = 'priced';
        into.reason = '';
        into.price = price;
      }
    },
  };
}

/** The price of the model that stands for unknown ones, marked as what it is. */
function createEstimate(book: PriceBook, fallback: string): Lookup['at'] {
  const { provider, model } = splitModel(fallback);
  const lookup = book.find(provider, model, '');
  const marked = new Map<Price, Price>();
  return (atMs, tier) => {
    const price = lookup.at(atMs, tier);
    if (typeof price === 'string') return price;
    let estimated = marked.get(price);
    if (estimated === undefined) marked.set(price, (estimated = { ...price, source: 'estimated' }));
    return estimated;
  };
}

/** No call has output without input: an emitter that says so has lost the input of a stream. */
function isImpossible(usage: Usage): boolean {
  return (usage.input ?? 0) === 0 && (usage.output ?? 0) > 0 && usage.audioSeconds === undefined;
}

/** A model that is priced by the minute or by the page has no price for tokens, which is not a price of 0. */
function lacksRate({ card: { has } }: Price, usage: Usage): boolean {
  if (has.audio && (usage.audioSeconds ?? 0) > 0) return false;
  return (!has.input && (usage.input ?? 0) > 0) || (!has.output && (usage.output ?? 0) > 0);
}

/** Words for the list price. `auto` is what was asked for and says nothing about what was served. */
const standardTiers: ReadonlySet<string> = new Set([
  '',
  'default',
  'standard',
  'standard_only',
  'auto',
  'on_demand',
  'on-demand',
  'none',
  'unspecified',
]);

/** What Google puts before its words: `SERVICE_TIER_FLEX` as asked for, `ON_DEMAND_FLEX` as the type of the traffic. */
const tierPrefix = /^(service_tier|traffic_type|on_demand)_/;

const tiers: ReadonlyMap<string, ServiceTier> = new Map(serviceTiers.map((tier) => [tier, tier]));

/** The service tier meant by a provider's word for it; undefined for words that nobody priced. */
function toTier(word: string | undefined): ServiceTier | undefined {
  if (word === undefined) return 'standard';
  const known = tiers.get(word);
  if (known !== undefined) return known;
  const lower = word.trim().toLowerCase().replace(tierPrefix, '');
  return standardTiers.has(lower) ? 'standard' : tiers.get(lower);
}

type At = (lookup: Lookup) => Price | NoPrice;

function findPrice(
  book: PriceBook,
  call: PricedCall,
  server: string,
  at: At,
): Price | UnpricedReason {
  const { provider, responseModel, requestModel } = call;
  const answered = isNamed(responseModel) ? book.find(provider, responseModel, server) : undefined;
  const isOther = isNamed(requestModel) && requestModel !== responseModel;
  if (!isOther) return answered === undefined ? 'no_model' : at(answered);
  if (answered === undefined) return at(book.find(provider, requestModel, server));
  if (isBedrockName(requestModel, responseModel)) {
    const price = at(book.find(provider, requestModel, server));
    if (!isUnknown(price)) return price;
  }
  if (book.hasAliases && !answered.isAliased) {
    // What the user says a name stands for goes before what a server says that it answered with.
    const asked = book.find(provider, requestModel, server);
    const price = asked.isAliased ? at(asked) : 'unknown_model';
    if (!isUnknown(price)) return price;
  }
  const price = at(answered);
  const isAnswered = !isUnknown(price) || fineTune.test(responseModel ?? '');
  return isAnswered ? price : at(book.find(provider, requestModel, server));
}

/** Fine-tunes, in OpenAI's words and in Azure's. */
const fineTune = /(^|\/)ft:|\.ft-/;

/** Whether the name asked for is Bedrock's of the model that answered, which tells the region: `eu.anthropic.claude-…-v1:0`. */
function isBedrockName(asked: string, answered: string | undefined): boolean {
  const at = answered === undefined ? -1 : asked.indexOf(answered);
  return at > 0 && asked[at - 1] === '.';
}

function isNamed(model: string | undefined): model is string {
  return model !== undefined && model !== '';
}

function isUnknown(price: Price | UnpricedReason): boolean {
  return price === 'unknown_model' || price === 'unknown_provider';
}
