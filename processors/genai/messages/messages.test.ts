import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TextTest } from '../../../pipeline/batch/batch.ts';
import { areCompleteMessages, isPartList, isSemconvMessages } from './json-shape.ts';
import { toMessages, toSystemParts } from './message.ts';
import { toToolDefinitions } from './tool-definition.ts';

const text = (content: string) => ({ type: 'text', content });

test('OpenAI chat messages keep text, images, tool calls and tool results', () => {
  const messages = toMessages(
    [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":"cat"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'a cat' },
    ],
    'user',
  );
  assert.deepEqual(messages, [
    { role: 'system', parts: [text('Be brief.')] },
    {
      role: 'user',
      parts: [
        text('What is this?'),
        { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AAAA' },
        { type: 'uri', modality: 'image', uri: 'https://example.com/cat.png' },
      ],
    },
    {
      role: 'assistant',
      parts: [{ type: 'tool_call', id: 'call_1', name: 'look', arguments: { at: 'cat' } }],
    },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'call_1', response: 'a cat' }] },
  ]);
});

test('Anthropic content blocks keep thinking, tool use and tool results', () => {
  const answer = toMessages(
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'x' },
        { type: 'text', text: 'Let me see.' },
        { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 'cat' } },
      ],
      stop_reason: 'tool_use',
    },
    'assistant',
  );
  assert.deepEqual(answer, [
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', content: 'Hm.' },
        text('Let me see.'),
        { type: 'tool_call', id: 'toolu_1', name: 'look', arguments: { at: 'cat' } },
      ],
      finish_reason: 'tool_call',
    },
  ]);
  const request = toMessages(
    {
      system: 'Be brief.',
      messages: [
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'a cat' }],
        },
      ],
    },
    'user',
  );
  assert.deepEqual(request, [
    { role: 'system', parts: [text('Be brief.')] },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'toolu_1', response: 'a cat' }] },
  ]);
});

test('bodies of answers give their messages with the reason they ended', () => {
  const chat = {
    id: 'x',
    choices: [
      { index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', content: 'Hi' } },
    ],
  };
  const expected = [{ role: 'assistant', parts: [text('Hi')], finish_reason: 'tool_call' }];
  assert.deepEqual(toMessages(chat, 'assistant'), expected);
  const gemini = {
    candidates: [{ content: { role: 'model', parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }],
  };
  assert.deepEqual(toMessages(gemini, 'assistant'), [
    { role: 'assistant', parts: [text('Hi')], finish_reason: 'stop' },
  ]);
  const responses = {
    object: 'response',
    output: [
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] },
      { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' },
    ],
  };
  assert.deepEqual(
    toMessages(responses, 'assistant').map((message) => message.parts[0]?.type),
    ['reasoning', 'text', 'tool_call'],
  );
});

test("LlamaIndex' blocks keep calls of tools", () => {
  const block = {
    type: 'tool_call',
    tool_call_id: 'c1',
    tool_name: 'look',
    tool_kwargs: '{"at":1}',
  };
  assert.deepEqual(toMessages([{ role: 'assistant', content: [block] }], 'assistant'), [
    {
      role: 'assistant',
      parts: [{ type: 'tool_call', id: 'c1', name: 'look', arguments: { at: 1 } }],
    },
  ]);
});

test('arguments with a number that would be rounded stay text', () => {
  const args = '{"id": 12345678901234567890}';
  const part = { type: 'tool_call', name: 'look', arguments: args };
  assert.deepEqual(toMessages([{ role: 'assistant', content: [part] }], 'assistant'), [
    { role: 'assistant', parts: [part] },
  ]);
});

test("Bedrock's blocks keep reasoning, media, calls of tools and their results", () => {
  const content = [
    { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'x' } } },
    { text: 'Look:' },
    { image: { format: 'png', source: { bytes: 'AAAA' } } },
    { document: { format: 'pdf', name: 'd', source: { s3Location: { uri: 's3://b/d.pdf' } } } },
    { toolUse: { toolUseId: 't1', name: 'look', input: { at: 'cat' } } },
  ];
  assert.deepEqual(toMessages([{ role: 'assistant', content }], 'assistant'), [
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', content: 'Hm.' },
        text('Look:'),
        { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AAAA' },
        { type: 'uri', modality: 'document', uri: 's3://b/d.pdf' },
        { type: 'tool_call', id: 't1', name: 'look', arguments: { at: 'cat' } },
      ],
    },
  ]);
});

