import type { Attributes } from '../../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { readJson, some } from '../loose.ts';
import { type Message, toMessages } from '../messages/message.ts';
import { parsePythonLiteral } from '../python-literal.ts';
import { hasUsage } from '../usage.ts';
import { readUsageObject, toObject } from '../usage-object.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import type { FieldKeys } from './fields.ts';
import { createSemconvReader } from './otel.ts';

const fields: FieldKeys = {
  texts: {
    operation: ['llm.request.type'],
    userId: ['metadata.user_api_key_end_user_id', 'llm.user', 'metadata.user_api_key_user_id'],
    tenantId: ['metadata.user_api_key_team_id', 'metadata.user_api_key_org_id'],
  },
  cost: ['gen_ai.cost.total_cost'],
  stream: ['llm.is_streaming'],
};

const passThrough = /pass_?through/;

/** Semconv's own parts, with the type `tool_call`, are left as they are. */
const besideParts = /"tool_call(s|_id)"/;

/** LiteLLM's SDK and proxy. */
export const litellm: Dialect = {
  name: 'litellm',
  scopes: /^litellm@/,
  evidence: ['litellm.call_id', 'gen_ai.cost.total_cost', 'metadata.user_api_key_hash'],
  create: createLitellmReader,
};

function createLitellmReader(keys: Keys): DialectReader {
  const semconv = createSemconvReader(keys, { after: fields });
  const usageKey = keys.key('metadata.usage_object');
  const input = keys.key('gen_ai.input.messages');
  const output = keys.key('gen_ai.output.messages');
  return {
    originals: semconv.originals,
    read: (span, call) => {
      semconv.read(span, call);
      if (call.operation === 'completion' || call.operation === 'acompletion') {
        call.operation = 'chat';
      }
      // Whatever was passed through to a provider is a call of a model where tokens were counted.
      if (passThrough.test(call.operation ?? '') && hasUsage(call.usage)) call.kind = 'llm';
      readUsage(span.attributes, call);
    },
    readContent: (span, call, content) => {
      const { attributes } = span;
      content.input ??= withToolCalls(attributes, input, 'user');
      content.output ??= withToolCalls(attributes, output, 'assistant');
      semconv.readContent(span, call, content);
    },
  };

  function readUsage(attributes: Attributes, call: Call): void {
    const usage = toObject(parsePythonLiteral(attributes.string(usageKey)));
    if (usage !== undefined) readUsageObject(usage, call.usage);
  }
}

/** Messages whose calls of tools, or the ids of whose results, stand beside the parts; undefined where there are none. */
function withToolCalls(
  attributes: Attributes,
  key: Key,
  role: 'user' | 'assistant',
): Message[] | undefined {
  const text = attributes.string(key);
  if (text === undefined || !besideParts.test(text)) return undefined;
  return some(toMessages(readJson(attributes, key), role));
}
