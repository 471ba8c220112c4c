import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSpan } from '../run-span.ts';

const call = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.system': 'openai',
  'gen_ai.request.model': 'gpt-4o',
};

test('a prompt and an answer in one attribute each are rebuilt, from JSON or text', async () => {
  const { attributes } = await runSpan({
    attributes: {
      ...call,
      'gen_ai.prompt': '[{"role":"user","content":"Hi"}]',
      'gen_ai.completion': '3.10',
    },
  });
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.input.messages'])), [
    { role: 'user', parts: [{ type: 'text', content: 'Hi' }] },
  ]);
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.output.messages'])), [
    { role: 'assistant', parts: [{ type: 'text', content: '3.10' }] },
  ]);
  assert.equal('gen_ai.prompt' in attributes, false);
});

test('definitions of tools that are no text become JSON', async () => {
  const tools = [{ type: 'function', name: 'look' }];
  const sent = { ...call, 'gen_ai.tool.definitions': tools };
  const { attributes } = await runSpan({ attributes: sent });
  assert.equal(attributes['gen_ai.tool.definitions'], JSON.stringify(tools));
});

test('counts and tier are read where older instrumentations put them', async () => {
  const { attributes } = await runSpan({
    scope: 'Experimental.Microsoft.Extensions.AI',
    attributes: {
      ...call,
      'gen_ai.response.input_tokens': 10,
      'gen_ai.response.output_tokens': 4,
      'gen_ai.response.service_tier': 'flex',
    },
  });
  assert.equal(attributes['gen_ai.usage.input_tokens'], 10);
  assert.equal(attributes['gen_ai.usage.output_tokens'], 4);
  assert.equal(attributes['genai.service_tier'], 'flex');
});

test('tokens of a model without a word of what was done are a call, by its name of embeddings', async () => {
  const kindOf = async (model: string): Promise<unknown[]> => {
    const sent = { 'gen_ai.request.model': model, 'gen_ai.usage.input_tokens': 7 };
    const { attributes } = await runSpan({ attributes: sent });
    return [attributes['genai.kind'], attributes['gen_ai.operation.name']];
  };
  assert.deepEqual(await kindOf('gpt-4o'), ['llm', 'chat']);
  assert.deepEqual(await kindOf('text-embedding-3-small'), ['embedding', 'embeddings']);
});

test("agents of Microsoft's framework for .NET are told by their scope", async () => {
  const scope = 'Experimental.Microsoft.Agents.AI';
  const sent = { 'gen_ai.operation.name': 'invoke_agent' };
  const { attributes } = await runSpan({ scope, attributes: sent });
  assert.equal(attributes['genai.dialect'], 'semantic_kernel');
});

test('a flag that was sent as a word is kept beside the true one', async () => {
  const sent = { ...call, 'gen_ai.request.stream': 'True' };
  const { attributes } = await runSpan({ attributes: sent });
  assert.equal(attributes['gen_ai.request.stream'], true);
  assert.equal(attributes['genai.original.gen_ai.request.stream'], 'True');
});
