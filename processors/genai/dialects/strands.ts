import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import { createSemconvReader } from './otel.ts';

/** Strands Agents. It names itself as the provider; the model's name tells the real one. */
export const strands: Dialect = {
  name: 'strands',
  scopes: /^strands/,
  evidence: ['event_loop.cycle_id', 'gen_ai.event.start_time'],
  create: createStrandsReader,
};

function createStrandsReader(keys: Keys): DialectReader {
  const semconv = createSemconvReader(keys, {
    after: { tags: ['langfuse.tags'], firstChunkMs: ['gen_ai.server.time_to_first_token'] },
  });
  const oldCacheRead = keys.key('gen_ai.usage.cache_read_input_tokens');
  const cacheRead = keys.key('gen_ai.usage.cache_read.input_tokens');
  return {
    originals: semconv.originals,
    read: (span, call) => {
      semconv.read(span, call);
      // Until it learned semconv's spelling in 2026 it handed on the counts of Anthropic and Bedrock, which exclude the cache.
      const isOld = span.attributes.has(oldCacheRead) && !span.attributes.has(cacheRead);
      if (isOld && /claude|anthropic|amazon/i.test(call.requestModel ?? '')) {
        call.usageRule = { input: 'exclusive' };
      }
    },
    readContent: semconv.readContent,
  };
}
