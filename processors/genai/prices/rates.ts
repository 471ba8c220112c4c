import { type AttoUsd, scale, toAtto } from './money.ts';

/** What a price list has prices for, in the words of the configuration. */
export const rateNames = [
  'input',
  'output',
  'cache_read',
  'cache_write',
  'cache_write_5m',
  'cache_write_1h',
  'reasoning',
  'input_audio',
  'output_audio',
  'input_image',
  'output_image',
  'web_search',
  'request',
  'audio_minute',
] as const;

/** One kind of price. */
export type RateName = (typeof rateNames)[number];

/** USD for each search, request or minute; all other prices are for tokens. */
const perUse: ReadonlySet<string> = new Set<RateName>(['web_search', 'request', 'audio_minute']);

/** True for a price of tokens, which has a unit of a million or a thousand. */
export function isTokenRate(name: string): boolean {
  return !perUse.has(name);
}

/** A price in USD as it is written: one number, or one that changes with the size of the whole input. */
type WrittenUsd =
  number | { readonly base: number; readonly above: Readonly<Record<string, number>> };

/** A price as it is written: in USD, or as a multiple of another one. */
export type WrittenRate = WrittenUsd | { readonly times: number; readonly of: RateName };

/** A price in atto-USD for one token, search, request or minute, and where it was found. */
export interface Rate {
  readonly base: AttoUsd;
  /** Ascending; `rate` holds for calls with more than `over` input tokens. */
  readonly above: readonly { readonly over: number; readonly rate: AttoUsd }[];
  /** For people: a catalogue's id, a URL, a key of the configuration. */
  readonly origin: string;
}

/** The prices of one model on one service tier at one time, before anything is derived from anything. */
export type RateSheet = Readonly<Partial<Record<RateName, Rate>>>;

/** Tokens that a written price is for. */
const tokensPerUnit = { '1M': 1_000_000n, '1K': 1000n } as const;

/** The unit of written token prices. */
export type TokenUnit = keyof typeof tokensPerUnit;

/** Turns a written price into a rate. */
export function toRate(name: RateName, written: WrittenUsd, unit: TokenUnit, origin: string): Rate {
  const per = isTokenRate(name) ? tokensPerUnit[unit] : 1n;
  const one = (usd: number): AttoUsd => toAtto(usd) / per;
  if (typeof written === 'number') return { base: one(written), above: [], origin };
  const above = Object.entries(written.above)
    .map(([over, usd]) => ({ over: Number(over), rate: one(usd) }))
    .sort((a, b) => a.over - b.over);
  return { base: one(written.base), above, origin };
}

/** A rate times a factor. */
export function scaleRate(rate: Rate, factor: number, origin: string): Rate {
  return {
    base: scale(rate.base, factor),
    above: rate.above.map(({ over, rate: one }) => ({ over, rate: scale(one, factor) })),
    origin: `${origin} (${factor} × ${rate.origin})`,
  };
}

/** All rates of tokens of a sheet times a factor; fees stay. */
export function scaleSheet(sheet: RateSheet, factor: number, origin: string): RateSheet {
  const scaled: Partial<Record<RateName, Rate>> = { ...sheet };
  for (const name of rateNames) {
    const rate = sheet[name];
    if (rate !== undefined && isTokenRate(name)) scaled[name] = scaleRate(rate, factor, origin);
  }
  return scaled;
}
