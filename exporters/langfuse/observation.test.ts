import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import { toJson } from '../../pipeline/batch/value-json.ts';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { createGenaiRun } from '../../processors/genai/run-genai.ts';
import { createEncoder, tracesRequest } from '../../test/support/encode-slice.ts';
import type { SpanText } from '../../test/support/encode-slice.ts';
import { toObservation } from '../../test/support/langfuse-rules.ts';
import type { Observation, SpanFacts } from '../../test/support/langfuse-rules.ts';
import { projectRoot } from '../../test/support/project-root.ts';
import { langfuseExporter } from './factory.ts';
import { langfuseEncode } from './langfuse.worker.ts';

const captures = join(projectRoot, 'processors/genai/testdata');
const reader = createBatchReader(createKeys());
const credentials = { public_key: 'pk', secret_key: 'sk' };

interface Span extends SpanFacts {
  readonly name: string;
  readonly parentId: string;
}

function spansOf(request: Uint8Array): Span[] {
  return Array.from(reader.open('traces', request), (span) => ({
    name: span.name,
    parentId: span.parentSpanId.hex(),
    statusCode: span.statusCode,
    statusMessage: span.statusMessage,
    attributes: Object.fromEntries(
      Array.from(span.attributes, (one) => [one.name, toJson(one.value())]),
    ),
    resource: Object.fromEntries(
      Array.from(span.resource, (one) => [one.name, toJson(one.value())]),
    ),
  }));
}

function encode(request: Uint8Array, config: object = {}): Uint8Array {
  const run = createEncoder(langfuseEncode, langfuseExporter, {
    config: { ...credentials, ...config },
    signal: 'traces',
  });
  const [payload] = run(request);
  assert.ok(payload);
  return payload.body;
}

function observe(spans: readonly SpanText[], config: object = {}): Observation[] {
  return spansOf(encode(tracesRequest(spans), config)).map(toObservation);
}

function observeOne(attributes: SpanText['attributes'], rest: SpanText = {}): Observation {
  const [observation] = observe([{ ...rest, ...(attributes && { attributes }) }]);
  assert.ok(observation);
  return observation;
}

function typeOf({ attributes }: Span): unknown {
  if (attributes['genai.cost.status'] === 'duplicate') return 'span';
  const kind = attributes['genai.kind'] ?? 'span';
  return kind === 'llm' ? 'generation' : kind === 'rerank' ? 'retriever' : kind;
}

function checkBilled({ attributes }: Span, shown: Observation): void {
  const input = Number(attributes['gen_ai.usage.input_tokens'] ?? 0);
  const output = Number(attributes['gen_ai.usage.output_tokens'] ?? 0);
  const { total, ...buckets } = shown.usage;
  assert.equal(shown.cost, attributes['gen_ai.usage.cost']);
  assert.equal(total, input + output);
  assert.equal(
    Object.values(buckets).reduce((sum, count) => sum + count, 0),
    total,
  );
  assert.equal(
    shown.usage['input_cached_tokens'] ?? 0,
    attributes['gen_ai.usage.cache_read.input_tokens'] ?? 0,
  );
  const model = attributes['gen_ai.response.model'] ?? attributes['gen_ai.request.model'];
  assert.equal(shown.model, model);
}

function checkUnbilled(shown: Observation): void {
  assert.equal(shown.model, undefined);
  assert.deepEqual(shown.usage, {});
  assert.ok(shown.cost === undefined || shown.cost === 0);
}

describe('Langfuse shows of a span what genai understood', () => {
  for (const file of readdirSync(captures).filter((name) => name.endsWith('.pb'))) {
    it(`in the dialect of ${file}`, async () => {
      const run = await createGenaiRun();
      const canonical = run.run(readFileSync(join(captures, file)));
      const before = spansOf(canonical);
      const after = spansOf(encode(canonical));
      assert.equal(after.length, before.length);
      for (const [index, span] of before.entries()) {
        const shown = toObservation(after[index] ?? span);
        const status = span.attributes['genai.cost.status'];
        assert.equal(shown.isTokenised, false);
        if (status === 'priced' || status === 'provided') checkBilled(span, shown);
        else if (status === 'duplicate' || status === 'aggregate') checkUnbilled(shown);
        else assert.equal(shown.cost, undefined);
        assert.equal(shown.type, span.attributes['langfuse.observation.type'] ?? typeOf(span));
        const user = span.attributes['genai.user.id'];
        if (user !== undefined) assert.equal(shown.user, user);
        const session = span.attributes['genai.session.id'];
        if (session !== undefined) assert.equal(shown.session, session);
      }
    });
  }
});

describe('what a span is shown as', () => {
  it('is not taken from its operation where genai knows better', () => {
    assert.equal(observeOne({ 'genai.kind': 'retriever' }).type, 'retriever');
    assert.equal(observeOne({ 'genai.kind': 'rerank' }).type, 'retriever');
    assert.equal(observeOne({}).type, 'span');
  });

  it('stays what an application says in Langfuse’s own attribute, in lower case', () => {
    const own = { 'langfuse.observation.type': 'GUARDRAIL', 'genai.kind': 'llm' };
    assert.equal(observeOne(own).type, 'guardrail');
  });
});

