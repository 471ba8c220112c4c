import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUsage, type Usage } from '../usage.ts';
import { createPriceBook } from './price-book.ts';
import { loadBundledPrices } from './prepare-prices.ts';
import { createQuote, createQuoter } from './quote.ts';

const sources = loadBundledPrices();
const noUser = { provider_aliases: {}, model_aliases: [], prices: [] };
const book = createPriceBook(sources, noUser);
const quoter = createQuoter(book, undefined);

function usd(
  [provider, model, tier]: readonly [string | undefined, string, string?],
  counts: Partial<Usage>,
  at = '2026-11-01T12:00:00Z',
): number | string {
  const quote = createQuote();
  const usage = { ...createUsage(), ...counts };
  const call = { provider, responseModel: model, requestModel: undefined, usage };
  quoter.quote({ ...call, serviceTier: tier }, Date.parse(at), '', quote);
  return quote.price === undefined ? quote.reason : quote.total;
}

test('every entry speaks of a model that the catalogue or the entry itself has a price for', () => {
  for (const { match, ...rule } of sources.overlay.prices) {
    const model = (match.model ?? '').replace(/\*/g, '');
    if (rule.input === 0 || model === '' || match.model?.includes('*') === true) continue;
    const price = book
      .find(match.provider, model, '')
      .at(Date.now(), match.service_tier ?? 'standard');
    assert.equal(typeof price, 'object', `${match.provider ?? ''}/${model}`);
  }
});

test('the day of the bundled catalogue is that of the version that is installed', () => {
  // Whoever takes a newer version looks up its day, and goes through the overlay.
  assert.equal(sources.id, 'genai-prices@0.1.8');
  assert.equal(sources.overlay.released, '2026-09-23');
});

const counts = { input: 1_000_000, cacheRead: 400_000, output: 100_000 };

test('OpenAI calls are priced by the tier that served them', () => {
  // Standard: 600k × $1.25 + 400k × $0.125 + 100k × $10, per million
  assert.equal(usd(['openai', 'gpt-5'], counts), 1.8);
  assert.equal(usd(['openai', 'gpt-5', 'default'], counts), 1.8);
  // Flex: 600k × $0.625 + 400k × $0.0625 + 100k × $5
  assert.equal(usd(['openai', 'gpt-5-2025-08-07', 'flex'], counts), 0.9);
  // Priority, since 2026-07-30 also called fast: 600k × $2.50 + 400k × $0.25 + 100k × $20
  assert.equal(usd(['openai', 'gpt-5', 'priority'], counts), 3.6);
  assert.equal(usd(['openai', 'gpt-5', 'fast'], counts), 3.6);
  // gpt-4o in a batch has no price of its own for cached tokens: 1M × $1.25 + 100k × $5
  assert.equal(usd(['openai', 'gpt-4o', 'batch'], counts), 1.75);
  // gpt-5-mini's priority is 1.8 times its list price, not 2: 600k × $0.45 + 400k × $0.045 + 100k × $3.60
  assert.equal(usd(['openai', 'gpt-5-mini', 'priority'], counts), 0.648);
  // gpt-5.4 flex rounds the cached price up to $0.13: 100k × $1.25 + 100k × $0.13 + 10k × $7.50
  const short = { input: 200_000, cacheRead: 100_000, output: 10_000 };
  assert.equal(usd(['openai', 'gpt-5.4', 'flex'], short), 0.213);
  assert.equal(usd(['openai', 'gpt-5-nano', 'priority'], counts), 'unknown_tier');
  assert.equal(usd(['openai', 'gpt-5', 'scale'], counts), 'unknown_tier');
});

test('a dated model with a price of its own has its own on every tier', () => {
  // 1M × $2.50 + 100k × $7.50, and 1M × $8.75 + 100k × $26.25, per million
  assert.equal(usd(['openai', 'gpt-4o-2024-05-13', 'batch'], counts), 3.25);
  assert.equal(usd(['openai', 'gpt-4o-2024-05-13', 'priority'], counts), 11.375);
});

test('fast mode is OpenAI’s priority and a price of its own at Anthropic, whoever is named', () => {
  assert.equal(usd(['openai', 'gpt-5', 'Fast'], counts), 3.6);
  assert.equal(usd(['azure.ai.openai', 'gpt-5', 'fast'], counts), 'unknown_tier');
  const short = { input: 1000, output: 100 };
  // Six times 1000 × $5 + 100 × $25, per million
  assert.equal(usd([undefined, 'claude-opus-4-6', 'fast'], short), 0.045);
  assert.equal(usd([undefined, 'anthropic/claude-opus-4-6', 'FAST'], short), 0.045);
});

test('flex halves and fast doubles every price of the newest of OpenAI’s models, for long inputs too', () => {
  const small = { input: 100_000, cacheRead: 40_000, output: 10_000 };
  // Half of and twice 60k × $4 + 40k × $0.40 + 10k × $20, per million
  assert.equal(usd(['openai', 'gpt-5.6-sol', 'flex'], small), 0.228);
  assert.equal(usd(['openai', 'gpt-5.6', 'fast'], small), 0.912);
  // Half of and twice 600k × $4 + 400k × $0.40 + 100k × $18, per million
  assert.equal(usd(['openai', 'gpt-5.6-terra', 'flex'], counts), 2.18);
  assert.equal(usd(['openai', 'gpt-5.6-terra', 'priority'], counts), 8.72);
  assert.equal(usd(['openai', 'gpt-6-sol', 'flex'], small), 0.114);
});

