import type { ModelPrice } from '@pydantic/genai-prices';
import type { Usage } from '../usage.ts';

/** Money in 10^-18 USD: every catalogue rate per token is a whole number of these. */
export type AttoUsd = bigint;

const attoPerUsd = 10n ** 18n;

const attoPerPico = 10n ** 6n;
const picoPerUsd = 1e12;
const largestExactAtto = BigInt(Number.MAX_SAFE_INTEGER) * attoPerPico;

/** Rates of one tier in atto-USD per token, search, request or second; undefined where the catalogue has no such price. */
interface Rates {
  readonly input: AttoUsd;
  readonly output: AttoUsd;
  readonly cacheRead: AttoUsd | undefined;
  readonly cacheWrite: AttoUsd | undefined;
  readonly cacheWrite1h: AttoUsd | undefined;
  readonly reasoning: AttoUsd | undefined;
  readonly inputAudio: AttoUsd | undefined;
  readonly outputAudio: AttoUsd | undefined;
  readonly inputImage: AttoUsd | undefined;
  readonly outputImage: AttoUsd | undefined;
  readonly webSearch: AttoUsd;
  readonly request: AttoUsd;
  readonly audioSecond: AttoUsd;
}

/** The price of one model during one period. The whole call is priced at the tier that its total input reaches. */
export interface RateCard {
  readonly base: Rates;
  /** Ascending; `rates` hold where more than `over` input tokens were sent. */
  readonly tiers: readonly { readonly over: number; readonly rates: Rates }[];
}

/** Cost of one call by what was paid for; the four sum to `total` exactly. Server tools and requests count as output. */
export interface CostParts {
  input: AttoUsd;
  output: AttoUsd;
  cacheRead: AttoUsd;
  cacheWrite: AttoUsd;
}

const decimalsInAtto = 18;

/** A decimal number of USD as atto-USD, exact down to 10^-18. */
export function toAtto(usd: number): AttoUsd {
  const [mantissa = '', exponent = '0'] = usd.toString().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const shift = decimalsInAtto + Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  return shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
}

/** The double nearest to an amount; the only place where money becomes binary. */
export function toUsd(amount: AttoUsd): number {
  // A quotient of two integers that are exact as doubles is correctly rounded; catalogue rates nearly always come to this.
  if (amount % attoPerPico === 0n && amount < largestExactAtto) {
    return Number(amount / attoPerPico) / picoPerUsd;
  }
  const whole = amount / attoPerUsd;
  const fraction = (amount % attoPerUsd).toString().padStart(decimalsInAtto, '0');
  return Number(`${whole}.${fraction}`);
}

/** Turns a catalogue's price (USD per million tokens, per thousand calls, per hour) into integer rates. */
export function createRateCard(price: ModelPrice): RateCard {
  const starts = new Set<number>();
  for (const value of Object.values(price)) {
    if (typeof value === 'object') for (const tier of value.tiers) starts.add(tier.start);
  }
  return {
    base: ratesAt(price, -1),
    tiers: [...starts].sort((a, b) => a - b).map((over) => ({ over, rates: ratesAt(price, over) })),
  };
}

function ratesAt(price: ModelPrice, start: number): Rates {
  const rate = (key: string, per: number): AttoUsd | undefined => {
    const usd = usdAt(price[key], start);
    return usd === undefined ? undefined : toAtto(usd) / BigInt(per);
  };
  const perToken = (key: string): AttoUsd | undefined => rate(key, 1_000_000);
  return {
    input: perToken('input_mtok') ?? 0n,
    output: perToken('output_mtok') ?? 0n,
    cacheRead: perToken('cache_read_mtok'),
    cacheWrite: perToken('cache_write_5m_mtok') ?? perToken('cache_write_mtok'),
    cacheWrite1h: perToken('cache_write_1h_mtok'),
    reasoning: perToken('output_reasoning_mtok'),
    inputAudio: perToken('input_audio_mtok'),
    outputAudio: perToken('output_audio_mtok'),
    inputImage: perToken('input_image_mtok'),
    outputImage: perToken('output_image_mtok'),
    webSearch: rate('web_searches_kcount', 1000) ?? 0n,
    request: rate('requests_kcount', 1000) ?? 0n,
    audioSecond: rate('input_audio_hours', 3600) ?? rate('audio_hours', 3600) ?? 0n,
  };
}

function usdAt(value: ModelPrice[string], start: number): number | undefined {
  if (typeof value !== 'object') return value;
  let usd = value.base;
  for (const tier of value.tiers) if (tier.start <= start) usd = tier.price;
  return usd;
}

/**
 * Prices a canonical usage into `parts`. Subsets that have a rate of their own are taken out of their whole and priced at
 * it; those without stay in it. Cache writes of unknown lifetime count as five-minute ones.
 */
export function priceUsage(card: RateCard, usage: Usage, parts: CostParts): void {
  const rates = ratesFor(card, usage.input ?? 0);
  priceInput(rates, usage, parts);
  priceOutput(rates, usage, parts);
}

function ratesFor(card: RateCard, input: number): Rates {
  let rates = card.base;
  for (const tier of card.tiers) if (input > tier.over) rates = tier.rates;
  return rates;
}

function priceInput(rates: Rates, usage: Usage, parts: CostParts): void {
  const read = usage.cacheRead ?? 0;
  const write1h = rates.cacheWrite1h === undefined ? 0 : (usage.cacheWrite1h ?? 0);
  const write = (usage.cacheWrite ?? 0) - write1h;
  let plain = (usage.input ?? 0) - read - write - write1h;
  const audio = rates.inputAudio === undefined ? 0 : Math.min(usage.inputAudio ?? 0, plain);
  plain -= audio;
  const image = rates.inputImage === undefined ? 0 : Math.min(usage.inputImage ?? 0, plain);
  plain -= image;
  priceCache(rates, { read, write, write1h }, parts);
  parts.input = times(plain, rates.input) + times(audio, rates.inputAudio ?? 0n);
  parts.input += times(image, rates.inputImage ?? 0n);
  parts.input += times(Math.round((usage.audioSeconds ?? 0) * 1000), rates.audioSecond) / 1000n;
}

function priceCache(
  rates: Rates,
  counts: { readonly read: number; readonly write: number; readonly write1h: number },
  parts: CostParts,
): void {
  const { read, write, write1h } = counts;
  parts.cacheRead = times(read, rates.cacheRead ?? rates.input);
  parts.cacheWrite = times(write, rates.cacheWrite ?? rates.input);
  parts.cacheWrite += times(write1h, rates.cacheWrite1h ?? 0n);
}

function priceOutput(rates: Rates, usage: Usage, parts: CostParts): void {
  let plain = usage.output ?? 0;
  const audio = rates.outputAudio === undefined ? 0 : Math.min(usage.outputAudio ?? 0, plain);
  plain -= audio;
  const image = rates.outputImage === undefined ? 0 : Math.min(usage.outputImage ?? 0, plain);
  plain -= image;
  const reasoning = rates.reasoning === undefined ? 0 : Math.min(usage.reasoning ?? 0, plain);
  plain -= reasoning;
  parts.output = times(plain, rates.output) + times(reasoning, rates.reasoning ?? 0n);
  parts.output += times(audio, rates.outputAudio ?? 0n) + times(image, rates.outputImage ?? 0n);
  parts.output += times(usage.webSearches ?? 0, rates.webSearch) + rates.request;
}

function times(count: number, rate: AttoUsd): AttoUsd {
  return count === 0 || rate === 0n ? 0n : BigInt(count) * rate;
}
