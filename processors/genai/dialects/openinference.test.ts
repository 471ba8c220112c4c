import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSpan } from '../run-span.ts';

const call = {
  'openinference.span.kind': 'LLM',
  'llm.model_name': 'anthropic.claude-sonnet-4-5-20250929-v1:0',
  'llm.token_count.prompt': 5000,
  'llm.token_count.completion': 100,
};

test('a count that the recorded answer made whole is not made whole again by the rule for its scope', async () => {
  const usage = { inputTokens: 5000, cacheReadInputTokens: 400, cacheWriteInputTokens: 100 };
  const { attributes } = await runSpan({
    scope: '@arizeai/openinference-instrumentation-bedrock',
    version: '0.3.0',
    attributes: { ...call, 'output.value': JSON.stringify({ usage }) },
  });
  assert.equal(attributes['gen_ai.usage.input_tokens'], 5500);
});
