/**
 * A small application of two providers, as its users write it: in plain JavaScript, with the real clients, which
 * read addresses and keys from the environment. It knows nothing of telemetry but the span around
 * its work, whose trace id it prints. The first argument is what a user tells it, the second who the user is.
 */
import process from 'node:process';
import Anthropic from '@anthropic-ai/sdk';
import { trace } from '@opentelemetry/api';
import OpenAI from 'openai';

const [, , prompt, user] = process.argv;
const openai = new OpenAI({ maxRetries: 0 });
const anthropic = new Anthropic({ maxRetries: 0 });

async function askOpenai() {
  const messages = [
    { role: 'system', content: `You help ${user}.` },
    { role: 'user', content: prompt },
  ];
  await openai.chat.completions.create({ model: 'gpt-4o-mini', messages });
  const stream_options = { include_usage: true };
  await readToEnd(
    await openai.chat.completions.create({
      model: 'gpt-4o-mini',
      messages,
      stream: true,
      stream_options,
    }),
  );
  try {
    await openai.chat.completions.create({ model: 'gpt-4o', messages });
  } catch (error) {
    if (!(error instanceof OpenAI.RateLimitError)) throw error;
  }
}

async function askAnthropic() {
  const request = {
    model: 'claude-sonnet-4-6',
    max_tokens: 100,
    system: `You help ${user}.`,
    messages: [{ role: 'user', content: prompt }],
  };
  await anthropic.messages.create(request);
  await readToEnd(await anthropic.messages.create({ ...request, stream: true }));
}

/** Only a stream that is read to its end has its usage on a span. */
async function readToEnd(stream) {
  const chunks = stream[Symbol.asyncIterator]();
  while (!(await chunks.next()).done);
}

await trace.getTracer('sdk-app').startActiveSpan('answer a customer', async (span) => {
  span.setAttribute('user.email', user);
  await askOpenai();
  await askAnthropic();
  span.end();
  process.stdout.write(`${span.spanContext().traceId}\n`);
});
