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

test('the one function call, images and audio of a message are kept', async () => {
  const content = 'llm.input_messages.0.message.contents';
  const { attributes } = await runSpan({
    attributes: {
      ...call,
      'llm.input_messages.0.message.role': 'user',
      [`${content}.0.message_content.type`]: 'image',
      [`${content}.0.message_content.image.image.url`]: 'data:image/png;base64,AA',
      [`${content}.1.message_content.type`]: 'audio',
      [`${content}.1.message_content.audio.audio.url`]: 'https://example.com/a.mp3',
      [`${content}.1.message_content.audio.audio.mime_type`]: 'audio/mpeg',
      [`${content}.1.message_content.audio.audio.transcript`]: 'Hello?',
      'llm.output_messages.0.message.role': 'assistant',
      'llm.output_messages.0.message.function_call_name': 'look',
      'llm.output_messages.0.message.function_call_arguments_json': '{"at":1}',
    },
  });
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.input.messages'])), [
    {
      role: 'user',
      parts: [
        { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AA' },
        { type: 'uri', modality: 'audio', uri: 'https://example.com/a.mp3' },
        { type: 'text', content: 'Hello?' },
      ],
    },
  ]);
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.output.messages'])), [
    { role: 'assistant', parts: [{ type: 'tool_call', name: 'look', arguments: { at: 1 } }] },
  ]);
});

test('how long what was written to the cache lives is told by the recorded answer', async () => {
  const usage = {
    input_tokens: 3000,
    output_tokens: 100,
    cache_read_input_tokens: 1000,
    cache_creation_input_tokens: 1000,
    cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 700 },
    server_tool_use: { web_search_requests: 2 },
  };
  const { attributes } = await runSpan({
    attributes: {
      ...call,
      'llm.token_count.prompt_details.cache_read': 1000,
      'llm.token_count.prompt_details.cache_write': 1000,
      'output.value': JSON.stringify({ id: 'msg_abcdefgh', usage }),
    },
  });
  assert.equal(attributes['gen_ai.usage.input_tokens'], 5000);
  assert.equal(attributes['genai.usage.cache_write_5m_tokens'], 300);
  assert.equal(attributes['genai.usage.cache_write_1h_tokens'], 700);
  assert.equal(attributes['genai.usage.web_searches'], 2);
});

test('a tool is defined by its schema, or by its name and the schema of its parameters', async () => {
  const held = async (more: object): Promise<unknown> => {
    const { attributes } = await runSpan({ attributes: { ...call, ...more } });
    return JSON.parse(String(attributes['gen_ai.tool.definitions']));
  };
  const parameters = { type: 'object' };
  const parts = {
    'llm.tools.0.tool.name': 'look',
    'llm.tools.0.tool.json_schema': JSON.stringify(parameters),
  };
  const look = [{ type: 'function', name: 'look', parameters }];
  assert.deepEqual(await held(parts), look);
  const whole = { type: 'function', function: { name: 'look', parameters } };
  const schema = { 'llm.tools.0.tool.json_schema': JSON.stringify(whole) };
  assert.deepEqual(await held({ ...parts, ...schema }), look);
  const own = [{ type: 'function', name: 'own' }];
  const canonical = { 'gen_ai.tool.definitions': JSON.stringify(own) };
  assert.deepEqual(await held({ ...parts, ...canonical }), own);
});

test('the tier that served a call is told by the recorded answer, whatever was asked for', async () => {
  const tierOf = async (answer: string): Promise<unknown> => {
    const asked = { 'llm.invocation_parameters': '{"service_tier":"auto"}' };
    const { attributes } = await runSpan({
      attributes: { ...call, ...asked, 'output.value': answer },
    });
    return attributes['genai.service_tier'];
  };
  const id = '"id":"chatcmpl-abcdefgh"';
  assert.equal(await tierOf(`{${id},"choices":[],"service_tier":"flex","usage":{}}`), 'flex');
  assert.equal(await tierOf(`{${id}, "service_tier": "priority"}`), 'priority');
  assert.equal(await tierOf(`{${id},"service_tier":null}`), 'auto');
  assert.equal(await tierOf(`{${id},"content":"\\"service_tier\\":\\"flex\\""}`), 'auto');
  assert.equal(await tierOf(`{${id},"service_tier":"fl`), 'auto');
});

test("Gemini's id of an answer is found by the name of its member", async () => {
  for (const member of ['response_id', 'responseId']) {
    const answer = JSON.stringify({ candidates: [], [member]: 'Ab1Cd2Ef3Gh4Ij5' });
    const { attributes } = await runSpan({ attributes: { ...call, 'output.value': answer } });
    assert.equal(attributes['gen_ai.response.id'], 'Ab1Cd2Ef3Gh4Ij5');
  }
});

test('a member of that name in JSON that a model wrote is no id', async () => {
  const answer = JSON.stringify({ reply: 'Hello', responseId: 'template-welcome-back-1' });
  const { attributes } = await runSpan({ attributes: { ...call, 'output.value': answer } });
  assert.equal(attributes['gen_ai.response.id'], undefined);
});
