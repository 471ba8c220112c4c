import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGenaiRun } from './run-genai.ts';
import { runSpan } from './run-span.ts';

const chat = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'gpt-4o-mini',
  'gen_ai.usage.input_tokens': 10,
  'gen_ai.usage.output_tokens': 5,
};

const messageEvents = [
  { name: 'gen_ai.system.message', attributes: { content: 'Be brief.' } },
  { name: 'gen_ai.user.message', attributes: { content: '[{"text": "Weather in Paris?"}]' } },
  {
    name: 'gen_ai.assistant.message',
    attributes: {
      'gen_ai.event.content':
        '{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\\"city\\":\\"Paris\\"}"}}]}',
    },
  },
  { name: 'gen_ai.tool.message', attributes: { content: '21C', id: 'call_1' } },
  {
    name: 'gen_ai.choice',
    attributes: { message: '{"content":"Sunny."}', finish_reason: 'end_turn' },
  },
];

test('messages in span events are rebuilt, and held once', async () => {
  const { attributes, events } = await runSpan({ attributes: chat, events: messageEvents });
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.input.messages'])), [
    { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
    { role: 'user', parts: [{ type: 'text', content: 'Weather in Paris?' }] },
    {
      role: 'assistant',
      parts: [{ type: 'tool_call', id: 'call_1', name: 'weather', arguments: { city: 'Paris' } }],
    },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'call_1', response: '21C' }] },
  ]);
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.output.messages'])), [
    {
      role: 'assistant',
      parts: [{ type: 'text', content: 'Sunny.' }],
      finish_reason: 'stop',
    },
  ]);
  assert.deepEqual(attributes['gen_ai.response.finish_reasons'], ['stop']);
  assert.deepEqual(events, [{}, {}, {}, { id: 'call_1' }, { finish_reason: 'end_turn' }]);
});

test('events keep their content where originals are kept', async () => {
  const run = await createGenaiRun({ keep_originals: true });
  const { events } = await runSpan({ attributes: chat, events: messageEvents }, run);
  assert.deepEqual(events[0], { content: 'Be brief.' });
});

test('prompts and answers in the older content events are rebuilt', async () => {
  const { attributes } = await runSpan({
    attributes: chat,
    events: [
      { name: 'gen_ai.content.prompt', attributes: { 'gen_ai.prompt': 'user: Hi' } },
      { name: 'gen_ai.content.completion', attributes: { 'gen_ai.completion': 'Hello.' } },
    ],
  });
  assert.match(String(attributes['gen_ai.input.messages']), /user: Hi/);
  assert.match(String(attributes['gen_ai.output.messages']), /Hello/);
});

test('on the span of a tool the events hold its arguments and its result', async () => {
  const { attributes } = await runSpan({
    attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'weather' },
    events: [
      { name: 'gen_ai.tool.message', attributes: { content: '{"city":"Paris"}', id: 'call_1' } },
      { name: 'gen_ai.choice', attributes: { message: '[{"text":"21C"}]', id: 'call_1' } },
    ],
  });
  assert.equal(attributes['gen_ai.tool.call.arguments'], '{"city":"Paris"}');
  assert.equal(attributes['gen_ai.tool.call.result'], '21C');
});

test('one event may hold the whole of a call, instructions and definitions of tools included', async () => {
  const details = 'gen_ai.client.inference.operation.details';
  const { attributes, events } = await runSpan({
    attributes: chat,
    events: [
      {
        name: details,
        attributes: {
          'gen_ai.system_instructions': '[{"type":"text","content":"Be brief."}]',
          'gen_ai.tool.definitions': '[{"function":{"name":"look"},"type":"function"}]',
          'gen_ai.input.messages': [{ role: 'user', parts: [{ type: 'text', content: 'Hi' }] }],
        },
      },
    ],
  });
  const held = (name: string): unknown => JSON.parse(String(attributes[name]));
  assert.deepEqual(held('gen_ai.system_instructions'), [{ type: 'text', content: 'Be brief.' }]);
  assert.deepEqual(held('gen_ai.tool.definitions'), [{ type: 'function', name: 'look' }]);
  assert.match(String(attributes['gen_ai.input.messages']), /Hi/);
  assert.deepEqual(events, [{}]);
  const called = [{ role: 'tool', parts: [{ type: 'tool_call', name: 'f', arguments: { a: 1 } }] }];
  const tool = await runSpan({
    attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'f' },
    events: [{ name: details, attributes: { 'gen_ai.input.messages': JSON.stringify(called) } }],
  });
  assert.equal(tool.attributes['gen_ai.tool.call.arguments'], '{"a":1}');
});

