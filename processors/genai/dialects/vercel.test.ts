import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSpan } from '../run-span.ts';

const input = 'gen_ai.usage.input_tokens';
const cacheRead = 'gen_ai.usage.cache_read.input_tokens';
const cacheWrite = 'gen_ai.usage.cache_write.input_tokens';

async function countsOf(provider: string, metadata: unknown, usage: object): Promise<unknown[]> {
  const { attributes } = await runSpan({
    scope: 'ai',
    attributes: {
      'ai.operationId': 'ai.streamText.doStream',
      'ai.model.provider': provider,
      'ai.model.id': 'some-model',
      'ai.response.providerMetadata': JSON.stringify(metadata),
      ...usage,
    },
  });
  return [attributes[input], attributes[cacheRead], attributes[cacheWrite]];
}

test('version 4 tells of the cache in the metadata of the provider only', async () => {
  const openai = { openai: { cachedPromptTokens: 1500, reasoningTokens: 10 } };
  const usage = { 'ai.usage.promptTokens': 2000, 'ai.usage.completionTokens': 50 };
  assert.deepEqual(await countsOf('openai.chat', openai, usage), [2000, 1500, undefined]);
  const anthropic = { cacheCreationInputTokens: 200, cacheReadInputTokens: 1000 };
  const counts = await countsOf('anthropic.messages', { anthropic }, usage);
  assert.deepEqual(counts, [3200, 1000, 200]);
});

test("Claude on Vertex is counted as Anthropic counts, under the provider's own name", async () => {
  const usage = { 'ai.usage.inputTokens': 1700, 'ai.usage.cachedInputTokens': 1000 };
  const vertex = { usage: { input_tokens: 1700, cache_creation_input_tokens: 300 } };
  for (const provider of ['vertex.anthropic.messages', 'googleVertex.anthropic.messages']) {
    assert.deepEqual(await countsOf(provider, { vertex }, usage), [3000, 1000, 300]);
  }
});

test('rerankings are calls, and what wraps them is none', async () => {
  const kindOf = async (id: string): Promise<unknown> =>
    (await runSpan({ scope: 'ai', attributes: { 'ai.operationId': id } })).attributes['genai.kind'];
  assert.equal(await kindOf('ai.rerank.doRerank'), 'rerank');
  assert.equal(await kindOf('ai.rerank'), 'chain');
  assert.equal(await kindOf('ai.embedMany.doEmbed'), 'embedding');
  assert.equal(await kindOf('ai.embedMany'), 'chain');
  assert.equal(await kindOf('ai.streamText'), 'agent');
});

test('version 7 writes semconv, and the provider its metadata beside it', async () => {
  const usage = {
    input_tokens: 3000,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 1000 },
    server_tool_use: { web_search_requests: 1 },
    service_tier: 'batch',
  };
  const { attributes } = await runSpan({
    scope: 'gen_ai',
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'claude-sonnet-4-5',
      [input]: 5000,
      [cacheRead]: 1000,
      'gen_ai.usage.cache_creation.input_tokens': 1000,
      'ai.response.providerMetadata': JSON.stringify({ anthropic: { usage } }),
    },
  });
  assert.deepEqual([attributes[input], attributes[cacheWrite]], [5000, 1000]);
  assert.equal(attributes['genai.usage.cache_write_1h_tokens'], 1000);
  assert.equal(attributes['genai.usage.web_searches'], 1);
  assert.equal(attributes['genai.service_tier'], 'batch');
});

test('results of tools are plain, and files of an answer are parts of it', async () => {
  const result = {
    type: 'tool-result',
    toolCallId: 'c1',
    output: { type: 'json', value: { t: 1 } },
  };
  const { attributes } = await runSpan({
    scope: 'ai',
    attributes: {
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.prompt.messages': JSON.stringify([{ role: 'tool', content: [result] }]),
      'ai.response.files': '[{"mediaType":"image/png","base64":"AA"}]',
    },
  });
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.input.messages'])), [
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: { t: 1 } }] },
  ]);
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.output.messages'])), [
    {
      role: 'assistant',
      parts: [{ type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AA' }],
    },
  ]);
});
