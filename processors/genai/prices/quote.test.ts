import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calcPrice } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { createUsage, normaliseUsage, type Usage } from '../usage.ts';
import { attoToUsd, toAtto } from './money.ts';
import { loadBundledPrices } from './prepare-prices.ts';
import { createPriceBook } from './price-book.ts';
import { createQuote, createQuoter } from './quote.ts';
import { quoteJson } from './quote-json.ts';
import { createRateCard, priceUsage } from './rate-card.ts';
import { toRate } from './rates.ts';

const sources = loadBundledPrices();
const noUser = { provider_aliases: {}, model_aliases: [], prices: [] };
const quoter = createQuoter(createPriceBook(sources, noUser), undefined);
const at = Date.parse('2026-09-01T12:00:00Z');

interface Ask {
  readonly provider?: string | undefined;
  readonly model?: string;
  readonly asked?: string;
  readonly tier?: string;
  readonly atMs?: number;
}

function ask({ provider, model, asked, tier, atMs = at }: Ask, counts: Partial<Usage>) {
  const usage = { ...createUsage(), ...counts };
  normaliseUsage(usage, { input: 'inclusive' });
  const quote = createQuote();
  const call = { provider, responseModel: model, requestModel: asked, serviceTier: tier, usage };
  quoter.quote(call, atMs, '', quote);
  const { price, ...rest } = quote;
  return { ...rest, model: price?.model, source: price?.source, catalog: price?.catalog };
}

function cost(provider: string | undefined, model: string, counts: Partial<Usage>, atMs = at) {
  return ask({ provider, model, atMs }, counts);
}

test('decimal amounts survive the way through integers exactly', () => {
  for (const usd of [0, 0.1, 3.75, 0.003625, 0.000000000001, 1e-7, 12345.678901]) {
    assert.equal(attoToUsd(toAtto(usd)), usd);
  }
});

test('a cached call to gpt-4o-mini costs what the price list says by hand', () => {
  const result = cost('openai', 'gpt-4o-mini-2024-07-18', {
    input: 1013,
    cacheRead: 507,
    output: 211,
  });
  // 506 × $0.15/M + 507 × $0.075/M + 211 × $0.60/M
  assert.deepEqual(result, {
    status: 'priced',
    reason: '',
    total: 0.000240525,
    input: 0.0000759,
    output: 0.0001266,
    cacheRead: 0.000038025,
    cacheWrite: 0,
    model: 'openai/gpt-4o-mini',
    source: 'catalog',
    catalog: sources.id,
  });
});

test('five-minute and one-hour cache writes have their own prices', () => {
  const result = cost('anthropic', 'claude-sonnet-4-5-20250929', {
    input: 10_000,
    cacheRead: 5000,
    cacheWrite5m: 1000,
    cacheWrite1h: 2000,
    output: 400,
  });
  // 2000 × $3 + 5000 × $0.30 + 1000 × $3.75 + 2000 × $6 + 400 × $15, each per million
  assert.equal(result.total, 0.02925);
  assert.equal(result.cacheWrite, 0.01575);
});

test('a tier is picked by the whole input and holds for the whole call', () => {
  const below = cost('gcp.gemini', 'gemini-2.5-pro', { input: 200_000, output: 1000 });
  const above = cost('gcp.gemini', 'gemini-2.5-pro', { input: 200_001, output: 1000 });
  assert.equal(below.total, 0.26);
  assert.equal(above.total, 0.5150025);
});

test('the price is that of the day of the call', () => {
  const usage = { input: 1_000_000, output: 0 };
  const before = cost('openai', 'gpt-5.6-sol', usage, Date.parse('2026-08-20T23:59:59Z'));
  const after = cost('openai', 'gpt-5.6-sol', usage, Date.parse('2026-08-21T00:00:00Z'));
  assert.ok(before.total > after.total);
});

test('the time of day counts where the provider has peak hours', () => {
  const usage = { input: 1_000_000, output: 0 };
  const peak = cost('deepseek', 'deepseek-v4-pro', usage, Date.parse('2026-09-01T02:00:00Z'));
  const night = cost('deepseek', 'deepseek-v4-pro', usage, Date.parse('2026-09-01T22:00:00Z'));
  assert.deepEqual([peak.total, night.total], [1.32, 0.66]);
});

