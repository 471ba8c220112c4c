import { defineProcessor } from '../../pipeline/component/processor.ts';
import { probabilisticSamplerConfig } from './config.ts';

/** Keeps a share of spans or log records, decided for each alone and alike for a whole trace, in the Collector's arithmetic. */
export const probabilisticSamplerProcessor = defineProcessor({
  type: 'probabilistic_sampler',
  stability: 'beta',
  signals: ['traces', 'logs'],
  schema: probabilisticSamplerConfig,
  samples: true,
  metrics: {
    weir_sampler_decisions_total: {
      type: 'counter',
      help: 'Items that the sampler decided on, by what decided.',
      labels: ['policy', 'sampled'],
    },
    weir_sampler_errors_total: {
      type: 'counter',
      help: 'Items whose sampling state was missing or broken; fail_closed says what became of them.',
      labels: ['reason'],
    },
  },
});
