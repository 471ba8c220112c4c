import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calcPrice } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { createUsage, normaliseUsage, type Usage } from '../usage.ts';
import { createCatalogue } from './catalogue.ts';
import { modelNames } from './model-names.ts';
import { quote } from './quote.ts';
import { quoteJson } from './quote-json.ts';
import { createRateCard, priceUsage, toAtto, toUsd } from './rate-card.ts';

const catalogue = createCatalogue('test');
const at = Date.parse('2026-09-01T12:00:00Z');

function cost(provider: string | undefined, model: string, counts: Partial<Usage>, atMs = at) {
  const usage = { ...createUsage(), ...counts };
  normaliseUsage(usage, { input: 'inclusive' });
  return quote(catalogue, { provider, models: [model], atMs, tier: undefined, usage });
}

test('decimal amounts survive the way through integers exactly', () => {
  for (const usd of [0, 0.1, 3.75, 0.003625, 0.000000000001, 1e-7, 12345.678901]) {
    assert.equal(toUsd(toAtto(usd)), usd);
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
    cost: 0.000240525,
    parts: { input: 0.0000759, output: 0.0001266, cacheRead: 0.000038025, cacheWrite: 0 },
    model: 'openai/gpt-4o-mini',
    source: 'catalog',
    catalog: 'test',
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
  assert.ok(result.status === 'priced');
  // 2000 × $3 + 5000 × $0.30 + 1000 × $3.75 + 2000 × $6 + 400 × $15, each per million
  assert.equal(result.cost, 0.02925);
  assert.equal(result.parts.cacheWrite, 0.01575);
});

test('a tier is picked by the whole input and holds for the whole call', () => {
  const below = cost('gcp.gemini', 'gemini-2.5-pro', { input: 200_000, output: 1000 });
  const above = cost('gcp.gemini', 'gemini-2.5-pro', { input: 200_001, output: 1000 });
  assert.ok(below.status === 'priced' && above.status === 'priced');
  assert.equal(below.cost, 0.26);
  assert.equal(above.cost, 0.5150025);
});

test('the price is that of the day of the call', () => {
  const usage = { input: 1_000_000, output: 0 };
  const before = cost('openai', 'gpt-5.6-sol', usage, Date.parse('2026-08-20T23:59:59Z'));
  const after = cost('openai', 'gpt-5.6-sol', usage, Date.parse('2026-08-21T00:00:00Z'));
  assert.ok(before.status === 'priced' && after.status === 'priced');
  assert.ok(before.cost > after.cost);
});

test('the time of day counts where the provider has peak hours', () => {
  const usage = { input: 1_000_000, output: 0 };
  const peak = cost('deepseek', 'deepseek-v4-pro', usage, Date.parse('2026-09-01T02:00:00Z'));
  const night = cost('deepseek', 'deepseek-v4-pro', usage, Date.parse('2026-09-01T22:00:00Z'));
  assert.ok(peak.status === 'priced' && night.status === 'priced');
  assert.deepEqual([peak.cost, night.cost], [1.32, 0.66]);
});

test('what has no price gives a reason and no number', () => {
  const reasonOf = (result: ReturnType<typeof cost>) => 'reason' in result && result.reason;
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
  const flex = quote(catalogue, {
    provider: 'openai',
    models: ['gpt-5'],
    atMs: at,
    tier: 'flex',
    usage: { ...createUsage(), ...usage },
  });
  assert.equal(reasonOf(flex), 'unknown_tier');
});

test('the answering model is priced before the requested one', () => {
  const result = quote(catalogue, {
    provider: 'openai',
    models: ['gpt-4o-mini', 'gpt-4o'],
    atMs: at,
    tier: 'default',
    usage: { ...createUsage(), input: 1000 },
  });
  assert.equal(result.status === 'priced' && result.model, 'openai/gpt-4o-mini');
  const deployment = quote(catalogue, {
    provider: 'openai',
    models: ['my-deployment', 'gpt-4o'],
    atMs: at,
    tier: 'default',
    usage: { ...createUsage(), input: 1000 },
  });
  assert.equal(deployment.status === 'priced' && deployment.model, 'openai/gpt-4o');
});

const spellings: readonly (readonly [string | undefined, string, string])[] = [
  ['gcp.gemini', 'models/gemini-2.5-pro', 'google/gemini-2.5-pro'],
  ['gcp.vertex_ai', 'publishers/google/models/gemini-2.5-pro', 'google/gemini-2.5-pro'],
  ['openai', 'openai/gpt-4o', 'openai/gpt-4o'],
  [undefined, 'openai/gpt-4o', 'openai/gpt-4o'],
  [undefined, 'claude-sonnet-4-5', 'anthropic/claude-sonnet-4-5'],
  ['azure.ai.openai', 'gpt-4o-2024-08-06', 'azure/gpt-4o'],
  ['openai', 'gpt-4o-2099-01-01', 'openai/gpt-4o'],
];

test('names are found behind paths, prefixes and unknown dates', () => {
  for (const [provider, model, card] of spellings) {
    const result = cost(provider, model, { input: 1000 });
    assert.equal(result.status === 'priced' && result.model, card, model);
  }
});

test('regional and plain Bedrock names are both tried, the exact one first', () => {
  const names = modelNames('aws.bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0');
  assert.equal(names[0]?.model, 'us.anthropic.claude-sonnet-4-5-20250929-v1:0');
  assert.ok(names.some((name) => name.model === 'anthropic.claude-sonnet-4-5-20250929-v1:0'));
  const arn =
    'arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0';
  assert.equal(cost('aws.bedrock', arn, { input: 10 }).status, 'priced');
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
      assert.ok(oracle !== null && result.status === 'priced');
      assert.ok(Math.abs(result.cost - oracle.total_price) <= 1e-12 * Math.max(1, result.cost));
    }),
  );
});

test('on one tier the cost of two usages together is the sum of their costs, exactly', () => {
  const card = createRateCard({ input_mtok: 0.15, cache_read_mtok: 0.075, output_mtok: 0.6 });
  const total = (counts: Partial<Usage>): bigint => {
    const parts = { input: 0n, output: 0n, cacheRead: 0n, cacheWrite: 0n };
    priceUsage(card, { ...createUsage(), ...counts }, parts);
    return parts.input + parts.output + parts.cacheRead + parts.cacheWrite;
  };
  const usages = fc.record({ input: fc.nat(1e9), output: fc.nat(1e9) });
  fc.assert(
    fc.property(usages, usages, (a, b) => {
      const both = { input: a.input + b.input, output: a.output + b.output };
      assert.equal(total(a) + total(b), total(both));
    }),
  );
});

test('no provider, model or usage makes a quote throw or cost less than nothing', () => {
  const count = fc.option(fc.oneof(fc.nat(), fc.double()), { nil: undefined });
  const usage = fc.record({ input_tokens: count, output_tokens: count, cache_read_tokens: count });
  const names = fc.oneof(fc.string(), fc.constantFrom('gpt-4o', '__proto__', 'a/b/c', 'arn:/'));
  fc.assert(
    fc.property(names, names, usage, fc.anything(), (provider, model, counts, at) => {
      const result = quoteJson(catalogue, { provider, model, usage: counts, at }, 0);
      assert.ok(result.cost === undefined || (result.cost >= 0 && Number.isFinite(result.cost)));
      assert.equal(result.cost === undefined, result.reason !== undefined);
    }),
  );
});

test('the JSON form takes and gives the names of the contract', () => {
  const result = quoteJson(
    catalogue,
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
  assert.equal(quoteJson(catalogue, wrong, 0).reason, 'bad_usage');
});
