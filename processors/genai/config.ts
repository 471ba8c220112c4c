import { z } from 'zod';
import { priceOptions } from './prices/price-options.ts';
import type { PriceSources } from './prices/price-book.ts';

/** Settings of the processor `genai`. */
export const genaiSchema = z
  .strictObject({
    messages: z.boolean().default(true).meta({
      description:
        'Rebuild prompts and answers of any dialect as semconv JSON (`gen_ai.input.messages`, `gen_ai.output.messages`, `gen_ai.system_instructions`, `gen_ai.tool.definitions`).',
    }),
    keep_originals: z.boolean().default(false).meta({
      description:
        'Keep the attributes that messages were rebuilt from. Off, a prompt is held once instead of two or three times.',
    }),
    remove_originals: z.boolean().default(false).meta({
      description:
        "Remove the emitter's own attributes that canonical ones stand for (`llm.token_count.prompt` beside `gen_ai.usage.input_tokens`), and keep no old values under `genai.original.*`.",
    }),
    embeddings: z.enum(['drop', 'keep']).default('drop').meta({
      description: 'What becomes of embedding vectors on spans; dropped ones are counted.',
    }),
    ...priceOptions,
    tenant_keys: z
      .array(z.string().min(1))
      .default(['tenant.id', 'tenant_id', 'tenant', 'organization.id'])
      .meta({
        description:
          'Attributes that name the tenant who pays, the best first: on the span, else what the dialect itself has for a tenant, else on the resource.',
      }),
  })
  .refine(
    (settings) => settings.unknown_model === 'skip' || settings.fallback_model !== undefined,
    {
      path: ['fallback_model'],
      message:
        '`unknown_model: fallback` needs the model whose price is taken, for example openai/gpt-4o-mini',
    },
  );

/** The parsed settings. */
export type GenaiConfig = z.output<typeof genaiSchema>;

/** What the workers get from `prepare`. */
export interface GenaiPrepared {
  readonly prices: PriceSources;
}
