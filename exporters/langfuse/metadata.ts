import type { Keys } from '../../pipeline/batch/key.ts';
import type { WriteSpan } from './observation.ts';

/** What a person who doubts a number wants to know, by where Langfuse shows it. */
const sources = {
  'langfuse.observation.metadata.cost_status': 'genai.cost.status',
  'langfuse.observation.metadata.cost_reason': 'genai.cost.reason',
  'langfuse.observation.metadata.cost_source': 'genai.cost.source',
  'langfuse.observation.metadata.cost_model': 'genai.cost.model',
  'langfuse.observation.metadata.duplicate_of': 'genai.cost.duplicate_of',
  'langfuse.observation.metadata.usage_convention': 'genai.usage.convention',
  'langfuse.observation.metadata.dialect': 'genai.dialect',
  'langfuse.trace.metadata.tenant': 'genai.tenant.id',
} as const;

const nanosPerSecond = 1_000_000_000;

/** Creates the writer of metadata, of the first chunk's time, and of the service tier that picks a price in Langfuse. */
export function createMetadataWriter(keys: Keys): WriteSpan {
  const entries = Object.entries(sources).map(([target, source]) => ({
    target: keys.key(target),
    source: keys.key(source),
  }));
  const firstChunk = keys.key('gen_ai.response.time_to_first_chunk');
  const completionStart = keys.key('langfuse.observation.completion_start_time');
  const tierFrom = keys.key('genai.service_tier');
  const tierTo = keys.key('gen_ai.request.service_tier');
  return ({ attributes, startTimeUnixNano }) => {
    for (const { source, target } of entries) {
      const text = attributes.string(source);
      if (text !== undefined) attributes.setString(target, text);
    }
    const nanos = Math.round((attributes.number(firstChunk) ?? NaN) * nanosPerSecond);
    if (Number.isFinite(nanos) && !attributes.has(completionStart)) {
      const time = toIsoTime(startTimeUnixNano + BigInt(nanos));
      if (time !== undefined) attributes.setString(completionStart, time);
    }
    const tier = attributes.string(tierFrom);
    if (tier !== undefined && !attributes.has(tierTo)) attributes.setString(tierTo, tier);
  };
}

/** Undefined for a time past what a date can hold, which a broken clock can send. */
function toIsoTime(unixNano: bigint): string | undefined {
  const date = new Date(Number(unixNano / 1_000_000n));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
