import { toProvider } from '../provider.ts';
import { createUsage, normaliseUsage, toCount, toQuantity, type Usage } from '../usage.ts';
import { toObject } from '../usage-object.ts';
import { createQuote, type Quoter } from './quote.ts';
import { parseUtcTime } from './utc-time.ts';

/** Names of canonical counts in JSON, as `weir prices quote` takes them. */
const countNames: readonly (readonly [keyof Usage, string])[] = [
  ['input', 'input_tokens'],
  ['output', 'output_tokens'],
  ['cacheRead', 'cache_read_tokens'],
  ['cacheWrite', 'cache_write_tokens'],
  ['cacheWrite5m', 'cache_write_5m_tokens'],
  ['cacheWrite1h', 'cache_write_1h_tokens'],
  ['reasoning', 'output_reasoning_tokens'],
  ['inputAudio', 'input_audio_tokens'],
  ['outputAudio', 'output_audio_tokens'],
  ['webSearches', 'web_searches'],
];

/** Keys that `quoteJson` reads: those of a request, and those of its `usage`. */
export const quoteKeys = {
  request: ['provider', 'model', 'at', 'tier', 'server', 'usage'],
  usage: [...countNames.map(([, name]) => name), 'audio_seconds'],
} as const;

/** Counts that must not be larger than the one they are part of. */
const subsets: readonly (readonly [keyof Usage, keyof Usage])[] = [
  ['cacheRead', 'input'],
  ['cacheWrite', 'input'],
  ['inputAudio', 'input'],
  ['reasoning', 'output'],
  ['outputAudio', 'output'],
];

/** The answer in JSON: a cost in USD with parts that sum to it, or a reason. */
export interface QuoteJson {
  readonly status: 'priced' | 'unpriced';
  readonly reason?: string;
  readonly cost?: number;
  readonly parts?: Readonly<Record<'input' | 'output' | 'cache_read' | 'cache_write', number>>;
  readonly model?: string;
  readonly source?: string;
  readonly catalog?: string;
}

/**
 * Prices `{provider, model, at?, tier?, usage}` with the processor's own arithmetic. `at` is an ISO time or milliseconds
 * since the epoch, by default `nowMs`; counts are canonical, that is inclusive. A part larger than its whole, or a negative
 * count, is `bad_usage`: here nobody's convention is guessed.
 */
export function quoteJson(quoter: Quoter, request: unknown, nowMs: number): QuoteJson {
  const fields = toObject(request) ?? {};
  const usage = readUsage(fields['usage']);
  if (usage === undefined) return { status: 'unpriced', reason: 'bad_usage' };
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' ? value : undefined;
  const provider = text(fields['provider']);
  const call = {
    provider: provider === undefined ? undefined : toProvider(provider),
    responseModel: text(fields['model']),
    requestModel: undefined,
    serviceTier: text(fields['tier']),
    usage,
  };
  const quote = createQuote();
  quoter.quote(call, toTime(fields['at']) ?? nowMs, text(fields['server']) ?? '', quote);
  const { price } = quote;
  if (price === undefined) return { status: 'unpriced', reason: quote.reason };
  const { input, output, cacheRead, cacheWrite } = quote;
  return {
    status: 'priced',
    cost: quote.total,
    parts: { input, output, cache_read: cacheRead, cache_write: cacheWrite },
    model: price.model,
    source: price.source,
    catalog: price.catalog,
  };
}

function readUsage(value: unknown): Usage | undefined {
  const counts = toObject(value) ?? {};
  const usage = createUsage();
  for (const [field, name] of countNames) {
    const given = counts[name] ?? undefined;
    usage[field] = toCount(given);
    if (given !== undefined && usage[field] === undefined) return undefined;
  }
  const seconds = counts['audio_seconds'] ?? undefined;
  usage.audioSeconds = toQuantity(seconds);
  if (seconds !== undefined && usage.audioSeconds === undefined) return undefined;
  if (subsets.some(([part, whole]) => (usage[part] ?? 0) > (usage[whole] ?? 0))) return undefined;
  return normaliseUsage(usage, undefined) === 'exclusive' ? undefined : usage;
}

function toTime(at: unknown): number | undefined {
  const ms = typeof at === 'string' ? parseUtcTime(at) : at;
  return typeof ms === 'number' && Number.isFinite(ms) ? ms : undefined;
}
