import type { Keys } from '../../../pipeline/batch/key.ts';
import { readToolData } from '../loose.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import { extendSemconv } from './extended.ts';

const input = 'gen_ai.usage.prompt_tokens_details';
const output = 'gen_ai.usage.completion_tokens_details';

/** OpenLIT, Python and TypeScript. */
export const openlit: Dialect = {
  name: 'openlit',
  scopes: /^@?openlit[./]/,
  evidence: ['openlit.agent.version_hash', 'gen_ai.sdk.version'],
  create: createOpenlitReader,
};

const createSemconv = extendSemconv(
  {
    counts: {
      cacheRead: [
        `${input}.cached_tokens`,
        `${input}.cache_read`,
        'gen_ai.usage.cache.read_input_tokens',
      ],
      cacheWrite: [
        `${input}.cache_write`,
        `${input}.cache_creation_tokens`,
        'gen_ai.usage.cache.creation_input_tokens',
      ],
      reasoning: [`${output}.reasoning_tokens`, `${output}.reasoning`],
      outputAudio: [`${output}.audio_tokens`, `${output}.audio`],
    },
    firstChunkSeconds: ['gen_ai.server.time_to_first_token'],
  },
  (call) => {
    // It counts a stream by a tokenizer of its own where the provider sent no usage, and then tells nothing of the cache.
    const { cacheRead, cacheWrite, reasoning } = call.usage;
    call.isEstimated = call.stream === true && (cacheRead ?? cacheWrite ?? reasoning) === undefined;
    // Its own estimate: it prices cached tokens in full, and is 0 where its price list did not load.
    call.providedCost = undefined;
  },
);

function createOpenlitReader(keys: Keys): DialectReader {
  const semconv = createSemconv(keys);
  const toolArguments = keys.key('gen_ai.tool.args');
  return {
    ...semconv,
    readContent: (span, call, content) => {
      content.toolArguments ??= readToolData(span.attributes, toolArguments);
      content.sources.push(toolArguments);
      semconv.readContent(span, call, content);
    },
  };
}