describe('what a span is billed', () => {
  const call = {
    'genai.kind': 'llm',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.usage.input_tokens': 1000,
    'gen_ai.usage.output_tokens': 100,
  };

  it('is counted in buckets that do not overlap', () => {
    const { usage } = observeOne({
      ...call,
      'gen_ai.usage.cache_read.input_tokens': 200,
      'gen_ai.usage.cache_write.input_tokens': 300,
      'genai.usage.cache_write_1h_tokens': 100,
      'gen_ai.usage.reasoning.output_tokens': 40,
    });
    assert.deepEqual(usage, {
      input: 500,
      input_cached_tokens: 200,
      input_cache_creation: 200,
      input_cache_creation_1h: 100,
      output: 60,
      output_reasoning_tokens: 40,
      total: 1100,
    });
  });

  it('names the cost only where it is known: an unpriced call is not free', () => {
    const cost = { 'gen_ai.usage.cost': 0.5, 'genai.cost.input': 0.2, 'genai.cost.output': 0.3 };
    assert.equal(observeOne({ ...call, ...cost, 'genai.cost.status': 'priced' }).cost, 0.5);
    assert.equal(observeOne({ ...call, 'genai.cost.status': 'unpriced' }).cost, undefined);
    const free = { 'gen_ai.usage.cost': 0, 'genai.cost.status': 'priced' };
    assert.equal(observeOne({ ...call, ...free }).cost, 0);
  });

  it('leaves Langfuse nothing to count tokens of, where a call has text but no usage', () => {
    const input = JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'hi' }] }]);
    const silent = { 'genai.kind': 'llm', 'gen_ai.request.model': 'gpt-4o' };
    const shown = observeOne({ ...silent, 'gen_ai.input.messages': input });
    assert.equal(shown.isTokenised, false);
    assert.equal(shown.type, 'generation');
    assert.equal(observeOne(silent).model, 'gpt-4o');
  });

  it('is nothing where another span carries the bill', () => {
    const llm = { 'llm.token_count.prompt': 10, 'llm.model_name': 'gpt-4o' };
    for (const status of ['duplicate', 'aggregate']) {
      const shown = observeOne({ ...call, ...llm, 'genai.cost.status': status });
      checkUnbilled(shown);
    }
  });
});

describe('what a span is shown to have said', () => {
  const messages = (...list: readonly object[]): string => JSON.stringify(list);

  it('is its messages in the chat form, with tool calls and their results', () => {
    const shown = observeOne({
      'genai.kind': 'llm',
      'gen_ai.system_instructions': messages({ type: 'text', content: 'Be brief.' }),
      'gen_ai.input.messages': messages(
        { role: 'user', parts: [{ type: 'text', content: 'weather?' }] },
        {
          role: 'assistant',
          parts: [{ type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 'Rome' } }],
        },
        { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'sunny' }] },
      ),
      'gen_ai.output.messages': messages({
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'hm' },
          { type: 'text', content: 'Sunny.' },
        ],
        finish_reason: 'stop',
      }),
    });
    const call = { name: 'weather', arguments: '{"city":"Rome"}' };
    assert.deepEqual(shown.input, [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'weather?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: call }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'sunny' },
    ]);
    const answer = { role: 'assistant', content: 'Sunny.', reasoning_content: 'hm' };
    assert.deepEqual(shown.output, answer);
  });

  it('carries the tools that the model could call', () => {
    const shown = observeOne({
      'gen_ai.input.messages': messages({ role: 'user', parts: [] }),
      'gen_ai.tool.definitions': messages({ name: 'weather' }),
    });
    const input = { messages: [{ role: 'user', content: '' }], tools: [{ name: 'weather' }] };
    assert.deepEqual(shown.input, input);
  });

  it('is the raw text where messages were cut off', () => {
    assert.equal(observeOne({ 'gen_ai.input.messages': '[{"role":"us' }).input, '[{"role":"us');
  });

  it('is a tool’s arguments and result', () => {
    const tool = { 'gen_ai.tool.call.arguments': '{"a":1}', 'gen_ai.tool.call.result': 'two' };
    const { input, output } = observeOne({ 'genai.kind': 'tool', ...tool });
    assert.deepEqual({ input, output }, { input: { a: 1 }, output: 'two' });
  });

  it('is held once', () => {
    const text = 'a prompt that is long enough to be found';
    const input = messages({ role: 'user', parts: [{ type: 'text', content: text }] });
    const request = tracesRequest([{ attributes: { 'gen_ai.input.messages': input } }]);
    assert.equal(Buffer.from(encode(request)).toString('latin1').split(text).length, 2);
  });

  it('stays what an application says in Langfuse’s own attributes', () => {
    const own = { 'langfuse.observation.input': 'own', 'gen_ai.input.messages': messages() };
    assert.equal(observeOne(own).input, 'own');
  });
});

