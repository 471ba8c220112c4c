import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { projectRoot } from '../../test/support/project-root.ts';
import { toJson } from '../../pipeline/batch/value-json.ts';
import { createGenaiRun, type GenaiRun } from './run-genai.ts';

const testdata = join(projectRoot, 'processors/genai/testdata');

interface Span {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Copies what the cursors show; spreading them would give the last span, many times. */
function spansOf({ reader }: GenaiRun, request: Uint8Array): Span[] {
  const spans: Span[] = [];
  for (const { name, attributes } of reader.open('traces', request)) {
    const copy = new Map<string, unknown>();
    for (const attribute of attributes) copy.set(attribute.name, toJson(attribute.value()));
    spans.push({ name, attributes: Object.fromEntries(copy) });
  }
  return spans;
}

async function runCapture(file: string, yaml = ''): Promise<{ run: GenaiRun; spans: Span[] }> {
  const run = await createGenaiRun(parse(yaml));
  return { run, spans: spansOf(run, run.run(readFileSync(join(testdata, file)))) };
}

/** Only what the processor wrote or could have written; JSON in attributes is shown as data. */
function factsOf({ name, attributes }: Span): unknown {
  const facts = Object.entries(attributes)
    .filter(([key]) => /^gen_?ai\./.test(key))
    .map(([key, value]) => [key, asData(value)])
    .sort();
  return { name, ...Object.fromEntries(facts) };
}

function asData(value: unknown): unknown {
  return typeof value === 'string' && /^[[{]/.test(value) ? JSON.parse(value) : value;
}

for (const file of readdirSync(testdata).filter((name) => name.endsWith('.pb'))) {
  test(`the capture ${file} carries the canonical facts that stand beside it`, async () => {
    const { spans } = await runCapture(file);
    const facts = spans.map(factsOf);
    const expected = join(testdata, file.replace('.pb', '.expected.json'));
    if (process.env['WEIR_UPDATE_GOLDEN'] === '1') {
      writeFileSync(expected, `${JSON.stringify(facts, null, 2)}\n`);
    }
    assert.deepEqual(facts, JSON.parse(readFileSync(expected, 'utf8')));
  });

  test(`the capture ${file} is not changed by a second pass`, async () => {
    const { run, spans } = await runCapture(file);
    const once = run.run(readFileSync(join(testdata, file)));
    const second = await createGenaiRun();
    assert.deepEqual(spansOf(second, second.run(once)), spans);
  });
}

test('spans that are not about GenAI pass byte for byte', async () => {
  const request = readFileSync(join(testdata, 'http.pb'));
  const run = await createGenaiRun();
  assert.deepEqual(Buffer.from(run.run(request)), request);
  assert.equal(run.counts.size, 0);
});

test('an exclusive input count is replaced, and its old value kept', async () => {
  const { spans } = await runCapture('exclusive.pb');
  const attributes = spans[0]?.attributes ?? {};
  assert.equal(attributes['gen_ai.usage.input_tokens'], 1217);
  assert.equal(attributes['genai.original.gen_ai.usage.input_tokens'], 17);
  assert.equal(attributes['genai.usage.convention'], 'exclusive');
});

test("the Anthropic SDK's span beside Traceloop's is the same call and billed once", async () => {
  const { run, spans } = await runCapture('duplicate.pb');
  const bySource = new Map(spans.map((span) => [span.name, span.attributes]));
  const native = bySource.get('anthropic.messages.create') ?? {};
  const wrapper = bySource.get('anthropic.chat') ?? {};
  assert.equal(native['genai.cost.status'], 'priced');
  assert.equal(wrapper['genai.cost.status'], 'duplicate');
  assert.equal('gen_ai.usage.cost' in wrapper, false);
  assert.equal(run.counts.get('weir_processor_genai_cost_spans_total duplicate '), 1);
});

test('what the table of billed calls says is counted', async () => {
  const { run } = await runCapture('anthropic_sdk.pb');
  assert.equal(run.counts.get('weir_processor_genai_claims_total own'), 1);
  const unnamed = await runCapture('strands.pb');
  assert.equal(unnamed.run.counts.get('weir_processor_genai_claims_total none'), 1);
});

test('the parts of a cost sum to it', async () => {
  const { spans } = await runCapture('anthropic_sdk.pb');
  const attributes = spans[0]?.attributes ?? {};
  const parts = ['input', 'output', 'cache_read', 'cache_write'].map((part) =>
    Number(attributes[`genai.cost.${part}`]),
  );
  const sum = parts.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum - Number(attributes['gen_ai.usage.cost'])) < 1e-15);
});

test('indexed messages are held once, unless the originals are kept', async () => {
  const indexed = (spans: readonly Span[]) =>
    Object.keys(spans[0]?.attributes ?? {}).filter((key) => key.startsWith('gen_ai.prompt.'));
  const dropped = await runCapture('openllmetry.pb');
  assert.deepEqual(indexed(dropped.spans), []);
  const kept = await runCapture('openllmetry.pb', 'keep_originals: true');
  assert.ok(indexed(kept.spans).length > 0);
  const series = 'weir_processor_genai_dropped_attributes_total message_source';
  assert.ok((dropped.run.counts.get(series) ?? 0) >= 4);
  assert.equal(kept.run.counts.get(series), undefined);
});

test('with messages off they stay as the emitter wrote them', async () => {
  const { spans } = await runCapture('openllmetry.pb', 'messages: false');
  const attributes = spans[0]?.attributes ?? {};
  assert.equal('gen_ai.input.messages' in attributes, false);
  assert.equal(attributes['gen_ai.prompt.0.role'], 'system');
});

test('a reported cost is kept or recomputed as configured', async () => {
  const status = async (yaml: string) => {
    const { spans } = await runCapture('litellm.pb', yaml);
    return spans[0]?.attributes['genai.cost.status'];
  };
  assert.equal(await status(''), 'provided');
  assert.equal(await status('provided_cost: recompute'), 'priced');
});

test('the tenant is read from the configured keys', async () => {
  const { spans } = await runCapture('openllmetry.pb', 'tenant_keys: [llm.user]');
  assert.equal(spans[0]?.attributes['genai.tenant.id'], 'user-1');
});

test('unknown options are refused', async () => {
  await assert.rejects(createGenaiRun({ message: false }), /message/);
});

test('no change of bytes in a capture makes the processor throw, or a cost negative or NaN', async () => {
  const run = await createGenaiRun();
  const captures = readdirSync(testdata)
    .filter((name) => name.endsWith('.pb'))
    .map((name) => readFileSync(join(testdata, name)));
  const mutation = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(
      fc.constantFrom(...captures),
      fc.array(mutation, { maxLength: 6 }),
      (capture, edits) => {
        const bytes = Buffer.from(capture);
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        for (const { attributes } of mutatedSpans(run, bytes)) {
          const cost = attributes['gen_ai.usage.cost'];
          if (attributes['genai.cost.status'] !== 'priced') continue;
          assert.ok(typeof cost === 'number' && cost >= 0 && Number.isFinite(cost));
        }
      },
    ),
    { numRuns: 300 },
  );
});

/** Spans of a mutated request after the processor; none where the bytes are no request any more. */
function mutatedSpans(run: GenaiRun, bytes: Uint8Array): Span[] {
  try {
    run.reader.open('traces', bytes);
  } catch {
    return [];
  }
  return spansOf(run, run.run(bytes));
}
