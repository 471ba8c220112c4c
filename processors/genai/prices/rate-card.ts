import type { Usage } from '../usage.ts';
import { type AttoUsd, attoPerPico, attoToUsd, picoToUsd } from './money.ts';
import type { Rate, RateName, RateSheet } from './rates.ts';

/**
 * What a call is divided into, each part with one rate. The order is fixed: the parts of `genai.cost.*` are ranges of it.
 * A rate that the price list does not have is that of the next kind it belongs to.
 */
const leaves: readonly (readonly RateName[])[] = [
  ['input'],
  ['input_audio', 'input'],
  ['input_image', 'input'],
  ['cache_read', 'input'],
  ['cache_write', 'cache_write_5m', 'input'],
  ['cache_write_5m', 'cache_write', 'input'],
  ['cache_write_1h', 'cache_write', 'cache_write_5m', 'input'],
  ['output'],
  ['output_audio', 'output'],
  ['output_image', 'output'],
  ['reasoning', 'output'],
  ['web_search'],
  ['request'],
];
const [cacheReadAt, cacheWriteAt, outputAt] = [3, 4, 7];

/** Rates of one tier by leaf, for one token, search or request. */
interface Tier {
  /** Holds for calls with more input tokens than this. */
  readonly over: number;
  readonly atto: readonly AttoUsd[];
  /** The same in pico-USD, where all of them are whole numbers of it. */
  readonly pico: Float64Array | undefined;
  readonly audioMinute: AttoUsd;
}

/** The price of one model on one service tier during one period, ready to be multiplied. */
export interface RateCard {
  /** The tiers, from small inputs to large. The whole call is priced at the last one that its input reaches. */
  readonly tiers: readonly [Tier, ...Tier[]];
  /** Whether it has a price for input, output and seconds of audio at all; a price of 0 is one. */
  readonly has: { readonly input: boolean; readonly output: boolean; readonly audio: boolean };
}

/** Cost of one call in USD by what was paid for. Server tools and requests count as output. */
export interface CostParts {
  total: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

/** Derives a card from a sheet. */
export function createRateCard(sheet: RateSheet): RateCard {
  const borders = new Set<number>();
  for (const rate of Object.values(sheet)) for (const { over } of rate.above) borders.add(over);
  const ascending = [...borders].sort((a, b) => a - b);
  return {
    tiers: [createTier(sheet, -1), ...ascending.map((over) => createTier(sheet, over))],
    has: {
      input: sheet.input !== undefined,
      output: sheet.output !== undefined,
      audio: sheet.audio_minute !== undefined,
    },
  };
}

function createTier(sheet: RateSheet, over: number): Tier {
  const atto = leaves.map((names) => {
    const name = names.find((candidate) => sheet[candidate] !== undefined);
    return name === undefined ? 0n : rateAt(sheet[name], over);
  });
  const isPico = atto.every((rate) => rate % attoPerPico === 0n);
  const pico = isPico ? Float64Array.from(atto, (rate) => Number(rate / attoPerPico)) : undefined;
  return { over, atto, pico, audioMinute: rateAt(sheet.audio_minute, over) };
}

function rateAt(rate: Rate | undefined, over: number): AttoUsd {
  if (rate === undefined) return 0n;
  let found = rate.base;
  for (const tier of rate.above) if (tier.over <= over) found = tier.rate;
  return found;
}

/** Counts by leaf of the call that is being priced; one array, because a span must not allocate. */
const counts = new Float64Array(leaves.length);

/**
 * Prices a canonical usage: every token once, at the rate of the most specific kind it is known to be. Exact: whole
 * pico-USD in doubles as long as they stay below 2^53 (USD 9007), else atto-USD in bigints; only the results are rounded.
 */
export function priceUsage(card: RateCard, usage: Usage, parts: CostParts): void {
  divide(usage);
  const tier = tierFor(card, usage.input ?? 0);
  const audioMs = Math.round((usage.audioSeconds ?? 0) * 1000);
  const hasAudio = audioMs > 0 && tier.audioMinute > 0n;
  if (hasAudio || tier.pico === undefined || !addPico(tier.pico, parts)) {
    addAtto(tier, audioMs, parts);
  }
}

function tierFor(card: RateCard, input: number): Tier {
  let found = card.tiers[0];
  for (const tier of card.tiers) if (input > tier.over) found = tier;
  return found;
}

function divide(usage: Usage): void {
  const input = usage.input ?? 0;
  const cacheRead = Math.min(usage.cacheRead ?? 0, input);
  const cacheWrite = Math.min(usage.cacheWrite ?? 0, input - cacheRead);
  const write1h = Math.min(usage.cacheWrite1h ?? 0, cacheWrite);
  const write5m = Math.min(usage.cacheWrite5m ?? 0, cacheWrite - write1h);
  let plain = input - cacheRead - cacheWrite;
  plain -= counts[1] = Math.min(usage.inputAudio ?? 0, plain);
  plain -= counts[2] = Math.min(usage.inputImage ?? 0, plain);
  counts[0] = plain;
  counts[3] = cacheRead;
  counts[4] = cacheWrite - write1h - write5m;
  counts[5] = write5m;
  counts[6] = write1h;
  plain = usage.output ?? 0;
  plain -= counts[8] = Math.min(usage.outputAudio ?? 0, plain);
  plain -= counts[9] = Math.min(usage.outputImage ?? 0, plain);
  plain -= counts[10] = Math.min(usage.reasoning ?? 0, plain);
  counts[7] = plain;
  counts[11] = usage.webSearches ?? 0;
  counts[12] = 1;
}

/** Sums in doubles; false where that was not exact. A sum below 2^53 had no part and no product above it. */
function addPico(rates: Float64Array, parts: CostParts): boolean {
  const input = sumPico(rates, 0, cacheReadAt);
  const cacheRead = sumPico(rates, cacheReadAt, cacheWriteAt);
  const cacheWrite = sumPico(rates, cacheWriteAt, outputAt);
  const output = sumPico(rates, outputAt, rates.length);
  const total = input + cacheRead + cacheWrite + output;
  if (total > Number.MAX_SAFE_INTEGER) return false;
  parts.total = picoToUsd(total);
  parts.input = picoToUsd(input);
  parts.output = picoToUsd(output);
  parts.cacheRead = picoToUsd(cacheRead);
  parts.cacheWrite = picoToUsd(cacheWrite);
  return true;
}

function sumPico(rates: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (counts[i] ?? 0) * (rates[i] ?? 0);
  return sum;
}

const msPerMinute = 60_000n;

function addAtto(tier: Tier, audioMs: number, parts: CostParts): void {
  const audio = (BigInt(audioMs) * tier.audioMinute) / msPerMinute;
  const input = sumAtto(tier.atto, 0, cacheReadAt) + audio;
  const cacheRead = sumAtto(tier.atto, cacheReadAt, cacheWriteAt);
  const cacheWrite = sumAtto(tier.atto, cacheWriteAt, outputAt);
  const output = sumAtto(tier.atto, outputAt, tier.atto.length);
  parts.total = attoToUsd(input + cacheRead + cacheWrite + output);
  parts.input = attoToUsd(input);
  parts.output = attoToUsd(output);
  parts.cacheRead = attoToUsd(cacheRead);
  parts.cacheWrite = attoToUsd(cacheWrite);
}

function sumAtto(rates: readonly AttoUsd[], from: number, to: number): AttoUsd {
  let sum = 0n;
  for (let i = from; i < to; i++) sum += BigInt(counts[i] ?? 0) * (rates[i] ?? 0n);
  return sum;
}
