import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import type { RecordingContext } from '../../test/support/component-context.ts';
import { createEncoder, tracesRequest } from '../../test/support/encode-slice.ts';
import { debugConfig } from './config.ts';
import { createDebugExporter } from './debug.ts';
import type { TextOutput } from './debug.ts';
import { debugEncode } from './debug.worker.ts';
import { debugExporter } from './factory.ts';

function render(yaml: string, signal: Signal, request: Uint8Array, colour = false): string {
  const config: unknown = parse(yaml) ?? {};
  const encode = createEncoder(debugEncode, debugExporter, {
    config,
    signal,
    prepared: { colour },
  });
  const [payload] = encode(request);
  return Buffer.from(payload?.body ?? []).toString();
}

const agentTrace = tracesRequest([
  {
    spanId: '00000000000000b2',
    parentSpanId: '00000000000000a1',
    name: 'execute_tool get_weather',
    startMs: 900,
    durationMs: 86,
    error: 'timed out',
    attributes: { 'genai.kind': 'tool', 'gen_ai.tool.call.arguments': '{"city":"Paris"}' },
  },
  {
    spanId: '00000000000000a1',
    name: 'invoke_agent planner',
    durationMs: 2410,
    attributes: { 'genai.kind': 'agent' },
  },
  {
    spanId: '00000000000000b1',
    parentSpanId: '00000000000000a1',
    name: 'chat gpt-4o',
    startMs: 10,
    durationMs: 860,
    attributes: {
      'genai.kind': 'llm',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.usage.input_tokens': 4013,
      'gen_ai.usage.cache_read.input_tokens': 512,
      'gen_ai.usage.output_tokens': 241,
      'gen_ai.usage.cost': 0.0124425,
      'genai.cost.status': 'priced',
      'gen_ai.input.messages':
        '[{"role":"user","parts":[{"type":"text","content":"Hi from [EMAIL]"}]}]',
      'redaction.masked.count': 2,
      'redaction.masked.keys': 'gen_ai.input.messages',
      'redaction.email.count': 2,
    },
  },
]);

describe('debug renders traces', () => {
  it('prints a tree a trace with model, tokens, cost, status and redactions', () => {
    assert.equal(
      render('', 'traces', agentTrace),
      `trace 5b8aa5a2d2c872e8321cf37308d69df2 · test-service · 2.41 s · 3 spans · 4,013 in → 241 out · $0.0124 · 1 failed · redacted 2 (email 2)
└─ invoke_agent planner         agent  2.41 s
   ├─ chat gpt-4o               llm    860 ms  openai gpt-4o-2024-08-06  4,013 in (512 cached) → 241 out  $0.0124  redacted 2 (email 2)
   └─ execute_tool get_weather  tool    86 ms  failed: timed out

`,
    );
  });

  it('adds the messages with verbosity normal', () => {
    const text = render('verbosity: normal', 'traces', agentTrace);
    assert.match(text, /^ {3}│ {5}user: Hi from \[EMAIL\]$/m);
    assert.match(text, /^ {9}\{"city":"Paris"\}$/m);
  });

  it('adds every attribute with verbosity detailed, the resource once', () => {
    const text = render('verbosity: detailed', 'traces', agentTrace);
    assert.match(text, /gen_ai\.usage\.input_tokens: 4013$/m);
    assert.equal(text.split('resource service.name: test-service').length, 2);
  });

  it('shows a span whose parent came in another request as a root that names it', () => {
    const text = render('', 'traces', tracesRequest([{ parentSpanId: '00000000000000ff' }]));
    assert.match(text, /parent 00000000000000ff not here/);
  });

  it('says which span carries the bill, and counts it once', () => {
    const call = { 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 1 };
    const text = render(
      '',
      'traces',
      tracesRequest([
        { attributes: { ...call, 'genai.cost.status': 'duplicate' } },
        { attributes: { ...call, 'genai.cost.status': 'priced', 'gen_ai.usage.cost': 0.5 } },
        { attributes: { ...call, 'genai.cost.status': 'aggregate' } },
        { attributes: { 'genai.cost.status': 'unpriced', 'genai.cost.reason': 'unknown_model' } },
      ]),
    );
    assert.match(text, /4 spans · 100 in → 1 out · \$0\.5 · 1 unpriced/);
    assert.match(text, /billed on another span/);
    assert.match(text, /sum of its children/);
    assert.match(text, /unpriced \(unknown_model\)/);
  });

  it('lets no control character of user content through, in any verbosity', () => {
    const evil = 'a\u001b]0;owned\u0007\u009b31m\r\n\u202etxt\u2028';
    const request = tracesRequest(
      [
        {
          name: evil,
          error: evil,
          attributes: {
            [evil]: evil,
            'genai.kind': evil,
            'gen_ai.request.model': evil,
            'gen_ai.input.messages': JSON.stringify([
              { role: evil, parts: [{ type: 'text', content: evil }] },
            ]),
            'gen_ai.output.messages': evil,
          },
        },
      ],
      evil,
    );
    for (const verbosity of ['basic', 'normal', 'detailed']) {
      const text = render(`verbosity: ${verbosity}`, 'traces', request);
      // eslint-disable-next-line no-control-regex -- their absence is what is tested
      assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028]/);
      assert.match(text, /\\x1b\]0;owned\\x07/);
    }
  });

  it('colours where the main thread says it is a terminal', () => {
    assert.ok(render('', 'traces', agentTrace, true).includes('\u001b[32m$0.0124\u001b[39m'));
  });
});

