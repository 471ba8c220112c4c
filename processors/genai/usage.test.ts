import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Convention,
  createUsage,
  hasUsage,
  normaliseUsage,
  toCount,
  type Usage,
  type UsageRule,
} from './usage.ts';
import { readUsageBuckets, readUsageObject } from './usage-object.ts';

function usageOf(counts: Partial<Usage>): Usage {
  return { ...createUsage(), ...counts };
}

function normalised(
  counts: Partial<Usage>,
  rule?: UsageRule,
): Partial<Usage> & { convention: Convention } {
  const usage = usageOf(counts);
  const convention = normaliseUsage(usage, rule);
  const known = Object.entries(usage).filter(([, count]) => count !== undefined);
  return { ...Object.fromEntries(known), convention };
}

test('a cache larger than the input proves that the input leaves it out, whatever the rule says', () => {
  const counts = { input: 17, output: 5, cacheRead: 1000, cacheWrite: 200 };
  const expected = { ...counts, convention: 'exclusive', input: 1217 };
  assert.deepEqual(normalised(counts), expected);
  assert.deepEqual(normalised(counts, { input: 'inclusive' }), expected);
});

test('a total that only fits with the cache added proves the same', () => {
  const counts = { input: 900, output: 100, total: 1500, cacheRead: 400, cacheWrite: 100 };
  assert.equal(normalised(counts).convention, 'exclusive');
});

test('where the numbers prove nothing the rule decides, and without one they stay', () => {
  const counts = { input: 1000, output: 100, cacheRead: 400 };
  assert.deepEqual(normalised(counts, { input: 'exclusive' }), {
    ...counts,
    convention: 'exclusive',
    input: 1400,
  });
  assert.deepEqual(normalised(counts, { input: 'inclusive' }), {
    ...counts,
    convention: 'inclusive',
  });
  assert.deepEqual(normalised(counts), { ...counts, convention: 'as_is' });
});

test('reasoning is added to an output that it is larger than, that the total leaves it out of, or that a rule says so of', () => {
  assert.equal(normalised({ output: 10, reasoning: 30 }).output, 40);
  assert.equal(normalised({ input: 5, output: 40, reasoning: 30, total: 75 }).output, 70);
  assert.equal(normalised({ output: 40, reasoning: 30 }, { output: 'exclusive' }).output, 70);
  assert.equal(normalised({ input: 5, output: 40, reasoning: 30, total: 45 }).output, 40);
});

test('what only the total tells is cached input or reasoning, as the provider counts', () => {
  const counts = { input: 202, output: 211, total: 1224 };
  assert.deepEqual(normalised(counts, { rest: 'input' }), {
    ...counts,
    input: 1013,
    convention: 'exclusive',
  });
  assert.equal(normalised(counts, { rest: 'output' }).output, 1022);
  assert.equal(normalised(counts).input, 202);
  assert.equal(normalised({ ...counts, reasoning: 5 }, { rest: 'output' }).output, 211);
});

test('cache writes by lifetime make up the cache write, and what they leave out stays a five-minute write', () => {
  const both = normalised({ input: 500, cacheWrite5m: 100, cacheWrite1h: 50 });
  assert.equal(both.cacheWrite, 150);
  const lost = normalised({ input: 500, cacheWrite: 200, cacheWrite1h: 50 });
  assert.deepEqual([lost.cacheWrite, lost.cacheWrite1h], [200, 50]);
});

test('a count of nothing but zeros says nothing', () => {
  assert.equal(hasUsage(usageOf({ input: 0, output: 0 })), false);
  assert.equal(hasUsage(usageOf({ output: 1 })), true);
});

test('loose counts are read, and what is no count is absent', () => {
  assert.deepEqual(
    [5, 5.0, '5', ' 12 ', 7n, 1.9].map((value) => toCount(value)),
    [5, 5, 5, 12, 7, 1],
  );
  for (const value of [-1, Number.NaN, Infinity, null, undefined, '', 'x', '-3', {}, [], 2 ** 60]) {
    assert.equal(toCount(value), undefined);
  }
});

test('normalised counts are never negative and no part is larger than its whole', () => {
  const count = fc.option(fc.nat(100_000), { nil: undefined });
  const fields = Object.keys(createUsage());
  const usages = fc.record(Object.fromEntries(fields.map((field) => [field, count])));
  const rules = fc.constantFrom<UsageRule | undefined>(
    undefined,
    { input: 'exclusive', output: 'exclusive' },
    { input: 'inclusive' },
  );
  fc.assert(
    fc.property(usages, rules, (counts, rule) => {
      const usage = usageOf(counts);
      normaliseUsage(usage, rule);
      for (const value of Object.values(usage)) assert.ok(value === undefined || value >= 0);
      if (usage.input !== undefined) {
        assert.ok((usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0) <= usage.input);
      }
      if (usage.output !== undefined) assert.ok((usage.reasoning ?? 0) <= usage.output);
    }),
  );
});