test('what a tool was called with and gave keeps every digit, in quotes or not', async () => {
  const long = '{"id": 12345678901234567890}';
  const toolOf = async (result: string): Promise<unknown[]> => {
    const { attributes } = await runSpan({
      attributes: {
        'openinference.span.kind': 'TOOL',
        'input.value': long,
        'output.value': result,
      },
    });
    return [attributes['gen_ai.tool.call.arguments'], attributes['gen_ai.tool.call.result']];
  };
  assert.deepEqual(await toolOf('12345678901234567890'), [long, '12345678901234567890']);
  assert.deepEqual(await toolOf('"sunny"'), [long, 'sunny']);
  assert.deepEqual(await toolOf('null'), [long, 'null']);
});

test('an answer of null is none', async () => {
  const { attributes } = await runSpan({
    attributes: { 'mlflow.spanType': '"CHAT_MODEL"', 'mlflow.spanOutputs': 'null' },
  });
  assert.equal('gen_ai.output.messages' in attributes, false);
});

test('the first chunk is told by the time of its event, and an error by its exception', async () => {
  const events = [
    { name: 'llm.content.completion.chunk', atMs: 250 },
    { name: 'llm.content.completion.chunk', atMs: 400 },
    { name: 'exception', attributes: { 'exception.type': 'openai.RateLimitError' } },
  ];
  const failed = await runSpan({ attributes: chat, events, status: 2 });
  assert.equal(failed.attributes['gen_ai.response.time_to_first_chunk'], 0.25);
  assert.equal(failed.attributes['gen_ai.request.stream'], true);
  assert.equal(failed.attributes['error.type'], 'openai.RateLimitError');
  const caught = await runSpan({ attributes: chat, events, status: 1 });
  assert.equal('error.type' in caught.attributes, false);
});

const claude = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'claude-sonnet-4-5',
  'gen_ai.usage.input_tokens': 5000,
  'gen_ai.usage.output_tokens': 100,
};

test("Strands before it knew semconv's cache counts excludes the cache, and since then includes it", async () => {
  const cache = { 'gen_ai.usage.cache_read_input_tokens': 400 };
  const both = { ...cache, 'gen_ai.usage.cache_read.input_tokens': 400 };
  const inputOf = async (attributes: object): Promise<unknown> =>
    (await runSpan({ scope: 'strands.telemetry.tracer', attributes: { ...claude, ...attributes } }))
      .attributes['gen_ai.usage.input_tokens'];
  assert.equal(await inputOf(cache), 5400);
  assert.equal(await inputOf(both), 5000);
});

test('a count that the recorded answer shows to leave the cache out is made whole', async () => {
  const answer = { id: 'msg_1', usage: { input_tokens: 5000, cache_read_input_tokens: 400 } };
  const disjoint = { ...answer, usage: { ...answer.usage, cache_creation_input_tokens: 100 } };
  const { attributes } = await runSpan({
    scope: 'openinference.instrumentation.anthropic',
    attributes: {
      'openinference.span.kind': 'LLM',
      'llm.model_name': 'claude-sonnet-4-5',
      'llm.token_count.prompt': 5000,
      'llm.token_count.completion': 100,
      'output.value': JSON.stringify(disjoint),
    },
  });
  assert.equal(attributes['gen_ai.usage.input_tokens'], 5500);
  assert.equal(attributes['gen_ai.usage.cache_read.input_tokens'], 400);
  assert.equal(attributes['gen_ai.usage.cache_write.input_tokens'], 100);
});

test('a usage that OpenLIT counted itself is priced as an estimate', async () => {
  const stream = { ...chat, 'gen_ai.request.stream': true };
  const source = async (attributes: object): Promise<unknown> =>
    (await runSpan({ scope: 'openlit.instrumentation.openai', attributes: { ...attributes } }))
      .attributes['genai.cost.source'];
  assert.equal(await source(stream), 'estimated');
  assert.equal(await source({ ...stream, 'gen_ai.usage.cache_read.input_tokens': 0 }), 'catalog');
  assert.equal(await source(chat), 'catalog');
});

