import { defineProcessor, type ProcessorFactory } from '../../pipeline/component/processor.ts';
import { genaiSchema, type GenaiPrepared } from './config.ts';
import { loadBundledPrices } from './prices/prepare-prices.ts';

/** Response ids are remembered for this many calls: at 24 bytes each 6 MiB, a quarter of an hour at 280 calls a second. */
const rememberedCalls = 262_144;

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
    weir_processor_genai_dropped_attributes_total: {
      type: 'counter',
      help: 'Attributes dropped: embedding vectors, and sources of rebuilt messages.',
      labels: ['reason'],
    },
    weir_processor_genai_failed_spans_total: {
      type: 'counter',
      help: 'GenAI spans that could not be read to the end and went on as they were; a defect worth a report.',
      labels: [],
    },
  },
  sharedTables: { billed_calls: { capacity: rememberedCalls } },
  prepare: async (): Promise<GenaiPrepared> => ({ prices: await loadBundledPrices() }),
});
