import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calcPrice, waitForUpdate } from '@pydantic/genai-prices';
import { createModelMatcher } from './model-match.ts';

const providers = (await waitForUpdate()) ?? [];
const matcher = createModelMatcher(providers);

/** What the catalogue's own library finds. */
function oracle(provider: string, model: string): string | undefined {
  const found = calcPrice({}, model, { providerId: provider });
  return found === null ? undefined : `${found.provider.id}/${found.model.id}`;
}

function ours(provider: string, model: string): string | undefined {
  const found = matcher.find(provider, model.toLowerCase());
  return found === undefined ? undefined : `${found.provider}/${found.model.id}`;
}

test('every model of the catalogue is found under the name that the library finds it under', () => {
  for (const { id, models } of providers) {
    for (const { id: model } of models) assert.equal(ours(id, model), oracle(id, model), model);
  }
});

test('models are found at providers that serve those of others', () => {
  const names = ['gpt-4o', 'claude-sonnet-4-5', 'claude-opus-4-1-20250805', 'grok-4', 'nobody'];
  for (const provider of ['azure', 'google', 'openai', 'anthropic', 'x-ai', 'nobody']) {
    for (const model of names) assert.equal(ours(provider, model), oracle(provider, model), model);
  }
});

test('providers are known by the words that the catalogue has for them', () => {
  assert.ok(matcher.hasProvider('amazon-bedrock'));
  assert.ok(matcher.hasProvider('openai'));
  assert.ok(!matcher.hasProvider('ollama'));
});
