import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { createUsage, type Usage } from '../usage.ts';
import { genaiSchema } from '../config.ts';
import { loadBundledPrices } from './prepare-prices.ts';
import { createPriceBook } from './price-book.ts';
import { createQuote, createQuoter, type PricedCall } from './quote.ts';

const sources = loadBundledPrices();
const million: Partial<Usage> = { input: 1_000_000, output: 1_000_000 };

interface Ask extends Partial<PricedCall> {
  readonly at?: string;
  readonly server?: string;
  readonly counts?: Partial<Usage>;
}

/** Prices calls with the processor's configuration as it is written in YAML. */
function pricer(yaml: string) {
  const config = genaiSchema.parse(parse(yaml));
  const fallback = config.unknown_model === 'fallback' ? config.fallback_model : undefined;
  const quoter = createQuoter(createPriceBook(sources, config), fallback);
  return ({ at = '2026-11-01T12:00:00Z', server = '', counts = million, ...call }: Ask) => {
    const quote = createQuote();
    const asked: PricedCall = {
      provider: undefined,
      responseModel: undefined,
      requestModel: undefined,
      serviceTier: undefined,
      usage: { ...createUsage(), ...counts },
      ...call,
    };
    quoter.quote(asked, Date.parse(at), server, quote);
    const { price } = quote;
    return price === undefined
      ? quote.reason
      : { usd: quote.total, model: price.model, source: price.source };
  };
}

/** What the only model of a pricer costs at a time. */
function usdAt(price: ReturnType<typeof pricer>, at: string): number | string {
  const found = price({ provider: 'acme', responseModel: 'm', at });
  return typeof found === 'string' ? found : found.usd;
}

test('a model of one’s own has the price that is written for it, and 0 is one', () => {
  const price = pricer(`
    prices:
      - match: { provider: vllm, model: llama-* }
        input: 0
        output: 0
      - match: { provider: vllm, model: '*' }
        unit: 1K
        input: 0.0001
        output: 0.0003
  `);
  const free = { usd: 0, model: 'vllm/Llama-3.1-8B', source: 'override' };
  assert.deepEqual(price({ provider: 'vllm', responseModel: 'Llama-3.1-8B' }), free);
  // 1M input at $0.0001 per 1K is $0.10, 1M output at $0.0003 per 1K is $0.30
  const other = { usd: 0.4, model: 'vllm/qwen3', source: 'override' };
  assert.deepEqual(price({ provider: 'vllm', responseModel: 'qwen3' }), other);
  assert.equal(price({ provider: 'ollama', responseModel: 'qwen3' }), 'unknown_provider');
});

test('a discount is taken off the listed price of every token, from its date on, and not off fees', () => {
  const price = pricer(`
    prices:
      - match: { provider: openai, model: gpt-4o }
        effective_from: 2026-10-01
        multiplier: 0.85
  `);
  const counts = { input: 1_000_000, cacheRead: 400_000, output: 100_000, webSearches: 1 };
  const call = { provider: 'openai', responseModel: 'gpt-4o-2024-08-06', counts };
  // 600k × $2.50 + 400k × $1.25 + 100k × $10, per million, and one search at $0.01
  const before = { usd: 3.01, model: 'openai/gpt-4o', source: 'catalog' };
  assert.deepEqual(price({ ...call, at: '2026-09-30T23:59:59.999Z' }), before);
  // 85 % of $3.00, and one search at $0.01
  const after = { usd: 2.56, model: 'openai/gpt-4o', source: 'override' };
  assert.deepEqual(price({ ...call, at: '2026-10-01T00:00:00Z' }), after);
});

test('of entries with the same match the one that took effect last holds, in whatever order they stand', () => {
  const price = pricer(`
    prices:
      - match: { model: m }
        input: 1
        output: 1
      - match: { model: m }
        effective_from: 2026-03-01
        effective_until: 2026-04-01
        input: 3
        output: 3
      - match: { model: m }
        effective_from: 2026-02-01
        input: 2
        output: 2
  `);
  assert.equal(usdAt(price, '2026-01-31T23:00:00Z'), 2);
  assert.equal(usdAt(price, '2026-02-01T00:00:00Z'), 4);
  assert.equal(usdAt(price, '2026-03-31T23:59:59Z'), 6);
  assert.equal(usdAt(price, '2026-04-01T00:00:00Z'), 4);
});

