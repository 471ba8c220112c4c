import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSpan } from '../run-span.ts';

const call = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.system': 'openai',
  'gen_ai.request.model': 'gpt-4o',
};

test('events that format 1 lists in an attribute are rebuilt', async () => {
  const called = { id: 'c1', type: 'function', function: { name: 'look', arguments: { at: 1 } } };
  const { attributes } = await runSpan({
    scope: 'pydantic-ai',
    attributes: {
      ...call,
      events: JSON.stringify([
        { 'event.name': 'gen_ai.system.message', role: 'system', content: 'Be brief.' },
        { 'event.name': 'gen_ai.user.message', role: 'user', content: 'Hi' },
        { 'event.name': 'gen_ai.assistant.message', role: 'assistant', tool_calls: [called] },
        { 'event.name': 'gen_ai.tool.message', role: 'tool', content: 'a cat', id: 'c1' },
        { 'event.name': 'gen_ai.choice', index: 0, message: { role: 'assistant', content: 'Yo' } },
      ]),
    },
  });
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.input.messages'])), [
    { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
    { role: 'user', parts: [{ type: 'text', content: 'Hi' }] },
    {
      role: 'assistant',
      parts: [{ type: 'tool_call', id: 'c1', name: 'look', arguments: { at: 1 } }],
    },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'a cat' }] },
  ]);
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.output.messages'])), [
    { role: 'assistant', parts: [{ type: 'text', content: 'Yo' }] },
  ]);
  assert.equal('events' in attributes, false);
  const own = { ...call, events: '[{"name":"click"}]' };
  const kept = await runSpan({ scope: 'pydantic-ai', attributes: own });
  assert.equal(kept.attributes['events'], own.events);
});

test('tools and agents that name no operation are told by what else they carry', async () => {
  const tool = await runSpan({
    scope: 'pydantic-ai',
    name: 'running tool',
    attributes: { 'gen_ai.tool.name': 'look', tool_arguments: '{"at":1}', tool_response: 'a cat' },
  });
  assert.equal(tool.attributes['genai.kind'], 'tool');
  assert.equal(tool.attributes['gen_ai.tool.call.result'], 'a cat');
  const agent = await runSpan({
    scope: 'pydantic-ai',
    name: 'agent run',
    attributes: { agent_name: 'joker', all_messages_events: '[]' },
  });
  assert.equal(agent.attributes['genai.kind'], 'agent');
  assert.equal(agent.attributes['gen_ai.agent.name'], 'joker');
});

test("counts are read from Logfire's recorded answer where there are no others", async () => {
  const usage = {
    prompt_tokens: 50,
    completion_tokens: 2,
    prompt_tokens_details: { cached_tokens: 30 },
  };
  const { attributes } = await runSpan({
    scope: 'logfire.openai',
    attributes: {
      'gen_ai.system': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      request_data: '{"messages":[{"role":"user","content":"Hi"}],"model":"gpt-4o"}',
      response_data: JSON.stringify({ message: { role: 'assistant', content: 'Yo' }, usage }),
    },
  });
  assert.equal(attributes['gen_ai.operation.name'], 'chat');
  assert.equal(attributes['gen_ai.usage.input_tokens'], 50);
  assert.equal(attributes['gen_ai.usage.cache_read.input_tokens'], 30);
  assert.match(String(attributes['gen_ai.input.messages']), /Hi/);
});
