import { z } from 'zod';
import { byteSizeOr } from '../../../pipeline/config/byte-size.ts';
import { durationOr } from '../../../pipeline/config/duration.ts';
import { modelAliasSchema, modelName, priceRuleSchema } from './price-schema.ts';

const catalogSchema = z.strictObject({
  source: z
    .string()
    .regex(/^(bundled|https?:\/\/\S+|file:\S+|\S*[/.]\S*)$/, 'use bundled, a file, or a URL')
    .default('bundled')
    .meta({
      description:
        'Where the list prices come from: `bundled` (genai-prices as installed; nothing is fetched), a file, or a URL, in the format of genai-prices (`prices/new_data/v2/data.json`).',
    }),
  refresh_interval: durationOr('1h').meta({
    description:
      'How often a URL is asked again, with its ETag; 0 is never. A file is looked at every 10 s.',
  }),
  timeout: durationOr('10s').meta({ description: 'How long a URL may take to answer.' }),
  max_size: byteSizeOr('16MiB').meta({ description: 'A larger catalogue is refused.' }),
  min_models: z.int().min(1).default(1000).meta({
    description: 'A catalogue with fewer models that have a price is refused.',
  }),
  max_shrink: z.number().min(0).max(1).default(0.2).meta({
    description:
      'A catalogue that lacks more than this share of the models before it, or their prices, is refused.',
  }),
  max_price_change: z.number().min(1).default(10).meta({
    description:
      'A catalogue in which any price is so many times what it was, or that fraction of it, is refused.',
  }),
});

/** Settings of the catalogue, parsed. */
export type CatalogSettings = z.output<typeof catalogSchema>;

/** Keys of the processor's configuration about prices; each has its default. */
export const priceOptions = {
  provided_cost: z.enum(['keep', 'recompute', 'add_beside']).default('keep').meta({
    description:
      'What becomes of a cost that the emitter reports: `keep` it, `recompute` it by our prices, or keep it and `add_beside` ours as `genai.cost.computed`. A reported 0 counts as none.',
  }),
  unknown_model: z.enum(['skip', 'fallback']).default('skip').meta({
    description:
      'What becomes of models without a price: no cost (`skip`), or the price of `fallback_model`, marked `estimated`.',
  }),
  fallback_model: modelName.optional().meta({
    description:
      'Whose price models without one get, as `provider/model`; for `unknown_model: fallback`.',
  }),
  provider_aliases: z.record(z.string(), z.string().min(1)).default({}).meta({
    description:
      'Names that spans have for providers, and the providers they are: `my-gateway: openai`.',
  }),
  model_aliases: z.array(modelAliasSchema).default([]).meta({
    description:
      'Names that spans have for models (Azure deployments, inference profiles), and the models they are; the first that fits counts.',
  }),
  prices: z.array(priceRuleSchema).default([]).meta({
    description:
      'Prices in USD that go before the listed ones; the first that fits counts. With `input` and `output` an entry is a price list of its own (a free model has 0 and 0), otherwise it changes the listed one. A price is a number, `{ base: 3, above: { 200000: 6 } }` where it depends on the size of the input, or `{ times: 2, of: input }`.',
  }),
  catalog: catalogSchema.prefault({}).meta({ description: 'The list prices.' }),
};
