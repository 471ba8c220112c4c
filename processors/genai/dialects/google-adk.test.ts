import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSpan } from '../run-span.ts';

const call = {
  'gen_ai.system': 'gcp.vertex.agent',
  'gen_ai.request.model': 'gemini-2.5-flash',
  'gen_ai.usage.input_tokens': 100,
  'gen_ai.usage.output_tokens': 10,
};

const request = {
  model: 'gemini-2.5-flash',
  config: {
    system_instruction: 'Be brief.',
    tools: [{ function_declarations: [{ name: 'look', parameters: {} }] }],
  },
  contents: [
    { role: 'user', parts: [{ text: 'Hi' }] },
    { role: 'user', parts: [{ function_response: { name: 'look', response: { r: 1 } } }] },
  ],
};

const answer = {
  content: {
    role: 'model',
    parts: [{ text: 'Hm.', thought: true }, { function_call: { name: 'look', args: { at: 1 } } }],
  },
  finish_reason: 'STOP',
  usage_metadata: {
    prompt_token_count: 100,
    prompt_tokens_details: [{ modality: 'AUDIO', token_count: 40 }],
    candidates_token_count: 10,
    thoughts_token_count: 5,
    total_token_count: 115,
  },
};

test("version 1's request and answer are rebuilt, instructions and tools in its config included", async () => {
  const { attributes } = await runSpan({
    scope: 'gcp.vertex.agent',
    version: '1.2.0',
    name: 'call_llm',
    attributes: {
      ...call,
      'gcp.vertex.agent.llm_request': JSON.stringify(request),
      'gcp.vertex.agent.llm_response': JSON.stringify(answer),
    },
  });
  const held = (name: string): unknown => JSON.parse(String(attributes[name]));
  assert.deepEqual(held('gen_ai.input.messages'), [
    { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
    { role: 'user', parts: [{ type: 'text', content: 'Hi' }] },
    { role: 'tool', parts: [{ type: 'tool_call_response', name: 'look', response: { r: 1 } }] },
  ]);
  assert.deepEqual(held('gen_ai.output.messages'), [
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', content: 'Hm.' },
        { type: 'tool_call', name: 'look', arguments: { at: 1 } },
      ],
      finish_reason: 'stop',
    },
  ]);
  assert.deepEqual(held('gen_ai.tool.definitions'), [
    { type: 'function', name: 'look', parameters: {} },
  ]);
});

test('thoughts that the recorded answer counts are added once, and without an answer by the version', async () => {
  const countsOf = async (more: object): Promise<unknown[]> => {
    const { attributes } = await runSpan({
      scope: 'gcp.vertex.agent',
      version: '1.2.0',
      name: 'call_llm',
      attributes: { ...call, ...more },
    });
    return [
      attributes['gen_ai.usage.output_tokens'],
      attributes['gen_ai.usage.reasoning.output_tokens'],
      attributes['genai.usage.input_audio_tokens'],
    ];
  };
  const recorded = { 'gcp.vertex.agent.llm_response': JSON.stringify(answer) };
  assert.deepEqual(await countsOf(recorded), [15, 5, 40]);
  const counted = { 'gen_ai.usage.reasoning.output_tokens': 5 };
  assert.deepEqual(await countsOf(counted), [15, 5, undefined]);
  const experimental = { 'gen_ai.usage.experimental.reasoning_tokens': 5 };
  assert.deepEqual(await countsOf(experimental), [15, 5, undefined]);
  assert.deepEqual(await countsOf({ ...experimental, ...recorded }), [15, 5, 40]);
});

test('a request that was cut off is kept as text', async () => {
  const cut = JSON.stringify(request).slice(0, 60);
  const { attributes } = await runSpan({
    scope: 'gcp.vertex.agent',
    name: 'call_llm',
    attributes: { ...call, 'gcp.vertex.agent.llm_request': cut },
  });
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.input.messages'])), [
    { role: 'user', parts: [{ type: 'text', content: cut }] },
  ]);
});
