import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  sendSql,
  skipWithoutStore,
  startStoreUnderTest,
} from '../../test/support/embedded-store.ts';
import type { StoreUnderTest } from '../../test/support/embedded-store.ts';
import type { FinishedRun } from '../../test/support/child-of-test.ts';
import { makeCommandFolder } from '../../test/support/run-weir.ts';
import { exitCodes } from './exit-code.ts';

const folder = makeCommandFolder();

function prices(args: readonly string[], input = ''): Promise<FinishedRun> {
  return folder.weir(['prices', ...args], { input });
}

function writeConfig(name: string, processors: string): string {
  const yaml = `
receivers: { otlp: { protocols: { grpc: } } }
processors: ${processors}
exporters: { nop: {} }
service: { pipelines: { traces: { receivers: [otlp], processors: [genai], exporters: [nop] } } }
`;
  return folder.write(name, yaml);
}

const call = {
  provider: 'openai',
  model: 'gpt-4o-mini-2024-07-18',
  at: '2026-09-01T00:00:00Z',
  usage: { input_tokens: 1013, cache_read_tokens: 507, output_tokens: 211 },
};

const quoted = {
  status: 'priced',
  // 506 × $0.15 + 507 × $0.075 + 211 × $0.60, per million
  cost: 0.000240525,
  parts: { input: 0.0000759, output: 0.0001266, cache_read: 0.000038025, cache_write: 0 },
  model: 'openai/gpt-4o-mini',
  source: 'catalog',
  catalog: 'genai-prices@0.1.8',
};

describe('weir prices quote', () => {
  it('prices the call in its argument, or in standard input', async () => {
    const fromArgument = await prices(['quote', JSON.stringify(call)]);
    assert.deepEqual(JSON.parse(fromArgument.stdout), quoted);
    const fromInput = await prices(['quote'], JSON.stringify(call));
    assert.deepEqual(fromInput, { ...fromArgument, code: exitCodes.ok });
  });

  it('says why there is no price, and no number', async () => {
    const { stdout, code } = await prices(['quote', JSON.stringify({ ...call, model: 'gpt-99' })]);
    assert.deepEqual(JSON.parse(stdout), { status: 'unpriced', reason: 'unknown_model' });
    assert.equal(code, exitCodes.ok);
  });

  it('takes the prices of a configuration', async () => {
    const config = writeConfig(
      'own.yaml',
      '{ genai: { prices: [{ match: { model: gpt-4o-mini }, multiplier: 0.5 }] } }',
    );
    const { stdout } = await prices(['quote', '-c', config, JSON.stringify(call)]);
    const { cost, source } = JSON.parse(stdout) as { cost: number; source: string };
    assert.deepEqual({ cost, source }, { cost: 0.0001202625, source: 'override' });
  });

  it('refuses what is no JSON object with exit code 2, and a wrong configuration with 78', async () => {
    assert.equal((await prices(['quote', 'gpt-4o'])).code, exitCodes.usage);
    assert.equal((await prices(['quote', '[]'])).code, exitCodes.usage);
    const wrong = writeConfig('wrong.yaml', '{ genai: { price: [] } }');
    const { code, stderr } = await prices(['quote', '-c', wrong, '{}']);
    assert.equal(code, exitCodes.invalidConfig);
    assert.match(stderr, /wrong\.yaml:3:\d+: processors\.genai\.price: unknown key/);
  });
});

describe('weir prices quote, of a call that is mistyped', () => {
  it('says which keys it does not read, and prices by the others', async () => {
    const { usage } = call;
    const mistyped = { ...call, modle: 'x', usage: { ...usage, output_toknes: 5 } };
    const { code, stdout, stderr } = await prices(['quote', JSON.stringify(mistyped)]);
    assert.deepEqual(JSON.parse(stdout), quoted);
    assert.equal(code, exitCodes.ok);
    assert.deepEqual(stderr.trimEnd().split('\n'), [
      'weir prices quote: modle is not read (did you mean "model"?)',
      'weir prices quote: usage.output_toknes is not read (did you mean "output_tokens"?)',
    ]);
  });

  it('prices nothing at a time that is none', async () => {
    const { code, stdout, stderr } = await prices([
      'quote',
      JSON.stringify({ ...call, at: 'noon' }),
    ]);
    assert.deepEqual([code, stdout], [exitCodes.usage, '']);
    assert.match(stderr, /at: "noon" is no time/);
  });
});