describe('debug renders logs and metrics', () => {
  const logs = decodeJson(
    'logs',
    Buffer.from(
      JSON.stringify({
        resourceLogs: [
          {
            scopeLogs: [
              {
                logRecords: [
                  {
                    timeUnixNano: '1795225200000000000',
                    severityNumber: 17,
                    eventName: 'gen_ai.choice',
                    body: {
                      kvlistValue: { values: [{ key: 'content', value: { stringValue: 'Hi' } }] },
                    },
                    attributes: [{ key: 'redaction.masked.count', value: { intValue: '3' } }],
                  },
                ],
              },
            ],
          },
        ],
      }),
    ),
  );

  it('prints a log record as a line', () => {
    assert.equal(
      render('', 'logs', logs),
      `${new Date(1795225200000).toISOString()} ERROR gen_ai.choice {content: Hi} redacted 3\n`,
    );
  });

  it('prints a metric with its number of data points', () => {
    const request = {
      resourceMetrics: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
          scopeMetrics: [
            { metrics: [{ name: 'gen_ai.client.token.usage', gauge: { dataPoints: [{}, {}] } }] },
          ],
        },
      ],
    };
    const bytes = decodeJson('metrics', Buffer.from(JSON.stringify(request)));
    assert.equal(
      render('', 'metrics', bytes),
      'metric gen_ai.client.token.usage · 2 data points · shop\n',
    );
  });
});

interface Written extends TextOutput {
  readonly texts: string[];
}

function fakeOutput(error?: Error): Written {
  const texts: string[] = [];
  return {
    texts,
    write: (bytes, done) => {
      if (error === undefined) texts.push(Buffer.from(bytes).toString());
      done(error);
      return true;
    },
    on: () => undefined,
    off: () => undefined,
  };
}

describe('debug sends', () => {
  const delivery = {
    id: '1',
    signal: 'traces' as const,
    attempt: 1,
    abort: new AbortController().signal,
  };
  const payload = { body: Buffer.from('text\n'), items: 1 };

  function create(
    yaml: string,
    context: RecordingContext,
    outputs: { stdout?: Written; stderr?: Written } = {},
  ): Exporter {
    const { stdout = fakeOutput(), stderr = fakeOutput() } = outputs;
    return createDebugExporter(debugConfig.parse(parse(yaml) ?? {}), context, { stdout, stderr });
  }

  it('writes to every output once', async () => {
    const outputs = { stdout: fakeOutput(), stderr: fakeOutput() };
    const exporter = create(
      'output_paths: [stderr, stdout, stderr]',
      createRecordingContext('debug'),
      outputs,
    );
    assert.deepEqual(await exporter.send(payload, delivery), { kind: 'delivered' });
    assert.deepEqual([outputs.stdout.texts, outputs.stderr.texts], [['text\n'], ['text\n']]);
  });

  it('prints the first batches of a second and one in so many after them, and counts the rest', async () => {
    let nowMs = 0;
    const clock = {
      now: () => nowMs,
      monotonic: () => nowMs,
      sleep: () => Promise.resolve(),
    };
    const context = createRecordingContext('debug', { clock });
    const stdout = fakeOutput();
    const exporter = create('{ sampling_initial: 2, sampling_thereafter: 3 }', context, { stdout });
    for (let batch = 0; batch < 9; batch += 1) await exporter.send(payload, delivery);
    assert.equal(stdout.texts.length, 4);
    assert.equal(context.counted.length, 5);
    nowMs = 1000;
    await exporter.send(payload, delivery);
    assert.equal(stdout.texts.length, 5);
  });

  it('answers retryable where the reader of the output went away', async () => {
    const stdout = fakeOutput(new Error('EPIPE'));
    const exporter = create('', createRecordingContext('debug'), { stdout });
    const outcome = await exporter.send(payload, delivery);
    assert.equal(outcome.kind === 'retryable' && outcome.cause, 'network');
  });

  it('refuses a file as an output and says what writes files', () => {
    const config: unknown = parse('output_paths: [/tmp/x]');
    assert.throws(() => debugExporter.delivery(config), /the file exporter writes files/);
  });
});
