import { decodeJson } from '../pipeline/otlp/decode-json.ts';

/** `small`: 15 gen_ai attributes, some 0.65 KB a span; `prompt`: 2 KB of messages more, personal data in every fifth. */
export type CorpusKind = 'small' | 'prompt';

/** A seeded generator (mulberry32), so that every run measures the same bytes. */
interface Random {
  next(): number;
  integer(low: number, high: number): number;
  pick<T>(values: readonly [T, ...(readonly T[])]): T;
}

const words =
  'the order was refused because its invoice could not be matched please explain how the model answers when a customer asks about returns and which policy applies to this contract before the end of the quarter'.split(
    ' ',
  ) as [string, ...string[]];

type ModelNames = readonly [provider: string, request: string, response: string];

const models: readonly [ModelNames, ...(readonly ModelNames[])] = [
  ['openai', 'gpt-4o', 'gpt-4o-2024-08-06'],
  ['openai', 'gpt-4o-mini', 'gpt-4o-mini-2024-07-18'],
  ['anthropic', 'claude-sonnet-4', 'claude-sonnet-4-20250514'],
];

const spansPerTrace = 4;
const startNs = 1_750_000_000_000_000_000n;

/** One trace export request of `spans` spans, as protobuf. */
export function traceRequest(kind: CorpusKind, spans: number): Uint8Array {
  const random = createRandom(42);
  const list: object[] = [];
  let traceId = '';
  for (let index = 0; index < spans; index++) {
    if (index % spansPerTrace === 0) traceId = hex(random, 16);
    list.push(toSpan(kind, index, traceId, random));
  }
  const resource = {
    'service.name': 'chat-api',
    'service.version': '3.14.1',
    'deployment.environment.name': 'production',
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.sdk.language': 'python',
    'host.name': 'node-7',
  };
  const request = {
    resourceSpans: [
      {
        resource: { attributes: toAttributes(resource) },
        scopeSpans: [{ scope: { name: 'bench.genai', version: '1.0.0' }, spans: list }],
      },
    ],
  };
  return decodeJson('traces', Buffer.from(JSON.stringify(request)));
}

function toSpan(kind: CorpusKind, index: number, traceId: string, random: Random): object {
  const [provider, model, response] = random.pick(models);
  const start = startNs + BigInt(random.integer(0, 1e9));
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
    'gen_ai.response.model': response,
    'gen_ai.response.id': `chatcmpl-${hex(random, 12)}`,
    'gen_ai.usage.input_tokens': random.integer(20, 8000),
    'gen_ai.usage.output_tokens': random.integer(5, 2000),
    'gen_ai.request.temperature': 0.75,
    'gen_ai.request.max_tokens': random.pick([256, 1024, 4096]),
    'gen_ai.response.finish_reasons': ['stop'],
    'server.address': `api.${provider}.example`,
    'server.port': 443,
    'gen_ai.conversation.id': `conv_${hex(random, 10)}`,
    'user.id': `user-${random.integer(1, 5000)}`,
    'tenant.id': `tenant-${random.integer(1, 40)}`,
    ...(kind === 'prompt' ? messages(index % 5 === 4, random) : {}),
  };
  return {
    traceId,
    spanId: hex(random, 8),
    name: `chat ${model}`,
    kind: 3,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(random.integer(150, 4000)) * 1_000_000n),
    attributes: toAttributes(attributes),
  };
}

function messages(personal: boolean, random: Random): Record<string, string> {
  const planted = personal
    ? ' My email is anna.smith@example.com, the card is 4111 1111 1111 1111 and the key is sk-' +
      hex(random, 20)
    : '';
  const message = (role: string, content: string): object => ({
    role,
    parts: [{ type: 'text', content }],
  });
  return {
    'gen_ai.input.messages': JSON.stringify([
      message('system', prose(350, random)),
      message('user', prose(800, random) + planted),
    ]),
    'gen_ai.output.messages': JSON.stringify([
      { ...message('assistant', prose(650, random)), finish_reason: 'stop' },
    ]),
  };
}

/** `size` characters of English-like words. */
function prose(size: number, random: Random): string {
  let text = '';
  while (text.length < size) text += `${random.pick(words)} `;
  return text.slice(0, size);
}

function toAttributes(values: Readonly<Record<string, string | number | string[]>>): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: toAnyValue(value) }));
}

function toAnyValue(value: string | number | string[]): object {
  if (typeof value === 'string') return { stringValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toAnyValue) } };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function createRandom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick: (values) => values[Math.floor(next() * values.length)] ?? values[0],
  };
}

function hex(random: Random, bytes: number): string {
  return Array.from({ length: bytes }, () =>
    random.integer(0, 255).toString(16).padStart(2, '0'),
  ).join('');
}