describe('whom a trace belongs to', () => {
  it('is written on every span of the batch, whichever span says it', () => {
    const root = {
      name: 'chat turn',
      spanId: '00000000000000aa',
      attributes: { 'genai.user.id': 'u1', 'genai.session.id': 's1' },
    };
    const child = { parentSpanId: '00000000000000aa' };
    const other = { traceId: 'ffffffffffffffffffffffffffffffff', parentSpanId: 'bbbbbbbbbbbbbbbb' };
    const shown = observe([child, root, other]);
    assert.deepEqual(
      shown.map(({ user, session, traceName }) => [user, session, traceName]),
      [
        ['u1', 's1', 'chat turn'],
        ['u1', 's1', 'chat turn'],
        [undefined, undefined, undefined],
      ],
    );
  });

  it('is put into the letters that Langfuse takes for an environment', () => {
    const named = { 'deployment.environment.name': 'Prod EU/West' };
    assert.equal(observeOne(named).environment, 'prod-eu-west');
    const [plain] = observe([{}], { environment: 'staging' });
    assert.equal(plain?.environment, 'staging');
  });
});

describe('what else is shown', () => {
  it('is why a span failed, also where only an attribute says it', () => {
    const shown = observeOne({ 'error.type': 'timeout' }, { error: '' });
    assert.deepEqual([shown.level, shown.statusMessage], ['ERROR', 'timeout']);
    assert.equal(observeOne({}, { error: 'no luck' }).statusMessage, 'no luck');
  });

  it('is nothing of numbers that are none, which a stream without usage is given', () => {
    const values = ['gen_ai.response.time_to_first_chunk', 'gen_ai.usage.input_tokens'];
    for (const doubleValue of ['NaN', 'Infinity', '-Infinity']) {
      const attributes = values.map((key) => ({ key, value: { doubleValue } }));
      const spans = [
        { traceId: '5b8aa5a2d2c872e8321cf37308d69df2', spanId: '00f067aa0ba902b7', attributes },
      ];
      const request = { resourceSpans: [{ scopeSpans: [{ spans }] }] };
      const [span] = spansOf(encode(decodeJson('traces', Buffer.from(JSON.stringify(request)))));
      assert.ok(span);
      const shown = Object.keys(span.attributes).filter((key) => key.startsWith('langfuse.'));
      assert.equal(shown.includes('langfuse.observation.usage_details'), false);
      assert.equal(shown.includes('langfuse.observation.completion_start_time'), false);
    }
  });

  it('is when the first chunk came, as a date', () => {
    const { completionStart } = observeOne({ 'gen_ai.response.time_to_first_chunk': 0.25 });
    assert.equal(completionStart, '2026-11-21T01:40:00.250Z');
  });

  it('is a link to a prompt only where it is complete', () => {
    const link = (attributes: SpanText['attributes']): unknown[] => {
      const spans = tracesRequest([{ attributes: { 'genai.kind': 'llm', ...attributes } }]);
      const [span] = spansOf(encode(spans));
      const prefix = 'langfuse.observation.prompt.';
      return [span?.attributes[`${prefix}name`], span?.attributes[`${prefix}version`]];
    };
    const named = { 'gen_ai.prompt.name': 'greeting' };
    assert.deepEqual(link({ ...named, 'gen_ai.prompt.version': '3' }), ['greeting', 3]);
    assert.deepEqual(link(named), [undefined, undefined]);
    assert.deepEqual(link({ ...named, 'gen_ai.prompt.version': 'latest' }), [undefined, undefined]);
  });
});

describe('with genai_only', () => {
  const llm = { 'genai.kind': 'llm' };

  it('spans hang below their nearest GenAI ancestor, and one below a dropped root becomes a root', () => {
    const request = tracesRequest([
      { name: 'http', spanId: '0000000000000001' },
      {
        name: 'agent',
        spanId: '0000000000000002',
        parentSpanId: '0000000000000001',
        attributes: llm,
      },
      { name: 'db', spanId: '0000000000000003', parentSpanId: '0000000000000002' },
      {
        name: 'call',
        spanId: '0000000000000004',
        parentSpanId: '0000000000000003',
        attributes: llm,
      },
      {
        name: 'far',
        spanId: '0000000000000005',
        parentSpanId: '00000000000000ff',
        attributes: llm,
      },
    ]);
    const spans = spansOf(encode(request, { genai_only: true }));
    assert.deepEqual(
      spans.map(({ name, parentId }) => [name, parentId]),
      [
        ['agent', ''],
        ['call', '0000000000000002'],
        ['far', '00000000000000ff'],
      ],
    );
    assert.equal(spans[0]?.attributes['langfuse.internal.is_app_root'], true);
    assert.equal(spans[1]?.attributes['langfuse.internal.is_app_root'], undefined);
  });

  it('a ring of dropped parents ends', () => {
    const request = tracesRequest([
      { spanId: '0000000000000001', parentSpanId: '0000000000000002' },
      { spanId: '0000000000000002', parentSpanId: '0000000000000001' },
      { spanId: '0000000000000003', parentSpanId: '0000000000000001', attributes: llm },
    ]);
    const [span] = spansOf(encode(request, { genai_only: true }));
    assert.equal(span?.parentId, '');
  });
});
