import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createGenaiRun } from '../run-genai.ts';
import { runSpan } from '../run-span.ts';

type Attributes = Readonly<Record<string, unknown>>;

const genai = await createGenaiRun({});

async function messagesOf(attributes: Attributes): Promise<{ input: unknown; output: unknown }> {
  const span = await runSpan({ attributes: { 'llm.request.type': 'chat', ...attributes } }, genai);
  const parsed = (key: string): unknown => {
    const text = span.attributes[key];
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  };
  return { input: parsed('gen_ai.input.messages'), output: parsed('gen_ai.output.messages') };
}

const conversation = [
  { role: 'system', parts: [{ type: 'text', content: 'Be "brief".\n' }] },
  { role: 'user', parts: [{ type: 'text', content: 'Wetter in Köln? ☔' }] },
  {
    role: 'assistant',
    parts: [{ type: 'tool_call', id: 'call_1', name: 'weather', arguments: { city: 'Köln' } }],
  },
  { role: 'tool', parts: [{ type: 'tool_call_response', id: 'call_1', response: '21C' }] },
];
const answer = [
  {
    role: 'assistant',
    parts: [{ type: 'text', content: 'Sunny.' }],
    finish_reason: 'stop',
  },
];

const openllmetry = {
  'gen_ai.prompt.0.role': 'system',
  'gen_ai.prompt.0.content': 'Be "brief".\n',
  'gen_ai.prompt.1.role': 'human',
  'gen_ai.prompt.1.content': 'Wetter in Köln? ☔',
  'gen_ai.prompt.2.role': 'assistant',
  'gen_ai.prompt.2.tool_calls.0.id': 'call_1',
  'gen_ai.prompt.2.tool_calls.0.name': 'weather',
  'gen_ai.prompt.2.tool_calls.0.arguments': '{"city": "Köln"}',
  'gen_ai.prompt.3.role': 'tool',
  'gen_ai.prompt.3.content': '21C',
  'gen_ai.prompt.3.tool_call_id': 'call_1',
  'gen_ai.completion.0.finish_reason': 'end_turn',
  'gen_ai.completion.0.role': 'assistant',
  'gen_ai.completion.0.content': 'Sunny.',
};

const openinference = {
  'llm.input_messages.0.message.role': 'system',
  'llm.input_messages.0.message.content': 'Be "brief".\n',
  'llm.input_messages.1.message.role': 'user',
  'llm.input_messages.1.message.contents.0.message_content.type': 'text',
  'llm.input_messages.1.message.contents.0.message_content.text': 'Wetter in Köln? ☔',
  'llm.input_messages.2.message.role': 'assistant',
  'llm.input_messages.2.message.tool_calls.0.tool_call.id': 'call_1',
  'llm.input_messages.2.message.tool_calls.0.tool_call.function.name': 'weather',
  'llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments': '{"city": "Köln"}',
  'llm.input_messages.3.message.role': 'tool',
  'llm.input_messages.3.message.content': '21C',
  'llm.input_messages.3.message.tool_call_id': 'call_1',
};

test('indexed messages of both dialects become the same semconv messages', async () => {
  assert.deepEqual(await messagesOf(openllmetry), { input: conversation, output: answer });
  assert.deepEqual((await messagesOf(openinference)).input, conversation);
});

test('a part of content without a type is a text: streams of Bedrock are recorded so', async () => {
  const { input } = await messagesOf({
    'llm.input_messages.0.message.role': 'user',
    'llm.input_messages.0.message.contents.0.message_content.text': 'Hi',
    'llm.input_messages.0.message.contents.1.message_content.type': 'text',
    'llm.input_messages.0.message.contents.1.message_content.text': 'there',
  });
  const parts = ['Hi', 'there'].map((content) => ({ type: 'text', content }));
  assert.deepEqual(input, [{ role: 'user', parts }]);
});

test('the order of the attributes does not matter', async () => {
  for (const given of [openllmetry, openinference]) {
    const entries = Object.entries(given);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(entries, { minLength: entries.length }),
        async (shuffled) => {
          assert.deepEqual((await messagesOf(Object.fromEntries(shuffled))).input, conversation);
        },
      ),
      { numRuns: 20 },
    );
  }
});

test('an image among the parts, and content that is a JSON list, are rebuilt as well', async () => {
  const image = { type: 'uri', modality: 'image', uri: 'https://example.com/cat.png' };
  const text = { type: 'text', content: 'What is this?' };
  const parts = 'llm.input_messages.0.message.contents';
  const indexed = await messagesOf({
    'llm.input_messages.0.message.role': 'user',
    [`${parts}.0.message_content.type`]: 'text',
    [`${parts}.0.message_content.text`]: 'What is this?',
    [`${parts}.1.message_content.type`]: 'image',
    [`${parts}.1.message_content.image.image.url`]: 'https://example.com/cat.png',
  });
  assert.deepEqual(indexed.input, [{ role: 'user', parts: [text, image] }]);
  const list = await messagesOf({
    'gen_ai.prompt.0.role': 'user',
    'gen_ai.prompt.0.content': JSON.stringify([
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
    ]),
  });
  assert.deepEqual(list.input, [{ role: 'user', parts: [text, image] }]);
});

