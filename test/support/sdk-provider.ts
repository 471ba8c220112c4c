import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { listen } from './listen.ts';

/** A stand-in for the APIs of OpenAI and Anthropic on 127.0.0.1, for their real clients. */
export interface TestProvider {
  /** `http://127.0.0.1:<port>`, without a path. */
  readonly url: string;
  close(): Promise<void>;
}

/** Personal data as a user writes it and a model repeats it; the card is a test number of its issuer. */
export const personal = {
  email: 'jane.roe@planted.example',
  card: '4111111111111111',
} as const;

/** Tokens that the provider reports, as each API counts them: OpenAI's input holds the cached part, Anthropic's does not. */
export const reported = {
  openai: { input: 1200, cached: 1024, output: 80 },
  openaiStream: { input: 700, cached: 512, output: 60 },
  anthropic: { input: 120, cacheWrite: 200, cacheRead: 1000, output: 90 },
  anthropicStream: { input: 50, cacheWrite: 40, cacheRead: 300, output: 40 },
} as const;

/** Starts the stand-in. Each answer has an id of its own, as real ones have. */
export async function startProvider(): Promise<TestProvider> {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    void answer(request, response, String(calls).padStart(8, '0'));
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** What of a request the answer depends on. */
interface ProviderRequest {
  readonly model: string;
  readonly stream?: boolean;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): Promise<void> {
  // Both clients send a JSON object with a model.
  const { model, stream = false } = (await json(request)) as ProviderRequest;
  if (model === limitedModel) {
    sendJson(response, 429, rateLimited);
  } else if (request.url?.startsWith('/v1/chat/completions') === true) {
    if (stream) sendEvents(response, openaiChunks(id));
    else sendJson(response, 200, openaiCompletion(id));
  } else if (request.url?.startsWith('/v1/messages') === true) {
    if (stream) sendEvents(response, anthropicEvents(id));
    else sendJson(response, 200, anthropicMessage(id));
  } else {
    sendJson(response, 404, { error: { message: `no ${request.url ?? ''} here` } });
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Server-sent events; those with a `type` are named by it, as Anthropic's are, and the others end with `[DONE]`, as OpenAI's do. */
function sendEvents(response: ServerResponse, events: readonly object[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) {
    if ('type' in event) response.write(`event: ${String(event.type)}\n`);
    response.write(`data: ${JSON.stringify(event)}\n\n`);
  }
  const isOpenai = events.every((event) => !('type' in event));
  response.end(isOpenai ? 'data: [DONE]\n\n' : undefined);
}

/** The model that has no quota left. */
const limitedModel = 'gpt-4o';

const rateLimited = {
  error: {
    message: `Rate limit reached for ${personal.email}. Please try again in 20s.`,
    type: 'tokens',
    param: null,
    code: 'rate_limit_exceeded',
  },
};

const openaiModel = 'gpt-4o-mini-2024-07-18';
const anthropicModel = 'claude-sonnet-4-6';
const text = `I wrote to ${personal.email} and charged ${personal.card}.`;

/** The text as a model streams it: no chunk holds the address or the card whole. */
const deltas = text.match(/.{1,7}/gs) ?? [];

function openaiUsage({ input, cached, output }: (typeof reported)['openai' | 'openaiStream']) {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
}

function openaiCompletion(id: string) {
  const message = { role: 'assistant', content: text, refusal: null, annotations: [] };
  return {
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: 1_750_000_000,
    model: openaiModel,
    choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
    usage: openaiUsage(reported.openai),
    service_tier: 'default',
  };
}

function openaiChunks(id: string) {
  const chunk = (choices: readonly object[], usage: object | null = null) => ({
    id: `chatcmpl-${id}`,
    object: 'chat.completion.chunk',
    created: 1_750_000_000,
    model: openaiModel,
    choices,
    usage,
  });
  const choice = (delta: object, reason: string | null = null) => [
    { index: 0, delta, logprobs: null, finish_reason: reason },
  ];
  return [
    chunk(choice({ role: 'assistant', content: '' })),
    ...deltas.map((content) => chunk(choice({ content }))),
    chunk(choice({}, 'stop')),
    chunk([], openaiUsage(reported.openaiStream)),
  ];
}

function anthropicUsage(usage: (typeof reported)['anthropic' | 'anthropicStream']) {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite,
      ephemeral_1h_input_tokens: 0,
    },
    output_tokens: usage.output,
    service_tier: 'standard',
  };
}

function anthropicMessage(id: string) {
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: anthropicModel,
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: anthropicUsage(reported.anthropic),
  };
}

function anthropicEvents(id: string) {
  const usage = anthropicUsage(reported.anthropicStream);
  const started = {
    ...anthropicMessage(id),
    content: [],
    stop_reason: null,
    usage: { ...usage, output_tokens: 1 },
  };
  return [
    { type: 'message_start', message: started },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...deltas.map((part) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: part },
    })),
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: usage.output_tokens },
    },
    { type: 'message_stop' },
  ];
}
