import type { ConditionalPrice, MatchLogic, ModelPrice } from '@pydantic/genai-prices';
import { type AttoUsd, toAtto } from './money.ts';
import type { Rate, RateName, RateSheet } from './rates.ts';

/** One model of a catalogue, in the format of genai-prices (`prices/new_data/v2/data.json`). */
export interface CatalogueModel {
  readonly id: string;
  readonly match: MatchLogic;
  /** One price, or several of which the last that holds is in force. */
  readonly prices: ModelPrice | ConditionalPrice[];
}

/** One provider of a catalogue. */
export interface CatalogueProvider {
  readonly id: string;
  readonly provider_match?: MatchLogic;
  /** Tells the provider by a model's name. */
  readonly model_match?: MatchLogic;
  /** Providers whose models it serves at their prices. */
  readonly fallback_model_providers?: readonly string[];
  readonly models: readonly CatalogueModel[];
}

/** Prices of a model while `constraint` holds; always, where there is none. */
export interface PricePeriod {
  readonly constraint: ConditionalPrice['constraint'];
  readonly prices: ModelPrice;
}

/** The periods of a model, of which the last that holds is in force. */
export function periodsOf({ prices }: CatalogueModel): readonly PricePeriod[] {
  if (!Array.isArray(prices)) return [{ constraint: undefined, prices }];
  return prices.map((period) => ({ constraint: period.constraint, prices: period.prices }));
}

/** A key of a catalogue's price, and how many of our units its number is for. */
const keys: readonly (readonly [key: string, name: RateName, per: bigint])[] = [
  ['input_mtok', 'input', 1_000_000n],
  ['output_mtok', 'output', 1_000_000n],
  ['cache_read_mtok', 'cache_read', 1_000_000n],
  ['cache_write_mtok', 'cache_write', 1_000_000n],
  ['cache_write_5m_mtok', 'cache_write_5m', 1_000_000n],
  ['cache_write_1h_mtok', 'cache_write_1h', 1_000_000n],
  ['output_reasoning_mtok', 'reasoning', 1_000_000n],
  ['input_audio_mtok', 'input_audio', 1_000_000n],
  ['output_audio_mtok', 'output_audio', 1_000_000n],
  ['input_image_mtok', 'input_image', 1_000_000n],
  ['output_image_mtok', 'output_image', 1_000_000n],
  ['web_searches_kcount', 'web_search', 1000n],
  ['requests_kcount', 'request', 1000n],
  ['audio_hours', 'audio_minute', 60n],
  ['input_audio_hours', 'audio_minute', 60n],
];

/** The keys of a catalogue's price that calls are priced by. */
export const priceKeys: readonly string[] = keys.map(([key]) => key);

/** A catalogue's price (USD per million tokens, thousand calls, hour) as rates of one token, call, minute. */
export function toSheet(price: ModelPrice, origin: string): RateSheet {
  const sheet: Partial<Record<RateName, Rate>> = {};
  for (const [key, name, per] of keys) {
    const value = price[key];
    if (value === undefined) continue;
    const one = (usd: number): AttoUsd => toAtto(usd) / per;
    sheet[name] =
      typeof value === 'number'
        ? { base: one(value), above: [], origin }
        : {
            base: one(value.base),
            above: value.tiers
              .map(({ start, price: usd }) => ({ over: start, rate: one(usd) }))
              .sort((a, b) => a.over - b.over),
            origin,
          };
  }
  return sheet;
}
