import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSpan } from '../run-span.ts';

async function generation(more: Readonly<Record<string, string>>) {
  const attributes = {
    'langfuse.observation.type': 'generation',
    'langfuse.observation.model.name': 'gpt-5',
    ...more,
  };
  return (await runSpan({ scope: 'langfuse-sdk', attributes })).attributes;
}

test('the tier is told by the parameters of the model or by the buckets of a tier', async () => {
  const asked = { 'langfuse.observation.model.parameters': '{"service_tier":"flex"}' };
  assert.equal((await generation(asked))['genai.service_tier'], 'flex');
  const usage = {
    input: 0,
    input_priority: 100,
    input_priority_cache_read: 400,
    output: 0,
    output_priority: 10,
    output_priority_reasoning: 5,
    total: 515,
  };
  const counted = await generation({
    'langfuse.observation.usage_details': JSON.stringify(usage),
  });
  assert.equal(counted['genai.service_tier'], 'priority');
  assert.equal(counted['gen_ai.usage.input_tokens'], 500);
  assert.equal(counted['gen_ai.usage.cache_read.input_tokens'], 400);
  assert.equal(counted['gen_ai.usage.output_tokens'], 15);
  assert.equal(counted['gen_ai.usage.reasoning.output_tokens'], 5);
});

test('a cost in parts is their sum, and one of 0 is none', async () => {
  const costOf = async (details: object): Promise<unknown> =>
    (await generation({ 'langfuse.observation.cost_details': JSON.stringify(details) }))[
      'gen_ai.usage.cost'
    ];
  assert.equal(await costOf({ input: 0.25, output: 0.5 }), 0.75);
  assert.equal(await costOf({ input: 0.25, output: 0.5, total: 1 }), 1);
  assert.equal(await costOf({ total: 0 }), undefined);
});
