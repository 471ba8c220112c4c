import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSpan } from '../run-span.ts';

const call = {
  'llm.request.type': 'anthropic_messages',
  'gen_ai.system': 'anthropic',
  'gen_ai.request.model': 'claude-sonnet-4-5',
  'gen_ai.usage.input_tokens': 100,
  'gen_ai.usage.output_tokens': 20,
};

test('calls are told from the rest by their type, in all its spellings', async () => {
  const kindOf = async (type: string): Promise<unknown[]> => {
    const sent = { ...call, 'llm.request.type': type, 'gen_ai.operation.name': type };
    const { attributes } = await runSpan({ scope: 'litellm', attributes: sent });
    return [attributes['gen_ai.operation.name'], attributes['genai.kind']];
  };
  assert.deepEqual(await kindOf('acompletion'), ['chat', 'llm']);
  assert.deepEqual(await kindOf('atext_completion'), ['text_completion', 'llm']);
  assert.deepEqual(await kindOf('anthropic_messages'), ['chat', 'llm']);
  assert.deepEqual(await kindOf('aresponses'), ['chat', 'llm']);
  assert.deepEqual(await kindOf('agenerate_content_stream'), ['generate_content', 'llm']);
  assert.deepEqual(await kindOf('aimage_generation'), ['image_generation', 'llm']);
  assert.deepEqual(await kindOf('call_mcp_tool'), ['execute_tool', 'tool']);
  assert.deepEqual(await kindOf('pass_through_endpoint'), ['pass_through_endpoint', 'llm']);
  assert.deepEqual(await kindOf('acreate_file'), ['acreate_file', undefined]);
});

test('calls of tools that stand beside the parts of a message become parts', async () => {
  const calls = [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } }];
  const { attributes } = await runSpan({
    scope: 'litellm',
    attributes: {
      ...call,
      'gen_ai.input.messages': JSON.stringify([
        { role: 'user', parts: [{ type: 'text', content: 'Hi' }] },
        { role: 'assistant', parts: [{ type: 'text', content: '' }], tool_calls: calls },
        { role: 'tool', parts: [{ type: 'text', content: 'a cat' }], tool_call_id: 'c1' },
      ]),
      'gen_ai.output.messages': JSON.stringify([
        { role: 'assistant', parts: [], tool_calls: calls, finish_reason: 'tool_calls' },
      ]),
    },
  });
  const called = { type: 'tool_call', id: 'c1', name: 'look', arguments: { at: 1 } };
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.input.messages'])), [
    { role: 'user', parts: [{ type: 'text', content: 'Hi' }] },
    { role: 'assistant', parts: [called] },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'a cat' }] },
  ]);
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.output.messages'])), [
    { role: 'assistant', parts: [called], finish_reason: 'tool_call' },
  ]);
});

test('calls of tools that are parts already stay as they were sent', async () => {
  const messages =
    '[{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"look","arguments":{"at":12345678901234567890},"index":1}]}]';
  const sent = { ...call, 'gen_ai.output.messages': messages };
  const { attributes } = await runSpan({ scope: 'litellm', attributes: sent });
  assert.equal(attributes['gen_ai.output.messages'], messages);
});

test('cache writes by lifetime are read from the usage object', async () => {
  const usage =
    "{'prompt_tokens': 100, 'prompt_tokens_details': {'cached_tokens': 40, 'cache_creation_tokens': 30, 'cache_creation_token_details': {'ephemeral_5m_input_tokens': 10, 'ephemeral_1h_input_tokens': 20}}}";
  const sent = { ...call, 'metadata.usage_object': usage };
  const { attributes } = await runSpan({ scope: 'litellm', attributes: sent });
  assert.equal(attributes['gen_ai.usage.cache_write.input_tokens'], 30);
  assert.equal(attributes['genai.usage.cache_write_1h_tokens'], 20);
});
