import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { projectRoot } from '../../test/support/project-root.ts';
import { dialects } from './dialects/table.ts';
import { createGenaiRun } from './run-genai.ts';
import { type GivenSpan, runSpan, toRequest } from './run-span.ts';

const testdata = join(projectRoot, 'processors/genai/testdata');
const failed = 'weir_processor_genai_failed_spans_total';

/** Keys that the dialects read, as they stand in captures, and hostile ones beside them. */
async function knownKeys(): Promise<readonly string[]> {
  const { reader } = await createGenaiRun({});
  const names = new Set([
    ...dialects.flatMap(({ evidence }) => evidence),
    ...['__proto__', 'constructor', 'toString', '', '.', 'gen_ai.', 'gen_ai.usage.', 'genai.kind'],
    ...['gen_ai.prompt.0', 'gen_ai.prompt.99999.role', 'llm.input_messages..message', 'a\0b'],
  ]);
  for (const file of readdirSync(testdata).filter((name) => name.endsWith('.pb'))) {
    for (const { attributes } of reader.open('traces', readFileSync(join(testdata, file)))) {
      for (const { name } of attributes) names.add(name);
    }
  }
  names.delete('genai.dialect');
  return [...names];
}

const scopes = [
  ...['openinference.instrumentation.openai', 'opentelemetry.instrumentation.bedrock', 'ai'],
  ...['langfuse-sdk', 'langsmith', 'pydantic-ai', 'logfire.openai', 'gcp.vertex.agent', 'litellm'],
  ...['strands.telemetry.tracer', 'openlit.instrumentation.anthropic', 'mlflow', ''],
  ...['com.anthropic.sdk.python', 'agent_framework', 'llamaindex.opentelemetry.tracer'],
];

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('NaN', '-1', '1e400', '12', 'True', '[]', '{}', '[{', '{"a":', '"x"', 'null'),
  fc.constantFrom('{"usage":{"input_tokens":-5,"output_tokens":1e999}}', '[{"role":1}]'),
  fc.json(),
);

const values = fc.oneof(
  texts,
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(texts, { maxLength: 3 }),
  fc.dictionary(fc.string(), texts, { maxKeys: 3 }),
);

async function spans(): Promise<fc.Arbitrary<GivenSpan>> {
  const attributes = fc.dictionary(fc.constantFrom(...(await knownKeys())), values, {
    maxKeys: 20,
  });
  const event = fc.record({
    name: fc.constantFrom(
      ...['gen_ai.user.message', 'gen_ai.choice', 'gen_ai.content.prompt', 'exception'],
      ...['First Token Stream Event', 'LLMChatEndEvent', 'gen_ai.tool.message'],
    ),
    atMs: fc.integer({ min: 0, max: 1e6 }),
    attributes: fc.dictionary(
      fc.constantFrom('content', 'message', 'gen_ai.prompt', 'messages', 'response.raw.usage.x'),
      values,
    ),
  });
  return fc.record({
    name: fc.constantFrom('chat', 'ChatCompletion', 'agent run', 'call_llm', ''),
    scope: fc.constantFrom(...scopes),
    version: fc.constantFrom('0.40.14', '1.0', '2.1b0', ''),
    status: fc.constantFrom(0, 2),
    attributes,
    events: fc.array(event, { maxLength: 3 }),
  });
}

/** Counts are whole and never negative, a cost is finite, and what is to be JSON is JSON. */
function checkFacts(attributes: Readonly<Record<string, unknown>>): void {
  if (!('genai.dialect' in attributes)) return;
  const counts = ['input_tokens', 'output_tokens', 'cache_read.input_tokens'];
  for (const name of counts) {
    const count = attributes[`gen_ai.usage.${name}`] ?? 0;
    assert.ok(typeof count !== 'number' || count >= 0, name);
  }
  if (attributes['genai.cost.status'] === 'priced') {
    const cost = Number(attributes['gen_ai.usage.cost']);
    assert.ok(cost >= 0 && Number.isFinite(cost), String(cost));
  }
}

test('no attributes, of any type under any name, make a span fail, or a cost negative or NaN', async () => {
  const run = await createGenaiRun({});
  await fc.assert(
    fc.asyncProperty(await spans(), async (given) => {
      checkFacts((await runSpan(given, run)).attributes);
      assert.equal(run.counts.get(`${failed} `) ?? run.counts.get(failed), undefined);
    }),
    { numRuns: 1500 },
  );
});

test('what was canonicalised once is not changed by another pass', async () => {
  await fc.assert(
    fc.asyncProperty(await spans(), async (given) => {
      const once = (await createGenaiRun({})).run(toRequest(given));
      const twice = (await createGenaiRun({})).run(once);
      assert.deepEqual(Buffer.from(twice), Buffer.from(once));
    }),
    { numRuns: 100 },
  );
});

test('what a worker remembers of the spans before changes nothing on a span', async () => {
  const worker = await createGenaiRun({});
  await fc.assert(
    fc.asyncProperty(fc.array(await spans(), { minLength: 2, maxLength: 4 }), async (given) => {
      // Spans that take turns, in one order and in the other.
      for (const span of [...given, ...given.toReversed()]) {
        const alone = await runSpan(span, await createGenaiRun({}));
        assert.deepEqual((await runSpan(span, worker)).attributes, alone.attributes);
      }
    }),
    { numRuns: 40 },
  );
});