test('usage objects of the providers are read, subsets included', () => {
  const openai = createUsage();
  readUsageObject(
    {
      prompt_tokens: 1013,
      completion_tokens: 211,
      total_tokens: 1224,
      prompt_tokens_details: { cached_tokens: 507, audio_tokens: null },
      completion_tokens_details: { reasoning_tokens: 19 },
    },
    openai,
  );
  assert.deepEqual(
    [openai.input, openai.output, openai.cacheRead, openai.reasoning, openai.inputAudio],
    [1013, 211, 507, 19, undefined],
  );
  const anthropic = createUsage();
  readUsageObject(
    {
      input_tokens: 17,
      output_tokens: 5,
      cache_read_input_tokens: 1000,
      cache_creation_input_tokens: 200,
      cache_creation: { ephemeral_5m_input_tokens: 150, ephemeral_1h_input_tokens: 50 },
      server_tool_use: { web_search_requests: 2 },
    },
    anthropic,
  );
  assert.equal(normaliseUsage(anthropic, undefined), 'exclusive');
  assert.deepEqual([anthropic.input, anthropic.cacheWrite1h, anthropic.webSearches], [1217, 50, 2]);
});

test("Langfuse's disjoint buckets add up, and inclusive ones are told by their total", () => {
  const disjoint = createUsage();
  readUsageBuckets(
    { input: 506, input_cache_read: 507, output: 192, output_reasoning: 19, total: 1224 },
    disjoint,
  );
  assert.deepEqual(
    [disjoint.input, disjoint.output, disjoint.cacheRead, disjoint.reasoning],
    [1013, 211, 507, 19],
  );
  const inclusive = createUsage();
  readUsageBuckets({ input: 1013, input_cached_tokens: 507, output: 211, total: 1224 }, inclusive);
  assert.deepEqual([inclusive.input, inclusive.cacheRead], [1013, 507]);
});

test('cache writes by lifetime are read from details of LangChain, Langfuse and Bedrock', () => {
  const details = {
    cache_read: 1000,
    cache_creation: 0,
    ephemeral_5m_input_tokens: 300,
    ephemeral_1h_input_tokens: 700,
  };
  const langchain = createUsage();
  readUsageObject(
    { input_tokens: 5000, output_tokens: 20, input_token_details: details },
    langchain,
  );
  normaliseUsage(langchain, { input: 'inclusive' });
  assert.deepEqual(
    [langchain.input, langchain.cacheRead, langchain.cacheWrite],
    [5000, 1000, 1000],
  );
  assert.deepEqual([langchain.cacheWrite5m, langchain.cacheWrite1h], [300, 700]);
  const buckets = createUsage();
  readUsageBuckets(
    {
      input: 3000,
      output: 20,
      total: 5020,
      input_cache_read: 1000,
      input_cache_creation: 0,
      input_ephemeral_5m_input_tokens: 300,
      input_ephemeral_1h_input_tokens: 700,
    },
    buckets,
  );
  normaliseUsage(buckets, { input: 'inclusive' });
  assert.deepEqual([buckets.input, buckets.cacheWrite, buckets.cacheWrite1h], [5000, 1000, 700]);
  const anthropic = createUsage();
  const repeated = {
    cache_creation_input_tokens: 384,
    cache_creation_ephemeral_5m_input_tokens: 384,
  };
  readUsageBuckets({ ...repeated, cache_read_input_tokens: 587, input: 8042 }, anthropic);
  assert.equal(anthropic.input, 8042 + 384 + 587);
  const bedrock = createUsage();
  const cacheDetails = [
    { ttl: '5m', inputTokens: 30 },
    { ttl: '1h', inputTokens: 70 },
  ];
  readUsageObject({ inputTokens: 5, cacheWriteInputTokens: 100, cacheDetails }, bedrock);
  assert.deepEqual([bedrock.cacheWrite5m, bedrock.cacheWrite1h], [30, 70]);
});

test("Gemini's tokens by modality are read, from its usage object and from Langfuse's buckets of it", () => {
  const raw = createUsage();
  readUsageObject(
    {
      promptTokenCount: 1000,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 700 },
        { modality: 'AUDIO', tokenCount: 300 },
      ],
      candidates_tokens_details: [{ modality: 'IMAGE', token_count: 1290 }],
    },
    raw,
  );
  assert.deepEqual([raw.inputAudio, raw.inputImage, raw.outputImage], [300, undefined, 1290]);
  const buckets = createUsage();
  const cached = { input_modality_TEXT: 500, cached_modality_TEXT: 400 };
  readUsageBuckets({ ...cached, input: 0, input_modality_AUDIO: 100, output: 5 }, buckets);
  assert.deepEqual([buckets.input, buckets.cacheRead, buckets.inputAudio], [1000, 400, 100]);
});

test('the sum of hostile buckets is a whole number, and names of a megabyte are not searched', () => {
  const usage = createUsage();
  const most = Number.MAX_SAFE_INTEGER;
  readUsageBuckets({ input: most, input_cached_tokens: most, output: 5 }, usage);
  assert.deepEqual([usage.input, usage.cacheRead, usage.output], [most, most, 5]);
  const long = createUsage();
  readUsageBuckets({ ['cache_creation_'.repeat(70_000)]: 1, input: 3 }, long);
  assert.deepEqual([long.input, long.cacheWrite], [3, undefined]);
});