test("LangChain's serialised messages give their role by class or type", () => {
  const prompt = {
    messages: [
      [
        {
          lc: 1,
          type: 'constructor',
          id: ['langchain', 'schema', 'messages', 'SystemMessage'],
          kwargs: { content: 'Be brief.', type: 'system' },
        },
        {
          lc: 1,
          type: 'constructor',
          id: ['langchain', 'schema', 'messages', 'HumanMessage'],
          kwargs: { content: 'Hi', type: 'human' },
        },
      ],
    ],
  };
  assert.deepEqual(toMessages(prompt, 'user'), [
    { role: 'system', parts: [text('Be brief.')] },
    { role: 'user', parts: [text('Hi')] },
  ]);
  const generation = {
    generations: [
      [
        {
          text: 'Hello',
          generation_info: { finish_reason: 'stop' },
          message: { kwargs: { content: 'Hello' }, id: ['AIMessage'], lc: 1, type: 'constructor' },
        },
      ],
    ],
  };
  assert.deepEqual(toMessages(generation, 'assistant'), [
    { role: 'assistant', parts: [text('Hello')], finish_reason: 'stop' },
  ]);
});

test('messages in semconv shape are told by their text and pass unchanged', () => {
  const semconv = [{ role: 'user', parts: [text('Hi'), { type: 'custom', x: 1 }] }];
  assert.deepEqual(toMessages(semconv, 'user'), semconv);
  const written = JSON.stringify(semconv);
  assert.equal(says(isSemconvMessages, written), true);
  assert.equal(says(isSemconvMessages, ` [ ${written.slice(1)}\n`), true);
  assert.equal(says(isSemconvMessages, written.slice(0, -3)), false);
  assert.equal(says(isSemconvMessages, '[{"role":"user","content":"\\"parts\\":"}]'), false);
  for (const text of ['', '[', '[]', '[{', '{"parts":[]}', '["parts":]', ' ']) {
    assert.equal(says(isSemconvMessages, text), false, text);
  }
});

test('messages whose parts are missing are told from those that say something', () => {
  assert.equal(says(areCompleteMessages, '[{"role":"assistant","parts":[{"type":"text"}]}]'), true);
  assert.equal(says(areCompleteMessages, '[{"role":"assistant","parts":[]}]'), false);
});

test('a list of parts is told by its first member', () => {
  assert.equal(says(isPartList, '[ { "type":"text","content":"Be brief."}]'), true);
  assert.equal(says(isPartList, '[{"content":"Be brief."}]'), true);
  assert.equal(says(isPartList, '[{"role":"system","content":"Be brief."}]'), false);
  assert.equal(says(isPartList, '[{"type":"text","content":"Be br'), false);
});

/** What a test of bytes says of a text that other bytes stand around. */
function says(test: TextTest, text: string): boolean {
  const bytes = new Uint8Array(Buffer.from(`"type"${text}"parts":"type"]`));
  const start = '"type"'.length;
  return test(bytes, start, start + Buffer.byteLength(text), new DataView(bytes.buffer));
}

test('text that is no JSON, or JSON of no known shape, is one text part', () => {
  assert.deepEqual(toMessages('[{"role":"us', 'user'), [
    { role: 'user', parts: [text('[{"role":"us')] },
  ]);
  assert.deepEqual(toMessages({ q: 'Hi' }, 'user'), [
    { role: 'user', parts: [text('{"q":"Hi"}')] },
  ]);
});

test('system instructions are parts, from texts, parts or messages', () => {
  assert.deepEqual(toSystemParts('Be brief.'), [text('Be brief.')]);
  assert.deepEqual(toSystemParts([{ type: 'text', text: 'Be brief.' }]), [text('Be brief.')]);
  assert.deepEqual(toSystemParts([{ role: 'system', content: 'Be brief.' }]), [text('Be brief.')]);
});

test('tool definitions of every provider become flat', () => {
  const parameters = { type: 'object' };
  const flat = [{ type: 'function', name: 'look', description: 'Looks', parameters }];
  const shapes: readonly unknown[] = [
    [{ type: 'function', function: { name: 'look', description: 'Looks', parameters } }],
    [{ name: 'look', description: 'Looks', input_schema: parameters }],
    [
      JSON.stringify({
        type: 'function',
        name: 'look',
        description: 'Looks',
        inputSchema: parameters,
      }),
    ],
    [{ toolSpec: { name: 'look', description: 'Looks', inputSchema: { json: parameters } } }],
    [{ functionDeclarations: [{ name: 'look', description: 'Looks', parameters }] }],
    [{ name: 'look', description: 'Looks', parameters: JSON.stringify(parameters) }],
  ];
  for (const shape of shapes) assert.deepEqual(toToolDefinitions(shape), flat);
  assert.equal(toToolDefinitions('not json'), undefined);
});

test('JSON that is nested deeper than any stack is kept or dropped, never thrown', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  assert.equal(toMessages(deep, 'user').length, 1);
  assert.equal(toMessages({ messages: deep }, 'user').length, 1);
});

test('no JSON value makes the conversion throw, and what it gives converts to itself', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      const once = toMessages(value, 'user');
      const json = JSON.stringify(once);
      assert.deepEqual(
        JSON.parse(JSON.stringify(toMessages(JSON.parse(json), 'user'))),
        JSON.parse(json),
      );
    }),
  );
});