test('words of Google’s for a tier are understood', () => {
  const standard = usd(['gcp.gemini', 'gemini-2.5-flash'], counts);
  for (const word of ['ON_DEMAND', 'SERVICE_TIER_STANDARD', 'TRAFFIC_TYPE_UNSPECIFIED']) {
    assert.equal(usd(['gcp.gemini', 'gemini-2.5-flash', word], counts), standard, word);
  }
  const flex = usd(['gcp.gemini', 'gemini-2.5-flash', 'flex'], counts);
  for (const word of ['SERVICE_TIER_FLEX', 'ON_DEMAND_FLEX', ' flex ']) {
    assert.equal(usd(['gcp.gemini', 'gemini-2.5-flash', word], counts), flex, word);
  }
  const bought = usd(['gcp.vertex_ai', 'gemini-2.5-flash', 'PROVISIONED_THROUGHPUT'], counts);
  assert.equal(bought, 'unknown_tier');
});

test('names that stand for another model than in the catalogue cost what that one does', () => {
  const dated = (at: string) => usd(['mistral_ai', 'mistral-large-latest'], { input: 1e6 }, at);
  assert.equal(dated('2025-12-01T23:59:59Z'), 2);
  assert.equal(dated('2025-12-02T00:00:00Z'), 0.5);
  assert.equal(usd(['mistral_ai', 'mistral-large-2411'], { input: 1e6 }), 2);
  assert.equal(usd(['aws.bedrock', 'amazon.titan-embed-text-v2:0'], { input: 1e6 }), 0.02);
  assert.equal(usd(['aws.bedrock', 'amazon.titan-embed-text-v1'], { input: 1e6 }), 0.1);
});

test('searches cost the same in every tier', () => {
  const searched = { input: 1000, webSearches: 2 };
  // 1000 × $0.625 per million, and 2 × $0.01
  assert.equal(usd(['openai', 'gpt-5', 'flex'], searched), 0.020625);
});

test('audio tokens of the audio previews cost what they cost', () => {
  // 100 × $2.50 + 900 × $40 + 50 × $10 + 100 × $80, per million; as text it would be $0.004
  const audio = { input: 1000, inputAudio: 900, output: 150, outputAudio: 100 };
  assert.equal(usd(['openai', 'gpt-4o-audio-preview-2024-12-17'], audio), 0.04475);
});

test('a batch of Anthropic’s costs half, caches included, and fast mode its multiple', () => {
  const usage = {
    input: 10_000,
    cacheRead: 5000,
    cacheWrite: 3000,
    cacheWrite1h: 2000,
    output: 400,
  };
  // 2000 × $3 + 5000 × $0.30 + 1000 × $3.75 + 2000 × $6 + 400 × $15, per million: $0.02925
  assert.equal(usd(['anthropic', 'claude-sonnet-4-5'], usage), 0.02925);
  assert.equal(usd(['anthropic', 'claude-sonnet-4-5', 'batch'], usage), 0.014625);
  // Six times 1000 × $5 + 100 × $25, per million
  const short = { input: 1000, output: 100 };
  assert.equal(usd(['anthropic', 'claude-opus-4-6', 'fast'], short), 0.045);
  assert.equal(usd(['anthropic', 'claude-sonnet-4-5', 'fast'], short), 'unknown_tier');
  // Capacity that was bought ahead has no price per token.
  assert.equal(usd(['anthropic', 'claude-sonnet-4-5', 'priority'], short), 'unknown_tier');
});

test('an hour of Bedrock’s cache costs twice the input', () => {
  const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
  // 1000 × $6.60 per million, regional; global 1000 × $6
  const usage = { input: 1000, cacheWrite: 1000, cacheWrite1h: 1000 };
  assert.equal(usd(['aws.bedrock', model], usage), 0.0066);
  assert.equal(usd(['aws.bedrock', model.replace('us.', 'global.')], usage), 0.006);
});

test('a batch of Gemini’s costs half, but for cached tokens', () => {
  // 600k × $0.15 + 400k × $0.03 + 100k × $1.25, per million
  assert.equal(usd(['gcp.gemini', 'gemini-2.5-flash', 'batch'], counts), 0.227);
  // Flex: half of 600k × $0.30 + 400k × $0.03 + 100k × $2.50
  assert.equal(usd(['gcp.gemini', 'gemini-2.5-flash', 'flex'], counts), 0.221);
});

test('DeepSeek’s old names cost what was listed on the day', () => {
  const dated = (at: string) => usd(['deepseek', 'deepseek-chat'], { input: 1_000_000 }, at);
  assert.equal(dated('2025-09-05T15:59:59Z'), 0.27);
  assert.equal(dated('2025-09-05T16:00:00Z'), 0.56);
  assert.equal(dated('2025-09-29T00:00:00Z'), 0.28);
  assert.equal(dated('2026-04-24T00:00:00Z'), 0.14);
});

test('OpenRouter’s free variants are free, whatever the model behind them costs', () => {
  assert.equal(usd(['openrouter', 'deepseek/deepseek-r1:free'], counts), 0);
  assert.equal(usd(['openrouter', 'nobody/knows:free'], counts), 0);
});

test('Groq’s flex tier costs what on-demand does', () => {
  const model = 'llama-3.3-70b-versatile';
  assert.equal(usd(['groq', model, 'flex'], counts), usd(['groq', model, 'on_demand'], counts));
  assert.equal(usd(['groq', model, 'performance'], counts), 'unknown_tier');
});
