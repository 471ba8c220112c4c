import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGenaiRun } from './run-genai.ts';
import { runSpan } from './run-span.ts';

test('spans that take turns keep what is theirs', async () => {
  const run = await createGenaiRun({});
  const said = async (model: string, reason: string, more: Record<string, unknown> = {}) => {
    const { attributes } = await runSpan(
      {
        attributes: {
          'openinference.span.kind': 'LLM',
          'llm.model_name': model,
          'llm.finish_reason': reason,
          ...more,
        },
      },
      run,
    );
    return [
      attributes['gen_ai.response.model'],
      attributes['gen_ai.response.finish_reasons'],
      attributes['genai.original.gen_ai.response.model'],
    ];
  };
  for (let turn = 0; turn < 2; turn++) {
    // Of one length and one ending.
    assert.deepEqual(await said('model-a-x', 'stop'), ['model-a-x', ['stop'], undefined]);
    assert.deepEqual(await said('model-b-x', 'stop'), ['model-b-x', ['stop'], undefined]);
    assert.deepEqual(await said('model-b-x', 'else'), ['model-b-x', ['else'], undefined]);
    const standing = { 'gen_ai.response.model': 'another' };
    assert.deepEqual(await said('model-a-x', 'stop', standing), ['model-a-x', ['stop'], 'another']);
    const long = 'm'.repeat(200);
    assert.deepEqual(await said(long, 'stop'), [long, ['stop'], undefined]);
  }
});
