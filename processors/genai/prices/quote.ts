import { hasUsage, type Usage } from '../usage.ts';
import type { Catalogue, Price } from './catalogue.ts';
import { type CostParts, priceUsage, toUsd } from './rate-card.ts';

/** Why a call has no price; written as `genai.cost.reason`. */
type UnpricedReason =
  'unknown_model' | 'unknown_provider' | 'unknown_tier' | 'no_model' | 'no_usage' | 'bad_usage';

/** A call to be priced. */
export interface QuoteRequest {
  /** semconv provider name; undefined lets the model's name decide. */
  readonly provider: string | undefined;
  /** Names to try, the response's before the request's. */
  readonly models: readonly (string | undefined)[];
  /** When the call started, in milliseconds since the epoch. */
  readonly atMs: number;
  /** The tier that served the call, in the provider's words; `default`, `standard` and `auto` are the list price. */
  readonly tier: string | undefined;
  /** Canonical. */
  readonly usage: Usage;
}

/** A price in USD with its parts, or the reason why there is none. */
export type Quote =
  | {
      readonly status: 'priced';
      readonly cost: number;
      readonly parts: Readonly<Record<keyof CostParts, number>>;
      /** The matched price card. */
      readonly model: string;
      readonly source: 'catalog';
      readonly catalog: string;
    }
  | { readonly status: 'unpriced'; readonly reason: UnpricedReason };

const listTiers: ReadonlySet<string> = new Set(['', 'default', 'standard', 'auto', 'on_demand']);

/**
 * Prices a call: by the card of the first of its models that the catalogue knows, as of its start. Never throws, and never
 * gives a price where something is missing: a tier without a card of its own is not priced at the list price.
 */
export function quote(catalogue: Catalogue, request: QuoteRequest): Quote {
  const { usage } = request;
  if (!hasUsage(usage)) return { status: 'unpriced', reason: 'no_usage' };
  if (isImpossible(usage)) return { status: 'unpriced', reason: 'bad_usage' };
  if (!listTiers.has((request.tier ?? '').toLowerCase())) {
    return { status: 'unpriced', reason: 'unknown_tier' };
  }
  const price = findPrice(catalogue, request);
  if (typeof price === 'string') return { status: 'unpriced', reason: price };
  const parts: CostParts = { input: 0n, output: 0n, cacheRead: 0n, cacheWrite: 0n };
  priceUsage(price.card, usage, parts);
  return {
    status: 'priced',
    cost: toUsd(parts.input + parts.output + parts.cacheRead + parts.cacheWrite),
    parts: {
      input: toUsd(parts.input),
      output: toUsd(parts.output),
      cacheRead: toUsd(parts.cacheRead),
      cacheWrite: toUsd(parts.cacheWrite),
    },
    model: price.model,
    source: 'catalog',
    catalog: catalogue.id,
  };
}

/** No call has output without input: an emitter that says so has lost the input of a stream. */
function isImpossible(usage: Usage): boolean {
  return (usage.input ?? 0) === 0 && (usage.output ?? 0) > 0 && usage.audioSeconds === undefined;
}

function findPrice(catalogue: Catalogue, request: QuoteRequest): Price | UnpricedReason {
  let reason: UnpricedReason = 'no_model';
  for (const model of request.models) {
    if (model === undefined || model === '') continue;
    const found = catalogue.find(request.provider, model);
    if ('at' in found) return found.at(request.atMs);
    reason = found.reason;
  }
  return reason;
}
