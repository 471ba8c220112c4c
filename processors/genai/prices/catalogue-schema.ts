import type { MatchLogic } from '@pydantic/genai-prices';
import { z } from 'zod';

const price = z.number().min(0).max(1_000_000);

const tieredPrice = z.union([
  price,
  z.object({
    base: price,
    tiers: z.array(z.object({ start: z.int().min(0), price })),
  }),
]);

const modelPrice = z.record(z.string(), tieredPrice);

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d{2}:\d{2})$/);

const constraint = z.union([
  z.object({ start_date: z.iso.date() }),
  z.object({ start_time: timeOfDay, end_time: timeOfDay }),
]);

const text = z.string().min(1);

const regex = text.refine((pattern) => {
  try {
    return new RegExp(pattern).test('') || true;
  } catch {
    return false;
  }
}, 'no regular expression');

const matchLogic: z.ZodType<MatchLogic> = z.lazy(() =>
  z.union([
    z.strictObject({ equals: text }),
    z.strictObject({ starts_with: text }),
    z.strictObject({ ends_with: text }),
    z.strictObject({ contains: text }),
    z.strictObject({ regex }),
    z.strictObject({ or: z.array(matchLogic).min(1) }),
    z.strictObject({ and: z.array(matchLogic).min(1) }),
  ]),
);

const model = z.object({
  id: text,
  match: matchLogic,
  prices: z.union([
    z.array(z.object({ constraint: constraint.optional(), prices: modelPrice })).min(1),
    modelPrice,
  ]),
});

/**
 * A catalogue in the format of genai-prices (`prices/new_data/v2/data.json`). What is not needed for prices is left out: half
 * of the text are descriptions.
 */
export const catalogueSchema = z.array(
  z.object({
    id: text,
    provider_match: matchLogic.optional(),
    model_match: matchLogic.optional(),
    fallback_model_providers: z.array(text).optional(),
    models: z.array(model),
  }),
);

/** A catalogue that has been checked. */
export type CheckedCatalogue = z.output<typeof catalogueSchema>;
