import type { Attributes } from '../../../pipeline/batch/batch.ts';
import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { parseJson, readUsageObject, toObject } from '../usage-object.ts';
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
  return {
    originals: semconv.originals,
    read: (span, call) => {
      semconv.read(span, call);
      if (call.operation === 'completion' || call.operation === 'acompletion') {
        call.operation = 'chat';
      }
      readUsage(span.attributes, call);
    },
    readContent: semconv.readContent,
  };

  function readUsage(attributes: Attributes, call: Call): void {
    const text = attributes.string(usageKey);
    const usage = text === undefined ? undefined : toObject(parsePythonRepr(text));
    if (usage !== undefined) readUsageObject(usage, call.usage);
  }
}

/** Python's `repr` of dicts, numbers and plain strings as data; undefined where it is anything more. */
function parsePythonRepr(text: string): unknown {
  const json = text
    .replaceAll("'", '"')
    .replace(/\bNone\b/g, 'null')
    .replace(/\bTrue\b/g, 'true')
    .replace(/\bFalse\b/g, 'false');
  return parseJson(json);
}
