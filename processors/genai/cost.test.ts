import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { createPriceBook } from './prices/price-book.ts';
import { loadBundledPrices } from './prices/prepare-prices.ts';
import { createQuoter } from './prices/quote.ts';
import { quoteJson } from './prices/quote-json.ts';
import { genaiSchema } from './config.ts';
import { createGenaiRun, type GenaiRun } from './run-genai.ts';
import { runSpan } from './run-span.ts';

const sources = loadBundledPrices();
const bundled = await createGenaiRun({});

/** What a span of a call says about its cost. */
async function costOf(
  attributes: Readonly<Record<string, unknown>>,
  run: GenaiRun = bundled,
): Promise<Readonly<Record<string, unknown>>> {
  const call = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai' };
  const edited = await runSpan({ scope: 'acme', attributes: { ...call, ...attributes } }, run);
  const about = Object.entries(edited.attributes).filter(
    ([key]) => key.startsWith('genai.cost.') || key === 'gen_ai.usage.cost',
  );
  return Object.fromEntries(about);
}

/** A call to gpt-4o with 1000 tokens in and 100 out: 1000 × $2.50 + 100 × $10, per million. */
const call = {
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.usage.input_tokens': 1000,
  'gen_ai.usage.output_tokens': 100,
};

test('a cost that is reported stands, and ours beside it where that is wanted', async () => {
  const reported = { ...call, 'gen_ai.usage.cost': 0.5 };
  const kept = { 'genai.cost.status': 'provided', 'genai.cost.source': 'provider' };
  assert.deepEqual(await costOf(reported), { ...kept, 'gen_ai.usage.cost': 0.5 });
  const beside = await createGenaiRun(parse('provided_cost: add_beside'));
  assert.deepEqual(await costOf(reported, beside), {
    ...kept,
    'gen_ai.usage.cost': 0.5,
    'genai.cost.computed': 0.0035,
    'genai.cost.model': 'openai/gpt-4o',
    'genai.cost.catalog': sources.id,
  });
  const unknown = { ...reported, 'gen_ai.request.model': 'gpt-99' };
  assert.deepEqual(await costOf(unknown, beside), { ...kept, 'gen_ai.usage.cost': 0.5 });
  const ours = await costOf(reported, await createGenaiRun(parse('provided_cost: recompute')));
  assert.equal(ours['gen_ai.usage.cost'], 0.0035);
  assert.equal(ours['genai.cost.source'], 'catalog');
});

test('two calls of one model on two tiers carry the price of each', async () => {
  const flex = await costOf({
    ...call,
    'gen_ai.request.model': 'gpt-5',
    'openai.response.service_tier': 'flex',
  });
  const standard = await costOf({ ...call, 'gen_ai.request.model': 'gpt-5' });
  // 1000 × $0.625 + 100 × $5, and 1000 × $1.25 + 100 × $10, per million
  assert.equal(flex['gen_ai.usage.cost'], 0.001125);
  assert.equal(standard['gen_ai.usage.cost'], 0.00225);
});

test('a deployment is told by the server that the span names', async () => {
  const run = await createGenaiRun(
    parse(`
      model_aliases:
        - { provider: azure*, server: acme.openai.azure.com, model: prod, as: azure/gpt-4o }
    `),
  );
  const azure = {
    ...call,
    'gen_ai.provider.name': 'azure.ai.openai',
    'gen_ai.request.model': 'prod',
  };
  const priced = await costOf({ ...azure, 'server.address': 'acme.openai.azure.com' }, run);
  assert.equal(priced['gen_ai.usage.cost'], 0.0035);
  assert.equal((await costOf(azure, run))['genai.cost.reason'], 'unknown_model');
});

test('prices of one’s own and estimates say that they are', async () => {
  const run = await createGenaiRun(
    parse(`
      unknown_model: fallback
      fallback_model: openai/gpt-4o-mini
      prices: [{ match: { provider: openai, model: free-* }, input: 0, output: 0 }]
    `),
  );
  const free = await costOf({ ...call, 'gen_ai.request.model': 'free-1' }, run);
  assert.deepEqual([free['gen_ai.usage.cost'], free['genai.cost.source']], [0, 'override']);
  const guess = await costOf({ ...call, 'gen_ai.request.model': 'gpt-99' }, run);
  // 1000 × $0.15 + 100 × $0.60, per million
  assert.deepEqual(
    [guess['gen_ai.usage.cost'], guess['genai.cost.source']],
    [0.00021, 'estimated'],
  );
});

test('counts whose sum is no whole number any more are no more than the largest', async () => {
  const run = await createGenaiRun({});
  const largest = Number.MAX_SAFE_INTEGER;
  const cost = await costOf(
    {
      ...call,
      'gen_ai.usage.input_tokens': largest,
      'gen_ai.usage.output_tokens': largest,
      'gen_ai.usage.cache_read.input_tokens': largest,
      'gen_ai.usage.cache_write.input_tokens': largest,
      'gen_ai.usage.reasoning.output_tokens': largest,
    },
    run,
  );
  assert.equal(cost['genai.cost.status'], 'priced');
  assert.equal(run.counts.get('weir_processor_genai_failed_spans_total'), undefined);
});

test('whatever a span says, its cost is none or a number of 0 or more, and that of weir prices quote', async () => {
  const quoter = createQuoter(createPriceBook(sources, genaiSchema.parse({})), undefined);
  const count = fc.nat(2_000_000_000_000);
  const spans = fc.record({
    model: fc.constantFrom('gpt-4o', 'gpt-5', 'gpt-5.6-sol', 'o3', 'gpt-99', 'whisper-1', ''),
    tier: fc.constantFrom('default', 'flex', 'batch', 'priority', 'platinum'),
    read: count,
    plain: count,
    output: count,
  });
  await fc.assert(
    fc.asyncProperty(spans, async ({ model, tier, read, plain, output }) => {
      const cost = await costOf({
        'gen_ai.request.model': model,
        'openai.response.service_tier': tier,
        'gen_ai.usage.input_tokens': plain + read,
        'gen_ai.usage.cache_read.input_tokens': read,
        'gen_ai.usage.output_tokens': output,
      });
      const usage = { input_tokens: plain + read, cache_read_tokens: read, output_tokens: output };
      const quote = quoteJson(
        quoter,
        { provider: 'openai', model, tier, usage },
        1_790_000_000_000,
      );
      assert.equal(cost['gen_ai.usage.cost'], quote.cost);
      assert.equal(cost['genai.cost.reason'], quote.reason);
      if (quote.cost !== undefined) assert.ok(quote.cost >= 0 && Number.isFinite(quote.cost));
    }),
  );
});