test('old OpenLLMetry names the vendor of a Bedrock model; who answered is Bedrock', async () => {
  const { attributes } = await runSpan({
    scope: 'opentelemetry.instrumentation.bedrock',
    version: '0.40.14',
    attributes: { ...claude, 'gen_ai.system': 'anthropic', 'llm.request.type': 'completion' },
  });
  assert.equal(attributes['gen_ai.provider.name'], 'aws.bedrock');
});

test('the id of an answer of the Responses API is found before those of its messages', async () => {
  const { attributes } = await runSpan({
    attributes: {
      'openinference.span.kind': 'LLM',
      'output.value': '{"output":[{"id":"msg_abcdefgh"}],"id":"resp_abcdefgh"}',
    },
  });
  assert.equal(attributes['gen_ai.response.id'], 'resp_abcdefgh');
});

test('with originals removed, canonical facts stand alone', async () => {
  const given = {
    scope: 'openinference.instrumentation.anthropic',
    attributes: {
      'openinference.span.kind': 'LLM',
      'llm.model_name': 'claude-sonnet-4-5',
      'llm.token_count.prompt': 17,
      'llm.token_count.prompt_details.cache_read': 1000,
      'llm.token_count.completion': 5,
      'gen_ai.usage.input_tokens': 17,
      'session.id': 'sess-1',
      'app.version': '1.2',
    },
  };
  const { attributes } = await runSpan(given, await createGenaiRun({ remove_originals: true }));
  const names = Object.keys(attributes);
  assert.deepEqual(
    names.filter((name) => /^(llm\.|genai\.original\.)/.test(name)),
    [],
  );
  assert.equal(attributes['gen_ai.usage.input_tokens'], 1017);
  assert.equal(attributes['session.id'], 'sess-1');
  assert.equal(attributes['app.version'], '1.2');
  const kept = (await runSpan(given)).attributes;
  assert.equal(kept['llm.token_count.prompt'], 17);
  assert.equal(kept['genai.original.gen_ai.usage.input_tokens'], 17);
});

test('a count that is none is absent, never 0, and what the emitter sent is kept', async () => {
  for (const bad of [-5, -0.5, 'many', true]) {
    const sent = { ...chat, 'gen_ai.usage.input_tokens': bad };
    const { attributes } = await runSpan({ attributes: sent });
    assert.equal('gen_ai.usage.input_tokens' in attributes, false, String(bad));
    assert.equal(attributes['genai.original.gen_ai.usage.input_tokens'], bad);
  }
});

test('a count that is none leaves the field to another spelling', async () => {
  const sent = { 'gen_ai.usage.input_tokens': -5, 'gen_ai.usage.prompt_tokens': 7 };
  const { attributes } = await runSpan({ attributes: { ...chat, ...sent } });
  assert.equal(attributes['gen_ai.usage.input_tokens'], 7);
});

test('vectors are dropped from calls, their wrappers and events, and counted, unless they are kept', async () => {
  const call = {
    'openinference.span.kind': 'EMBEDDING',
    'embedding.embeddings.0.embedding.text': 'Hi',
    'embedding.embeddings.0.embedding.vector': [0.5, 0.25],
    'embedding.embeddings.12.embedding.vector': [0.5, 0.25],
  };
  const wrapper = { 'ai.operationId': 'ai.embed', 'ai.embedding': '[0.1,0.2]', 'ai.value': '"Hi"' };
  const run = await createGenaiRun({});
  const events = [
    { name: 'EmbeddingEndEvent', attributes: { embeddings: '[[0.5]]', chunks: 'Hi' } },
  ];
  const scope = 'llamaindex.opentelemetry.tracer';
  const dropped = await runSpan({ attributes: call }, run);
  assert.equal(dropped.attributes['embedding.embeddings.0.embedding.text'], 'Hi');
  assert.equal(
    Object.keys(dropped.attributes).some((name) => name.endsWith('.vector')),
    false,
  );
  const outer = await runSpan({ attributes: wrapper }, run);
  assert.equal('ai.embedding' in outer.attributes, false);
  assert.deepEqual((await runSpan({ scope, events }, run)).events, [{ chunks: 'Hi' }]);
  const series = 'weir_processor_genai_dropped_attributes_total embedding_vector';
  assert.equal(run.counts.get(series), 4);
  const kept = await runSpan({ attributes: call }, await createGenaiRun({ embeddings: 'keep' }));
  assert.equal('embedding.embeddings.12.embedding.vector' in kept.attributes, true);
});
