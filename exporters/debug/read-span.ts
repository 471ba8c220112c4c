import type { Attributes, Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import type { SpanRow, Tokens } from './span-row.ts';

/** Reads the span under a batch's cursor; `details` come from the caller. */
export type ReadSpan = (span: Item, details: readonly string[]) => SpanRow;

/** A reader of the attributes that the contract names (its section 4), with their keys interned. */
export function createSpanReader(keys: Keys): ReadSpan {
  const firstString = createStringReader(keys);
  const readTokens = createTokenReader(keys);
  const readRedactions = createRedactionReader(keys);
  const serviceName = keys.key('service.name');
  const cost = keys.key('gen_ai.usage.cost');
  return (span, details) => {
    const { attributes } = span;
    return {
      traceId: span.traceId.hex(),
      spanId: span.spanId.hex(),
      parentSpanId: span.parentSpanId.isEmpty ? '' : span.parentSpanId.hex(),
      name: span.name,
      service: span.resource.string(serviceName) ?? '',
      startTimeUnixNano: span.startTimeUnixNano,
      durationMs: span.durationMs,
      kind: firstString(attributes, ['genai.kind', 'gen_ai.operation.name']),
      provider: firstString(attributes, ['gen_ai.provider.name', 'gen_ai.system']),
      model: firstString(attributes, ['gen_ai.response.model', 'gen_ai.request.model']),
      tokens: readTokens(attributes),
      costUsd: attributes.number(cost),
      costStatus: firstString(attributes, ['genai.cost.status']),
      costReason: firstString(attributes, ['genai.cost.reason']),
      failed: span.statusCode === 2,
      statusMessage: span.statusMessage,
      redactions: readRedactions(attributes),
      details,
    };
  };
}

/** What redaction took out of one item, by entity; `masked` alone where only the total is written. */
export function createRedactionReader(
  keys: Keys,
): (attributes: Attributes) => Readonly<Record<string, number>> {
  const prefix = keys.key('redaction.');
  const masked = keys.key('redaction.masked.count');
  return (attributes) => {
    const total = attributes.number(masked);
    if (total === undefined) return {};
    const counts: Record<string, number> = {};
    for (const attribute of attributes.withPrefix(prefix)) {
      const entity = /^redaction\.(.+)\.count$/.exec(attribute.name)?.[1];
      if (entity !== undefined && entity !== 'masked') counts[entity] = attribute.number() ?? 0;
    }
    return Object.keys(counts).length === 0 ? { masked: total } : counts;
  };
}

function createStringReader(
  keys: Keys,
): (attributes: Attributes, names: readonly string[]) => string {
  return (attributes, names) => {
    for (const name of names) {
      const value = attributes.string(keys.key(name));
      if (value !== undefined && value !== '') return value;
    }
    return '';
  };
}

function createTokenReader(keys: Keys): (attributes: Attributes) => Tokens {
  const input = keys.key('gen_ai.usage.input_tokens');
  const output = keys.key('gen_ai.usage.output_tokens');
  const cacheRead = keys.key('gen_ai.usage.cache_read.input_tokens');
  const cacheWrite = keys.key('gen_ai.usage.cache_write.input_tokens');
  const reasoning = keys.key('gen_ai.usage.reasoning.output_tokens');
  return (attributes) => ({
    input: attributes.number(input),
    output: attributes.number(output),
    cacheRead: attributes.number(cacheRead),
    cacheWrite: attributes.number(cacheWrite),
    reasoning: attributes.number(reasoning),
  });
}
