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
