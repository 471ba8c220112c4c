import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSpan } from '../run-span.ts';

const call = {
  'langsmith.span.kind': 'llm',
  'gen_ai.operation.name': 'chat',
  'gen_ai.system': 'anthropic',
  'gen_ai.request.model': 'claude-sonnet-4-5',
  'gen_ai.usage.input_tokens': 5000,
  'gen_ai.usage.output_tokens': 20,
};

test("counts in LangChain's details are read, from JSON and from Python's spelling of it", async () => {
  const details =
    "{'cache_read': 1000, 'cache_creation': 0, 'ephemeral_5m_input_tokens': 300, 'ephemeral_1h_input_tokens': 700, 'audio': None}";
  const json = details.replaceAll("'", '"').replace('None', 'null');
  for (const text of [details, json]) {
    const { attributes } = await runSpan({
      scope: 'langsmith',
      attributes: { ...call, 'gen_ai.usage.input_token_details': text },
    });
    assert.equal(attributes['gen_ai.usage.input_tokens'], 5000);
    assert.equal(attributes['gen_ai.usage.cache_read.input_tokens'], 1000);
    assert.equal(attributes['gen_ai.usage.cache_write.input_tokens'], 1000);
    assert.equal(attributes['genai.usage.cache_write_1h_tokens'], 700);
  }
});

test('the tier that a call was served on is told by its details or by its own attribute', async () => {
  const { attributes } = await runSpan({
    scope: 'langsmith',
    attributes: {
      ...call,
      'langsmith.usage_metadata':
        '{"input_token_details":{"flex_cache_read":4000,"flex":1000},"output_token_details":{"flex_reasoning":7}}',
    },
  });
  assert.equal(attributes['genai.service_tier'], 'flex');
  assert.equal(attributes['gen_ai.usage.cache_read.input_tokens'], 4000);
  assert.equal(attributes['gen_ai.usage.reasoning.output_tokens'], 7);
  const own = { ...call, 'gen_ai.response.service_tier': 'priority' };
  const told = await runSpan({ scope: 'langsmith', attributes: own });
  assert.equal(told.attributes['genai.service_tier'], 'priority');
});

test('retrievers and prompts are neither embeddings nor chats, whatever they are called', async () => {
  const operationOf = async (run: string, name: string): Promise<unknown[]> => {
    const sent = { 'langsmith.span.kind': run, 'gen_ai.operation.name': name };
    const { attributes } = await runSpan({ scope: 'langsmith', attributes: sent });
    return [attributes['genai.kind'], attributes['gen_ai.operation.name']];
  };
  assert.deepEqual(await operationOf('retriever', 'embeddings'), ['retriever', 'retrieval']);
  assert.deepEqual(await operationOf('prompt', 'chat'), ['chain', 'prompt']);
  assert.deepEqual(await operationOf('embedding', 'embeddings'), ['embedding', 'embeddings']);
});

test('finish reasons of several choices, joined in one text, are several', async () => {
  const sent = { 'gen_ai.response.finish_reasons': 'stop, length' };
  const { attributes } = await runSpan({ scope: 'langsmith', attributes: { ...call, ...sent } });
  assert.deepEqual(attributes['gen_ai.response.finish_reasons'], ['stop', 'length']);
});

test('the tier is told by the recorded answer where nothing else does', async () => {
  const completion = '{"generations":[],"llm_output":{"service_tier":"priority","id":"x"}}';
  const sent = { ...call, 'gen_ai.completion': completion };
  const { attributes } = await runSpan({ scope: 'langsmith', attributes: sent });
  assert.equal(attributes['genai.service_tier'], 'priority');
});
