import { defineProcessor, type ProcessorFactory } from '../../pipeline/component/processor.ts';
import { genaiSchema, type GenaiPrepared } from './config.ts';
import { advisePrices } from './prices/advise-prices.ts';
import { readPrices } from './prices/prepare-prices.ts';
import { createPriceWatch } from './prices/watch-prices.ts';

/**
 * Places for what names a call: its response id, and the span above it where there is one. At 24 bytes each 6 MiB, and eight
 * minutes at 280 calls a second that have both.
 */
const rememberedCalls = 262_144;

const refreshes = 'weir_processor_genai_catalog_refreshes_total';

/** Understands GenAI spans of any dialect, writes canonical attributes beside theirs, and prices every call once. */
export const genaiProcessor: ProcessorFactory = defineProcessor({
  type: 'genai',
  stability: 'beta',
  signals: ['traces'],
  schema: genaiSchema,
  metrics: {
    weir_processor_genai_spans_total: {
      type: 'counter',
      help: 'GenAI spans understood, by dialect.',
      labels: ['dialect'],
    },
    weir_processor_genai_cost_spans_total: {
      type: 'counter',
      help: 'Model calls by what became of their cost; reason says why a call has none.',
      labels: ['status', 'reason'],
    },
    weir_processor_genai_claims_total: {
      type: 'counter',
      help: 'Calls looked up among those billed before: own, billed here; other, billed on a span of an earlier batch; none, the call tells no id that would be found again.',
      labels: ['result'],
    },
    weir_processor_genai_dropped_attributes_total: {
      type: 'counter',
      help: 'Attributes dropped: embedding vectors, sources of rebuilt messages, and originals where they are removed.',
      labels: ['reason'],
    },
    [refreshes]: {
      type: 'counter',
      help: 'Looks at where the price catalogue comes from; reason says why one was not taken.',
      labels: ['result', 'reason'],
    },
    weir_processor_genai_catalog_age_seconds: {
      type: 'gauge',
      help: 'Time since the price catalogue was last known to be that of its source; for the bundled one, since it was published.',
      labels: [],
    },
    weir_processor_genai_failed_spans_total: {
      type: 'counter',
      help: 'GenAI spans that could not be read to the end and went on as they were; a defect worth a report.',
      labels: [],
    },
  },
  advise: advisePrices,
  sharedTables: { billed_calls: { capacity: rememberedCalls } },
  prepare: async ({ catalog }, context): Promise<GenaiPrepared> => ({
    prices: await readPrices(catalog, context, ({ fault, message }) => {
      context.meter.count(refreshes, { result: 'failed', reason: fault });
      context.logger.error('the price catalogue cannot be used; the last good one stays in force', {
        source: catalog.source,
        error: message,
      });
    }),
  }),
  watch: ({ catalog }, prepared, context) =>
    // What `prepare` above resolved with.
    createPriceWatch(catalog, (prepared as GenaiPrepared).prices, context),
});