test('of entries with the same match that took effect together the first holds, as long as it does', () => {
  const price = pricer(`
    prices:
      - match: { model: m }
        effective_until: 2026-03-01
        input: 1
        output: 1
      - match: { model: m }
        input: 2
        output: 2
  `);
  assert.equal(usdAt(price, '2026-02-28T23:59:59Z'), 2);
  assert.equal(usdAt(price, '2026-03-01T00:00:00Z'), 4);
});

test('an entry that ends before it begins is refused', () => {
  const from = 'effective_from: 2026-10-01';
  assert.throws(
    () =>
      pricer(
        `prices: [{ match: { model: m }, multiplier: 0.5, ${from}, effective_until: 2026-09-01 }]`,
      ),
    /it would never hold/,
  );
});

test('a price for a model is not that of a dated one that has a list price of its own', () => {
  const price = pricer(`
    prices:
      - match: { provider: openai, model: gpt-4o }
        multiplier: 0.5
  `);
  const usd = (responseModel: string) => {
    const found = price({ provider: 'openai', responseModel });
    return typeof found === 'string' ? found : found.usd;
  };
  // ($2.50 + $10) / 2, for a date that the catalogue has the same price for and one that it does not know
  assert.deepEqual([usd('gpt-4o-2024-08-06'), usd('gpt-4o-2099-01-01')], [6.25, 6.25]);
  // $5 + $15
  assert.equal(usd('gpt-4o-2024-05-13'), 20);
});

test('a price for a tier holds under either of its two words, of which OpenAI takes both', () => {
  for (const word of ['fast', 'priority']) {
    const price = pricer(`
      prices:
        - match: { provider: openai, model: gpt-5, service_tier: ${word} }
          input: 2
          output: 16
    `);
    for (const serviceTier of ['fast', 'Fast', 'priority', 'PRIORITY']) {
      const found = price({ provider: 'openai', responseModel: 'gpt-5', serviceTier });
      assert.deepEqual(found, { usd: 18, model: 'openai/gpt-5', source: 'override' });
    }
  }
});

test('an entry that names the service tier goes before one that does not', () => {
  const price = pricer(`
    prices:
      - match: { provider: openai, model: gpt-5 }
        input: 1
        output: 8
      - match: { provider: openai, model: gpt-5, service_tier: flex }
        input: 0.5
        output: 4
  `);
  const usd = (serviceTier: string | undefined) => {
    const found = price({ provider: 'openai', responseModel: 'gpt-5', serviceTier });
    return typeof found === 'string' ? found : found.usd;
  };
  assert.deepEqual([usd(undefined), usd('default'), usd('flex')], [9, 9, 4.5]);
});

test('a factor may make a tier out of the list price that has none', () => {
  const price = pricer(`
    prices:
      - match: { provider: openai, model: gpt-3.5-turbo, service_tier: priority }
        multiplier: 2
  `);
  const call = { provider: 'openai', responseModel: 'gpt-3.5-turbo' };
  // ($0.50 + $1.50) × 2
  const doubled = { usd: 4, model: 'openai/gpt-3.5-turbo', source: 'override' };
  assert.deepEqual(price({ ...call, serviceTier: 'priority' }), doubled);
  assert.equal(price({ ...call, serviceTier: 'flex' }), 'unknown_tier');
});