test('what has no price gives a reason and no number', () => {
  const reasonOf = (result: ReturnType<typeof cost>) => result.reason;
  const usage = { input: 10, output: 10 };
  assert.equal(reasonOf(cost('openai', 'gpt-99', usage)), 'unknown_model');
  assert.equal(reasonOf(cost('openai', 'gpt-5.9', usage)), 'unknown_model');
  assert.equal(reasonOf(cost('ollama', 'llama3', usage)), 'unknown_provider');
  assert.equal(reasonOf(cost('openai', '', usage)), 'no_model');
  assert.equal(reasonOf(cost('openai', 'gpt-4o', {})), 'no_usage');
  assert.equal(reasonOf(cost('openai', 'gpt-4o', { input: 0, output: 0 })), 'no_usage');
  assert.equal(
    reasonOf(cost('anthropic', 'claude-sonnet-4-5', { input: 0, output: 9 })),
    'bad_usage',
  );
  assert.equal(
    reasonOf(ask({ provider: 'openai', model: 'gpt-3.5-turbo', tier: 'flex' }, usage)),
    'unknown_tier',
  );
  assert.equal(
    reasonOf(ask({ provider: 'openai', model: 'gpt-4o', tier: 'platinum' }, usage)),
    'unknown_tier',
  );
  assert.equal(reasonOf(cost('mistral_ai', 'mistral-ocr-2503', usage)), 'no_rate');
});

test('the answering model is priced before the requested one, which is there for names nobody knows', () => {
  const usage = { input: 1000 };
  const answered = ask({ provider: 'openai', model: 'gpt-4o-mini', asked: 'gpt-4o' }, usage);
  assert.equal(answered.model, 'openai/gpt-4o-mini');
  const deployment = ask({ provider: 'openai', model: 'my-deployment', asked: 'gpt-4o' }, usage);
  assert.equal(deployment.model, 'openai/gpt-4o');
});

test('a fine-tune that nobody lists is not priced as the model that was asked for', () => {
  const usage = { input: 1000 };
  for (const model of ['ft:gpt-4.1-2025-04-14:acme::x', 'gpt-4.1-2025-04-14.ft-0e208cf3']) {
    assert.equal(
      ask({ provider: 'openai', model, asked: 'gpt-4.1' }, usage).reason,
      'unknown_model',
    );
  }
});

test('Bedrock’s name of a model says which price it has, whatever the answer and the SDK call it', () => {
  const usage = { input: 100_000 };
  const model = 'claude-sonnet-4-5-20250929';
  const usd = (provider: string, asked: string, answered?: string) =>
    ask({ provider, ...(answered !== undefined && { model: answered }), asked }, usage).total;
  for (const provider of ['aws.bedrock', 'anthropic']) {
    assert.equal(usd(provider, `eu.anthropic.${model}-v1:0`, model), 0.33, provider);
    assert.equal(usd(provider, `global.anthropic.${model}-v1:0`, model), 0.3, provider);
    assert.equal(usd(provider, `eu.anthropic.${model}-v1:0`), 0.33, provider);
  }
  // What answered is another model than what was asked for.
  assert.equal(usd('anthropic', 'claude-opus-4-5', model), 0.3);
});

const spellings: readonly (readonly [string | undefined, string, string])[] = [
  ['gcp.gemini', 'models/gemini-2.5-pro', 'google/gemini-2.5-pro'],
  ['gcp.vertex_ai', 'publishers/google/models/gemini-2.5-pro', 'google/gemini-2.5-pro'],
  ['openai', 'openai/gpt-4o', 'openai/gpt-4o'],
  [undefined, 'openai/gpt-4o', 'openai/gpt-4o'],
  [undefined, 'claude-sonnet-4-5', 'anthropic/claude-sonnet-4-5'],
  ['azure.ai.openai', 'gpt-4o-2024-08-06', 'azure/gpt-4o'],
  ['openai', 'gpt-4o-2099-01-01', 'openai/gpt-4o'],
  ['openai', 'openai/gpt-4o-2099-01-01', 'openai/gpt-4o'],
  [undefined, 'openai/gpt-4o-2099-01-01', 'openai/gpt-4o'],
];

test('names are found behind paths, prefixes and unknown dates', () => {
  for (const [provider, model, card] of spellings) {
    const result = cost(provider, model, { input: 1000 });
    assert.equal(result.model, card, model);
  }
});

test('regional and plain Bedrock names are both tried, the exact one first', () => {
  const arn =
    'arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0';
  assert.equal(cost('aws.bedrock', arn, { input: 10 }).status, 'priced');
});