test("a call among Anthropic's parts and again beside them is one call", async () => {
  const message = 'llm.output_messages.0.message';
  const call = (place: string): Attributes => ({
    [`${place}.tool_call.id`]: 'toolu_1',
    [`${place}.tool_call.function.name`]: 'weather',
    [`${place}.tool_call.function.arguments`]: '{"city": "Köln"}',
  });
  const beside = {
    [`${message}.role`]: 'assistant',
    [`${message}.contents.0.message_content.type`]: 'text',
    [`${message}.contents.0.message_content.text`]: 'Let me see.',
    [`${message}.contents.1.message_content.type`]: 'tool_use',
    ...call(`${message}.tool_calls.0`),
  };
  const image = {
    [`${message}.contents.2.message_content.type`]: 'image',
    [`${message}.contents.2.message_content.image.image.url`]: 'https://example.com/cat.png',
  };
  const among = call(`${message}.contents.1`);
  const text = { type: 'text', content: 'Let me see.' };
  const made = { type: 'tool_call', id: 'toolu_1', name: 'weather', arguments: { city: 'Köln' } };
  const cat = { type: 'uri', modality: 'image', uri: 'https://example.com/cat.png' };
  for (const [given, parts] of [
    [{ ...beside, ...among }, [text, made]],
    [beside, [text, made]],
    [{ ...beside, ...among, ...image }, [text, made, cat]],
    [{ ...beside, ...image }, [text, cat, made]],
  ] as const) {
    assert.deepEqual((await messagesOf(given)).output, [{ role: 'assistant', parts }]);
  }
});

test('tools are those of the span at hand, whatever tools other spans had', async () => {
  const openllmetryTools = (name: string, description: string): Attributes => ({
    'llm.request.functions.0.name': name,
    'llm.request.functions.0.description': description,
    'llm.request.functions.0.parameters': '{"type": "object"}',
  });
  const schema = (tool: object): Attributes => ({
    'llm.tools.0.tool.json_schema': JSON.stringify(tool),
  });
  const own = (tools: unknown): Attributes => ({ 'gen_ai.tool.definitions': tools });
  const parameters = { type: 'object' };
  const cases: [Attributes, unknown][] = Array.from({ length: 12 }, (_, i) => String(i)).flatMap(
    (i): [Attributes, unknown][] => {
      const flat = [{ type: 'function', name: `see${i}`, description: i, parameters }];
      const nested = {
        type: 'function',
        function: { name: `see${i}`, description: i, parameters },
      };
      return [
        [openllmetryTools(`see${i}`, i), flat],
        // The same texts under other names.
        [openllmetryTools(i, `see${i}`), [{ ...flat[0], name: i, description: `see${i}` }]],
        [schema(nested), flat],
        [own(JSON.stringify([nested])), flat],
        [own(JSON.stringify(flat)), flat],
        [own([JSON.stringify(nested)]), flat],
      ];
    },
  );
  for (const [given, expected] of [...cases, ...cases.toReversed(), ...cases]) {
    const base = { 'llm.request.type': 'chat', 'gen_ai.system': 'openai' };
    const { attributes } = await runSpan({ attributes: { ...base, ...given } }, genai);
    const text = attributes['gen_ai.tool.definitions'];
    assert.deepEqual(typeof text === 'string' ? JSON.parse(text) : text, expected);
  }
});

test('broken arguments of a tool stay a text', async () => {
  const { output } = await messagesOf({
    'gen_ai.completion.0.role': 'assistant',
    'gen_ai.completion.0.tool_calls.0.name': 'weather',
    'gen_ai.completion.0.tool_calls.0.arguments': '{"city": "Kö',
  });
  const call = { type: 'tool_call', name: 'weather', arguments: '{"city": "Kö' };
  assert.deepEqual(output, [{ role: 'assistant', parts: [call] }]);
});

test('messages under both names are held once, those of semconv where they say something', async () => {
  const own = '[{"role":"assistant","parts":[{"type":"text","content":"own"}]}]';
  const both = { ...openllmetry, 'gen_ai.output.messages': own };
  const kept = await runSpan({ attributes: both }, genai);
  assert.equal(kept.attributes['gen_ai.output.messages'], own);
  assert.equal('gen_ai.completion.0.content' in kept.attributes, false);
  const empty = { ...both, 'gen_ai.output.messages': '[{"role":"assistant","parts": []}]' };
  assert.deepEqual((await messagesOf(empty)).output, answer);
});

test("semconv's names of a prompt are no messages", async () => {
  const { attributes } = await runSpan(
    { attributes: { ...openllmetry, 'gen_ai.prompt.name': 'joker' } },
    genai,
  );
  assert.equal(attributes['gen_ai.prompt.name'], 'joker');
});

test('whatever stands under indexed names, what comes of it is JSON or nothing', async () => {
  const names = fc
    .array(
      fc.constantFrom(
        ...['gen_ai.prompt', 'gen_ai.completion', 'llm.input_messages', 'llm.tools', 'tool_calls'],
        ...['message', 'role', 'content', 'contents', 'message_content', 'name', 'tool_call', 'id'],
        ...['0', '1', '7', '4096', '99999', '', '__proto__', 'constructor'],
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((parts) => parts.join('.'));
  const values = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.boolean(),
    fc.array(fc.string()),
  );
  await fc.assert(
    fc.asyncProperty(fc.dictionary(names, values, { maxKeys: 12 }), async (attributes) => {
      const { input, output } = await messagesOf(attributes);
      for (const list of [input, output]) assert.ok(list === undefined || Array.isArray(list));
    }),
    { numRuns: 200 },
  );
});
