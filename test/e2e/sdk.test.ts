import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runForTest } from '../support/child-of-test.ts';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { untilDelivered } from '../support/daemon-metrics.ts';
import { skipWithoutStore } from '../support/embedded-store.ts';
import { everythingWritten } from '../support/everything-written.ts';
import { projectRoot } from '../support/project-root.ts';
import { runWeir } from '../support/run-weir.ts';
import { personal, startProvider, type TestProvider } from '../support/sdk-provider.ts';

const hasStore = skipWithoutStore === false;

const config = `
receivers:
  otlp:
    protocols:
      grpc: { endpoint: '127.0.0.1:\${env:GRPC}' }
      http: { endpoint: '127.0.0.1:\${env:HTTP}' }
processors:
  genai: {}
  redaction: {}
exporters:
  file/traces: { path: traces.jsonl }
  file/logs: { path: logs.jsonl }
  debug: { verbosity: detailed }
${hasStore ? '  clickhouse: {}' : ''}
extensions:
  health_check: { endpoint: '127.0.0.1:\${env:HEALTH}' }
${hasStore ? "  chdb: { endpoint: '127.0.0.1:${env:STORE}' }" : ''}
service:
  extensions: [health_check${hasStore ? ', chdb' : ''}]
  telemetry:
    metrics: { address: '127.0.0.1:\${env:METRICS}' }
  pipelines:
    traces:
      receivers: [otlp]
      processors: [genai, redaction]
      exporters: [file/traces, debug${hasStore ? ', clickhouse' : ''}]
    logs:
      receivers: [otlp]
      processors: [redaction]
      exporters: [file/logs, debug${hasStore ? ', clickhouse' : ''}]
`;

/** The keys of the two clients; the user pastes one into the prompt. */
const apiKeys = {
  OPENAI_API_KEY: 'sk-proj-PLANTEDkey0123456789abcdefghij',
  ANTHROPIC_API_KEY: 'sk-ant-api03-PLANTEDkey0123456789abcdefghij',
};

const planted = [...Object.values(personal), ...Object.values(apiKeys)];

/** One model call as Weir understood it; null where the emitter said nothing. */
interface Call {
  readonly model: string | null;
  readonly input: number | null;
  readonly output: number | null;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
  readonly usd: number | null;
  readonly status: string;
}

const gpt = { model: 'gpt-4o-mini-2024-07-18', cacheRead: null, cacheWrite: null };
const claude = { model: 'claude-sonnet-4-6', status: 'priced' };

/**
 * What the Anthropic calls cost at the published 3 USD for a million tokens of input, 3.75 written
 * to the cache, 0.30 read from it, and 15 of output.
 */
const claudeCalls: readonly Call[] = [
  // 50 × 3 + 40 × 3.75 + 300 × 0.30 + 40 × 15 = 990
  { ...claude, input: 390, output: 40, cacheRead: 300, cacheWrite: 40, usd: 0.00099 },
  // 120 × 3 + 200 × 3.75 + 1000 × 0.30 + 90 × 15 = 2760
  { ...claude, input: 1320, output: 90, cacheRead: 1000, cacheWrite: 200, usd: 0.00276 },
];

/**
 * What the OpenAI calls cost at the published 0.15 USD for a million tokens of input, 0.075 where
 * cached, and 0.60 of output. OpenTelemetry's instrumentation does not tell the cached tokens.
 */
const gptCalls: readonly Call[] = [
  // 700 × 0.15 + 60 × 0.60 = 141
  { ...gpt, input: 700, output: 60, usd: 0.000141, status: 'priced' },
  // 1200 × 0.15 + 80 × 0.60 = 228
  { ...gpt, input: 1200, output: 80, usd: 0.000228, status: 'priced' },
];

const refused: Call = {
  ...gpt,
  model: null,
  input: null,
  output: null,
  usd: null,
  status: 'unpriced',
};

/** OpenInference's instrumentation tells the cached tokens; of a stream it tells none, and of a refused call nothing. */
const gptCallsByOpenInference: readonly Call[] = [
  { ...gpt, model: 'gpt-4o-mini', input: null, output: null, usd: null, status: 'unpriced' },
  // 176 × 0.15 + 1024 × 0.075 + 80 × 0.60 = 151.2
  { ...gpt, input: 1200, output: 80, cacheRead: 1024, usd: 0.0001512, status: 'priced' },
];

/** How an application is set up, and what Weir is to make of its calls. */
interface Setup {
  readonly protocol: 'grpc' | 'http/protobuf' | 'http/json';
  readonly instrumentation: 'otel' | 'openinference';
  /** Each call once, by model and input. */
  readonly calls: readonly Call[];
  /** Spans that show a call which another span shows too. */
  readonly duplicates: number;
}

const byOtel = {
  instrumentation: 'otel',
  calls: [refused, ...claudeCalls, ...gptCalls],
  duplicates: 0,
} as const;
// The Anthropic client makes spans of its own inside those of the instrumentation.
const byOpenInference = {
  instrumentation: 'openinference',
  calls: [...claudeCalls, ...gptCallsByOpenInference],
  duplicates: 2,
} as const;

const setups: readonly Setup[] = [
  { protocol: 'grpc', ...byOtel },
  { protocol: 'http/protobuf', ...byOtel },
  { protocol: 'grpc', ...byOpenInference },
  { protocol: 'http/json', ...byOpenInference },
];