test('prices may change with the size of the input, and be multiples of others', () => {
  const price = pricer(`
    prices:
      - match: { provider: anthropic, model: claude-x }
        input: { base: 3, above: { 200000: 6 } }
        output: { base: 15, above: { 200000: 22.5 } }
        cache_write_1h: { times: 2, of: input }
  `);
  const usd = (counts: Partial<Usage>) => {
    const found = price({ provider: 'anthropic', responseModel: 'claude-x', counts });
    return typeof found === 'string' ? found : found.usd;
  };
  assert.equal(usd({ input: 200_000 }), 0.6);
  assert.equal(usd({ input: 200_001 }), 1.200006);
  // 100k × $6 and 100k × $3, per million
  assert.equal(usd({ input: 200_000, cacheWrite: 100_000, cacheWrite1h: 100_000 }), 0.9);
});

test('an Azure deployment is priced as the model it stands for, on its server only', () => {
  const price = pricer(`
    model_aliases:
      - { provider: azure*, server: acme.openai.azure.com, model: chat-prod, as: azure/gpt-4o }
      - { model_regex: '^arn:aws:bedrock:.*application-inference-profile/ab12$', as: aws/us.anthropic.claude-sonnet-4-5-20250929-v1:0 }
  `);
  const call = { provider: 'azure.ai.openai', requestModel: 'chat-prod' };
  const priced = { usd: 12.5, model: 'azure/gpt-4o', source: 'catalog' };
  assert.deepEqual(price({ ...call, server: 'acme.openai.azure.com' }), priced);
  // What the deployment answers with (here the name of an older model) does not decide.
  const answered = { ...call, responseModel: 'gpt-4', server: 'acme.openai.azure.com' };
  assert.deepEqual(price(answered), priced);
  assert.equal(price({ ...call, server: 'other.openai.azure.com' }), 'unknown_model');
  const profile = 'arn:aws:bedrock:eu-west-1:1:application-inference-profile/ab12';
  const claude = price({ provider: 'aws.bedrock', requestModel: profile });
  // $3.30 + $16.50, the price of a regional profile
  assert.equal(typeof claude === 'string' ? claude : claude.usd, 19.8);
});

test('providers may be named in any word that spans have for them', () => {
  const calls = {
    'aws.bedrock': 'bedrock',
    'gcp.vertex_ai': 'vertex_ai',
    'azure.ai.openai': 'azure',
  };
  for (const [provider, word] of Object.entries(calls)) {
    const price = pricer(`
      provider_aliases: { ${word}: openai }
      model_aliases: [{ provider: ${word}, model: prod, as: openai/gpt-4o-mini }]
      prices: [{ match: { provider: ${word}, model: mine }, input: 1, output: 2 }]
    `);
    const aliased = { usd: 0.75, model: 'openai/gpt-4o-mini', source: 'catalog' };
    assert.deepEqual(price({ provider, requestModel: 'prod' }), aliased, word);
    assert.deepEqual(price({ provider, responseModel: 'gpt-4o-mini' }), aliased, word);
    const own = price({ provider, responseModel: 'mine' });
    assert.equal(typeof own === 'string' ? own : own.usd, 3, word);
  }
});

test('a gateway’s name may stand for a provider', () => {
  const price = pricer('provider_aliases: { My-Gateway: openai }');
  const found = price({ provider: 'my-gateway', responseModel: 'gpt-4o-mini' });
  assert.deepEqual(found, { usd: 0.75, model: 'openai/gpt-4o-mini', source: 'catalog' });
});

test('models that nobody knows may have the price of another, marked as an estimate', () => {
  const price = pricer(`
    unknown_model: fallback
    fallback_model: openai/gpt-4o-mini
  `);
  const guess = { usd: 0.75, model: 'openai/gpt-4o-mini', source: 'estimated' };
  assert.deepEqual(price({ provider: 'acme', responseModel: 'nova-9' }), guess);
  const known = { usd: 12.5, model: 'openai/gpt-4o', source: 'catalog' };
  assert.deepEqual(price({ provider: 'openai', responseModel: 'gpt-4o' }), known);
});

test('a name too long for a model is not looked for', () => {
  const price = pricer("prices: [{ match: { model: '*' }, input: 1, output: 1 }]");
  assert.equal(price({ provider: 'openai', responseModel: 'gpt-4o'.repeat(100) }), 'unknown_model');
});