test('a model that was made of another is not priced as that other', () => {
  const made = (resource: string) =>
    cost('aws.bedrock', `arn:aws:bedrock:us-east-1:1:${resource}`, { input: 10 }).reason;
  assert.equal(
    made('custom-model/anthropic.claude-3-haiku-20240307-v1:0:200k/abc'),
    'unknown_model',
  );
  assert.equal(made('custom-model/amazon.titan-text-express-v1:0:8k/abc'), 'unknown_model');
  const tuned = ['openai/ft:gpt-4.1-2025-04-14:acme::x', 'openai/ft:gpt-4.1:acme::x-2099-01-01'];
  for (const model of tuned)
    assert.equal(cost('openai', model, { input: 10 }).reason, 'unknown_model');
});

const listed = ['gpt-4o', 'gpt-5', 'claude-sonnet-4-5', 'gemini-2.5-pro', 'gemini-2.5-flash'];

test('every cost agrees with the catalogue library, within what its floats allow', () => {
  const counts = fc.record({
    model: fc.constantFrom(...listed),
    plain: fc.nat(300_000),
    read: fc.nat(100_000),
    write: fc.nat(100_000),
    output: fc.nat(100_000),
    searches: fc.nat(5),
  });
  fc.assert(
    fc.property(counts, ({ model, plain, read, write, output, searches }) => {
      fc.pre(plain > 0);
      const input = plain + read + write;
      const oracle = calcPrice(
        {
          input_tokens: input,
          cache_read_tokens: read,
          cache_write_tokens: write,
          output_tokens: output,
          web_searches: searches,
        },
        model,
        { timestamp: new Date(at) },
      );
      const result = cost(undefined, model, {
        input,
        cacheRead: read,
        cacheWrite: write,
        output,
        webSearches: searches,
      });
      assert.ok(oracle !== null);
      assert.ok(Math.abs(result.total - oracle.total_price) <= 1e-12 * Math.max(1, result.total));
    }),
  );
});

test('on one tier the cost of two usages together is the sum of their costs, exactly', () => {
  const card = createRateCard({
    input: toRate('input', 0.15, '1M', ''),
    cache_read: toRate('cache_read', 0.075, '1M', ''),
    output: toRate('output', 0.6, '1M', ''),
  });
  const picoUsd = (counts: Partial<Usage>): bigint => {
    const quote = createQuote();
    priceUsage(card, { ...createUsage(), ...counts }, quote);
    return BigInt(Math.round(quote.total * 1e12));
  };
  const usages = fc.record({ input: fc.nat(1e7), output: fc.nat(1e7) });
  fc.assert(
    fc.property(usages, usages, (a, b) => {
      const both = { input: a.input + b.input, output: a.output + b.output };
      assert.equal(picoUsd(a) + picoUsd(b), picoUsd(both));
    }),
  );
});

test('no provider, model or usage makes a quote throw or cost less than nothing', () => {
  const count = fc.option(fc.oneof(fc.nat(), fc.double()), { nil: undefined });
  const usage = fc.record({ input_tokens: count, output_tokens: count, cache_read_tokens: count });
  const names = fc.oneof(fc.string(), fc.constantFrom('gpt-4o', '__proto__', 'a/b/c', 'arn:/'));
  fc.assert(
    fc.property(names, names, usage, fc.anything(), (provider, model, counts, at) => {
      const result = quoteJson(quoter, { provider, model, usage: counts, at }, 0);
      assert.ok(result.cost === undefined || (result.cost >= 0 && Number.isFinite(result.cost)));
      assert.equal(result.cost === undefined, result.reason !== undefined);
    }),
  );
});

test('the JSON form takes and gives the names of the contract', () => {
  const result = quoteJson(
    quoter,
    {
      provider: 'openai',
      model: 'gpt-4o-mini',
      at: '2026-09-01T00:00:00Z',
      usage: { input_tokens: 1013, cache_read_tokens: 507, output_tokens: 211 },
    },
    0,
  );
  assert.deepEqual(result.parts, {
    input: 0.0000759,
    output: 0.0001266,
    cache_read: 0.000038025,
    cache_write: 0,
  });
  const wrong = {
    provider: 'openai',
    model: 'gpt-4o',
    usage: { input_tokens: 5, cache_read_tokens: 9 },
  };
  assert.equal(quoteJson(quoter, wrong, 0).reason, 'bad_usage');
});

test('seconds of audio that are none are a bad usage, not one without audio', () => {
  for (const seconds of [-5, 'a minute', Number.NaN]) {
    const usage = { input_tokens: 5, audio_seconds: seconds };
    const asked = { provider: 'openai', model: 'gpt-4o', usage };
    assert.equal(quoteJson(quoter, asked, 0).reason, 'bad_usage', String(seconds));
  }
});