describe('an application with the real clients of OpenAI and Anthropic', () => {
  let provider: TestProvider;
  let daemon: TestDaemon;
  const cleanUp: (() => Promise<void>)[] = [];

  before(async () => {
    daemon = await startDaemon(config);
    cleanUp.push(() => daemon.remove());
    provider = await startProvider();
    cleanUp.push(() => provider.close());
  });

  after(async () => {
    for (const clean of cleanUp) await clean();
  });

  for (const setup of setups) {
    const { protocol, instrumentation, calls, duplicates } = setup;
    test(`sees each call once with its tokens and its price: ${instrumentation} over ${protocol}`, async () => {
      const traceId = await runApplication(setup, provider, daemon);
      await untilDelivered(daemon);
      const fromFile = callsInFile(daemon, traceId);
      assert.deepEqual(billed(fromFile), calls);
      assert.equal(fromFile.length, calls.length + duplicates);
      if (hasStore) assert.deepEqual(await callsInStore(daemon, traceId), fromFile);
    });
  }

  test('has no personal data or key of its users in what the daemon wrote', async () => {
    const written = everythingWritten(daemon);
    assert.ok(written.includes('[EMAIL]') && written.includes('[CARD]'), 'contents are kept');
    for (const value of planted) assert.ok(!written.includes(value), value);
    if (!hasStore) return;
    for (const table of ['otel_traces', 'otel_logs']) {
      // The engine's own files are compressed, so it is asked.
      const rows = await query(daemon, `SELECT * FROM ${table}`);
      assert.ok(rows.includes('[EMAIL]') && rows.includes('[CARD]'), table);
      for (const value of planted) assert.ok(!rows.includes(value), `${value} in ${table}`);
    }
  });

  test('leaves nothing behind that a stopped daemon would still write', async () => {
    assert.equal(await daemon.stop(), 0, daemon.output());
    const written = everythingWritten(daemon);
    for (const value of planted) assert.ok(!written.includes(value), value);
  });
});

/** Runs the application to its end and returns the id of its trace. */
async function runApplication(
  { protocol, instrumentation }: Setup,
  provider: TestProvider,
  { ports }: TestDaemon,
): Promise<string> {
  const support = join(projectRoot, 'test/support');
  const port = protocol === 'grpc' ? ports.grpc : ports.http;
  const prompt = `Write to ${personal.email} that the card ${personal.card} was charged, with ${apiKeys.OPENAI_API_KEY}.`;
  const { code, stdout, stderr } = await runForTest(
    process.execPath,
    ['--import', './sdk-telemetry.mjs', './sdk-app.mjs', prompt, personal.email],
    {
      cwd: support,
      env: {
        PATH: process.env['PATH'],
        ...apiKeys,
        OPENAI_BASE_URL: `${provider.url}/v1`,
        ANTHROPIC_BASE_URL: provider.url,
        ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE: 'content',
        INSTRUMENTATION: instrumentation,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      },
    },
  );
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

/** An attribute as OTLP/JSON has it, of the types read here. */
interface Attribute {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: string | number;
    readonly doubleValue?: number;
  };
}

interface Span {
  readonly traceId: string;
  readonly attributes: readonly Attribute[];
}

interface Traces {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { spans: readonly Span[] }[] }[];
}

function callsInFile(daemon: TestDaemon, traceId: string): Call[] {
  return readFileSync(join(daemon.directory, 'traces.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => (JSON.parse(line) as Traces).resourceSpans)
    .flatMap((resource) => resource.scopeSpans.flatMap(({ spans }) => spans))
    .filter((span) => span.traceId === traceId)
    .flatMap(toCall)
    .sort(byModelAndInput);
}

/** The call that a span shows; none where it has no cost status. */
function toCall({ attributes }: Span): Call[] {
  const value = (key: string) => attributes.find((attribute) => attribute.key === key)?.value;
  const count = (key: string): number | null => {
    const int = value(`gen_ai.usage.${key}`)?.intValue;
    return int === undefined ? null : Number(int);
  };
  const status = value('genai.cost.status')?.stringValue;
  if (status === undefined) return [];
  return [
    {
      model: value('gen_ai.response.model')?.stringValue ?? null,
      input: count('input_tokens'),
      output: count('output_tokens'),
      cacheRead: count('cache_read.input_tokens'),
      cacheWrite: count('cache_write.input_tokens'),
      usd: value('gen_ai.usage.cost')?.doubleValue ?? null,
      status,
    },
  ];
}

async function callsInStore(daemon: TestDaemon, traceId: string): Promise<Call[]> {
  const answer = await query(
    daemon,
    `SELECT nullIf(GenAiResponseModel, '') AS model, InputTokens AS input, OutputTokens AS output,
       CacheReadTokens AS cacheRead, CacheWriteTokens AS cacheWrite, toFloat64(CostUsd) AS usd, CostStatus AS status
     FROM otel_traces WHERE TraceId = '${traceId}' AND CostStatus != ''`,
  );
  return (JSON.parse(answer) as Call[]).sort(byModelAndInput);
}

/** What `weir query --json` prints beside a running daemon. */
async function query(daemon: TestDaemon, sql: string): Promise<string> {
  const args = ['query', '--json', '--data-dir', 'data', sql];
  const { code, stdout, stderr } = await runWeir(args, { cwd: daemon.directory });
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Calls that carry their bill, or would if there was something to price. */
function billed(calls: readonly Call[]): Call[] {
  return calls.filter(({ status }) => status !== 'duplicate');
}

function byModelAndInput(a: Call, b: Call): number {
  const models = (a.model ?? '').localeCompare(b.model ?? '');
  const inputs = (a.input ?? 0) - (b.input ?? 0);
  return models || inputs || a.status.localeCompare(b.status);
}