describe('weir prices show', () => {
  it('prints every rate and where it came from', async () => {
    const { stdout } = await prices(['show', 'openai', 'gpt-4o', '--tier', 'priority']);
    const [first, second, , ...rates] = stdout.trimEnd().split('\n');
    assert.match(first ?? '', /^openai\/gpt-4o, priority, at 20/);
    assert.equal(second, 'catalogue genai-prices@0.1.8, source catalog');
    assert.deepEqual(
      rates.map((line) => line.split(/ {2,}/)),
      [
        ['rate', 'USD', 'per', 'from'],
        ['input', '4.25', '1M tokens', 'https://openai.com/api-priority-processing/'],
        ['output', '17', '1M tokens', 'https://openai.com/api-priority-processing/'],
        ['cache_read', '2.125', '1M tokens', 'https://openai.com/api-priority-processing/'],
        ['web_search', '0.01', 'web search', 'genai-prices@0.1.8'],
      ],
    );
  });

  it('shows the prices of a day, with their borders, as JSON', async () => {
    const args = ['show', 'anthropic', 'claude-sonnet-4-6', '--at', '2026-02-01', '--json'];
    const { stdout } = await prices(args);
    const shown = JSON.parse(stdout) as { at: string; rates: Record<string, unknown> };
    assert.equal(shown.at, '2026-02-01T00:00:00.000Z');
    assert.deepEqual(shown.rates['input'], {
      usd: 3,
      per: '1M tokens',
      above: [{ over: 200_000, usd: 6 }],
      from: 'genai-prices@0.1.8',
    });
  });

  it('ends with exit code 1 where a model has no price, and 2 where the time is none', async () => {
    const unknown = await prices(['show', 'openai', 'gpt-99']);
    assert.equal(unknown.code, exitCodes.failed);
    assert.equal(unknown.stderr, 'weir prices: no price for openai gpt-99: unknown_model\n');
    assert.equal(
      (await prices(['show', 'openai', 'gpt-4o', '--at', 'noon'])).code,
      exitCodes.usage,
    );
  });

  it('asks which of several processors is meant', async () => {
    const config = writeConfig('two.yaml', '{ genai: {}, genai/eu: {} }');
    const { code, stderr } = await prices(['show', '-c', config, 'openai', 'gpt-4o']);
    assert.equal(code, exitCodes.usage);
    assert.match(stderr, /name one of genai, genai\/eu with --processor/);
    const named = ['show', '-c', config, '--processor', 'genai/eu', 'openai', 'gpt-4o'];
    assert.equal((await prices(named)).code, exitCodes.ok);
    const none = ['show', '-c', config, '--processor', 'genai/us', 'openai', 'gpt-4o'];
    assert.equal((await prices(none)).code, exitCodes.usage);
  });
});

describe('weir prices missing', { skip: skipWithoutStore }, () => {
  let store: StoreUnderTest;

  before(async () => {
    store = await startStoreUnderTest();
    await sendSql(
      store.connection(),
      'CREATE TABLE otel_traces (Timestamp DateTime64(9), GenAiProvider LowCardinality(String), GenAiRequestModel LowCardinality(String), GenAiResponseModel LowCardinality(String), InputTokens Nullable(UInt64), OutputTokens Nullable(UInt64), CostStatus LowCardinality(String), SpanAttributes Map(LowCardinality(String), String)) ENGINE = MergeTree ORDER BY Timestamp',
    );
    await sendSql(
      store.connection(),
      `INSERT INTO otel_traces VALUES
        ('2026-11-01 10:00:00', 'vllm', 'llama3', '', 10, 5, 'unpriced', map('genai.cost.reason', 'unknown_provider')),
        ('2026-11-01 11:00:00', 'vllm', 'llama3', '', 20, NULL, 'unpriced', map('genai.cost.reason', 'unknown_provider')),
        ('2026-11-01 12:00:00', 'openai', 'gpt-99', 'gpt-99-2026', 1, 1, 'unpriced', map('genai.cost.reason', 'unknown_model')),
        ('2026-11-01 12:00:00', 'openai', 'gpt-4o', 'gpt-4o', NULL, NULL, 'unpriced', map('genai.cost.reason', 'no_usage')),
        ('2026-11-01 12:00:00', 'openai', 'gpt-4o', 'gpt-4o', 1, 1, 'priced', map())`,
    );
  });

  after(() => store.remove());

  it('lists the models, the most called first, and what they would be priced by now', async () => {
    const config = writeConfig(
      'vllm.yaml',
      "{ genai: { prices: [{ match: { provider: vllm, model: '*' }, input: 0, output: 0 }] } }",
    );
    const args = ['missing', '-c', config, '--data-dir', store.dataDir];
    const { stdout } = await prices([...args, '--json']);
    assert.deepEqual(JSON.parse(stdout), [
      {
        provider: 'vllm',
        model: 'llama3',
        reason: 'unknown_provider',
        calls: 2,
        input_tokens: 30,
        output_tokens: 5,
        last_seen: '2026-11-01 11:00:00.000000000',
        priced_now: 'vllm/llama3',
      },
      {
        provider: 'openai',
        model: 'gpt-99-2026',
        reason: 'unknown_model',
        calls: 1,
        input_tokens: 1,
        output_tokens: 1,
        last_seen: '2026-11-01 12:00:00.000000000',
        priced_now: null,
      },
    ]);
    const table = (await prices(args)).stdout.trimEnd().split('\n');
    assert.match(table[1] ?? '', /^vllm +llama3 +unknown_provider +2 +.* priced as vllm\/llama3$/);
    assert.match(table[2] ?? '', /^openai +gpt-99-2026 .* no price$/);
  });

  it('ends with exit code 69 where there is no store, and says which command asked', async () => {
    const { code, stderr } = await prices(['missing', '--data-dir', join(folder.path(), 'none')]);
    assert.equal(code, exitCodes.unreachable);
    assert.match(stderr, /^weir prices missing: no store in /);
  });
});
