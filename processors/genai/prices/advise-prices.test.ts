import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { genaiProcessor } from '../factory.ts';

function advised(yaml: string): string[] {
  return genaiProcessor
    .advise(parse(yaml))
    .map(({ path, message }) => `${path.join('.')}: ${message}`);
}

function prices(entry: string): string[] {
  return advised(`prices: [${entry}]`);
}

test('prices per thousand tokens that are written as per million are told by the list price', () => {
  const sonnet = prices(
    '{ match: { provider: anthropic, model: claude-sonnet-4-5 }, input: 0.003, output: 0.015 }',
  );
  assert.deepEqual(sonnet, [
    'prices.0.input: $0.003 per 1M tokens is far from the list price of anthropic/claude-sonnet-4-5, $3 per 1M; it looks like a price per 1K (unit: 1K)',
    'prices.0.output: $0.015 per 1M tokens is far from the list price of anthropic/claude-sonnet-4-5, $15 per 1M; it looks like a price per 1K (unit: 1K)',
  ]);
  const cheap = prices(
    '{ match: { provider: openai, model: gpt-4o-mini }, unit: 1K, input: 0.15, output: 0.6 }',
  );
  assert.equal(cheap.length, 2);
  assert.match(cheap[0] ?? '', /it looks like a price per 1M \(unit: 1M\)$/);
});

test('every price of a list by size is looked at', () => {
  const tiered = prices(
    '{ match: { provider: acme, model: x }, input: { base: 3, above: { 200000: 0.000006 } }, output: 15 }',
  );
  assert.deepEqual(tiered, [
    'prices.0.input.above.200000: $0.000006 per 1M tokens is less than any model costs; it looks like a price per 1K (unit: 1K) or per token',
  ]);
});

test('discounts, free models and models that nobody lists are left alone', () => {
  for (const entry of [
    '{ match: { provider: openai, model: gpt-4o }, input: 0.5, output: 2 }',
    '{ match: { provider: openai, model: gpt-4o }, input: 0, output: 0 }',
    '{ match: { provider: acme, model: x }, input: 0.02, output: 0.04 }',
    "{ match: { provider: openai, model: 'gpt-*' }, input: 0.02, output: 0.04 }",
    '{ match: { provider: openai, model: gpt-4o }, unit: 1K, input: 0.0025, output: 0.01 }',
  ]) {
    assert.deepEqual(prices(entry), [], entry);
  }
});

test('a multiplier that looks like a percentage is told', () => {
  const discount = (multiplier: number) =>
    prices(`{ match: { provider: openai, model: gpt-4o }, multiplier: ${multiplier} }`);
  assert.deepEqual(discount(85), [
    'prices.0.multiplier: 85 is 85 times the list price; 85 % of it is 0.85',
  ]);
  assert.deepEqual(discount(2), []);
});

test('models without a price are told where a price is to be taken from them', () => {
  const [fallback, alias, ...others] = advised(`
    unknown_model: fallback
    fallback_model: openai/gpt-77
    model_aliases:
      - { model: prod, as: openai/gtp-4o }
      - { model: eu, as: azure/gpt-4o }
      - { model: own, as: vllm/mine }
    prices: [{ match: { provider: vllm, model: mine }, input: 0, output: 0 }]
  `);
  assert.match(fallback ?? '', /^fallback_model: openai\/gpt-77 has no price \(unknown_model\)/);
  assert.match(alias ?? '', /^model_aliases\.0\.as: openai\/gtp-4o has no price/);
  assert.deepEqual(others, []);
  assert.deepEqual(advised('fallback_model: openai/gpt-4o'), [
    'fallback_model: nothing takes its price; write `unknown_model: fallback` too',
  ]);
});

test('what another catalogue may have is not told to be missing', () => {
  const other = 'catalog: { source: ./prices.json }';
  assert.deepEqual(advised(`{ ${other}, model_aliases: [{ model: a, as: acme/b }] }`), []);
});

test('an alias of a provider that is read as another before is told', () => {
  assert.deepEqual(
    advised('provider_aliases: { my-gateway: openai, x_ai: openai, azure: openai }'),
    [],
  );
  const [prefixed, framework] = advised(
    'provider_aliases: { openai-proxy: azure, litellm: openai }',
  );
  assert.match(prefixed ?? '', /^provider_aliases\.openai-proxy: spans .* are read as "openai"/);
  assert.match(framework ?? '', /^provider_aliases\.litellm: "litellm" is a framework/);
});
