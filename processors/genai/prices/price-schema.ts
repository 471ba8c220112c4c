import { z } from 'zod';
import { rateNames } from './rates.ts';
import { hasTokenRates, serviceTiers } from './price-rule.ts';

const maxUsd = 1_000_000;

const usd = z
  .number({ error: 'a price is a number of USD, written out: 0.25, not 2.5e-7 or "$0.25"' })
  .min(0)
  .max(maxUsd);

const writtenRate = z.union([
  usd,
  z.strictObject({
    base: usd.meta({ description: 'Price of calls with a small input.' }),
    above: z
      .record(z.string(), usd)
      .superRefine((above, context) => {
        for (const border of Object.keys(above)) {
          if (/^\d+$/.test(border)) continue;
          const message = `"${border}" is no number of input tokens (write 200000 for 200k)`;
          context.addIssue({ code: 'custom', path: [border], message });
        }
      })
      .meta({ description: 'Input tokens, and the price of calls with more of them.' }),
  }),
  z.strictObject({
    times: z.number().min(0).max(1000).meta({ description: 'A factor instead of a price.' }),
    of: z.enum(rateNames).meta({ description: 'The price that it multiplies.' }),
  }),
]);

/** A date (midnight UTC) or an ISO time, as milliseconds since the epoch. */
const instant = z.string().transform((text, context): number => {
  const isDate = /^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const ms = isDate ? Date.parse(text.length === dateLength ? `${text}T00:00:00Z` : text) : NaN;
  if (!Number.isNaN(ms)) return ms;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is no date (use 2026-10-01, or 2026-10-01T08:00:00Z)`,
  });
  return z.NEVER;
});

const dateLength = '2026-10-01'.length;

const regex = z.string().refine(compiles, 'this is no regular expression');

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

const descriptions: Readonly<Record<(typeof rateNames)[number], string>> = {
  input: 'Input tokens.',
  output: 'Output tokens.',
  cache_read: 'Input tokens read from a cache; without it they cost as much as others.',
  cache_write: 'Input tokens written to a cache for a time that is not known.',
  cache_write_5m: 'Input tokens written to a cache for five minutes.',
  cache_write_1h: 'Input tokens written to a cache for one hour.',
  reasoning: 'Reasoning tokens, where they cost something else than output.',
  input_audio: 'Audio tokens of the input.',
  output_audio: 'Audio tokens of the output.',
  input_image: 'Image tokens of the input.',
  output_image: 'Image tokens of the output.',
  web_search: 'One web search of the provider, in USD.',
  request: 'One request, in USD.',
  audio_minute: 'One minute of audio, in USD.',
};

/** The forms of a price are told once, at `prices`. */
function rate(description: string): z.ZodOptional<typeof writtenRate> {
  return writtenRate.optional().meta({ description, inline: true });
}

const rates = {
  input: rate(descriptions.input),
  output: rate(descriptions.output),
  cache_read: rate(descriptions.cache_read),
  cache_write: rate(descriptions.cache_write),
  cache_write_5m: rate(descriptions.cache_write_5m),
  cache_write_1h: rate(descriptions.cache_write_1h),
  reasoning: rate(descriptions.reasoning),
  input_audio: rate(descriptions.input_audio),
  output_audio: rate(descriptions.output_audio),
  input_image: rate(descriptions.input_image),
  output_image: rate(descriptions.output_image),
  web_search: rate(descriptions.web_search),
  request: rate(descriptions.request),
  audio_minute: rate(descriptions.audio_minute),
};

/** One entry of `prices`. */
export const priceRuleSchema = z
  .strictObject({
    match: z
      .strictObject({
        provider: z.string().min(1).optional().meta({
          description:
            "Provider, in semconv's words or the catalogue's; `*` is any run of characters.",
        }),
        model: z.string().min(1).optional().meta({
          description: 'Model as sent, or as the catalogue calls it; `*` is any run of characters.',
        }),
        model_regex: regex.optional().meta({ description: 'Model, as a regular expression.' }),
        service_tier: z.enum(serviceTiers).optional().meta({
          description: 'Service tier that served the call; without it the entry holds for all.',
        }),
      })
      .meta({ description: 'Calls that the entry is about; what is left out matches all.' }),
    effective_from: instant.optional().meta({
      description: 'Date or time (UTC) from which it holds, by the start of the call.',
    }),
    effective_until: instant.optional().meta({
      description: 'Date or time (UTC) from which it no longer holds.',
    }),
    unit: z.enum(['1M', '1K']).default('1M').meta({
      description: 'Tokens that the token prices are for: a million or a thousand.',
    }),
    multiplier: z.number().min(0).max(1000).optional().meta({
      description: 'Factor on the listed price: 0.85 is a discount of 15 %.',
    }),
    ...rates,
    source: z.string().optional().meta({
      description: 'Where the prices come from; shown by `weir prices show`.',
    }),
  })
  .superRefine((rule, context) => {
    const isWhole = rule.input !== undefined && rule.output !== undefined;
    if (isWhole && rule.multiplier !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['multiplier'],
        message:
          'multiplier is a factor on the listed price, of which nothing is left where input and output are given',
      });
    }
    const { match, effective_from: from, effective_until: until } = rule;
    if (from !== undefined && until !== undefined && until <= from) {
      context.addIssue({
        code: 'custom',
        path: ['effective_until'],
        message: 'it is not after effective_from, so that it would never hold',
      });
    }
    if (
      match.provider === undefined &&
      match.model === undefined &&
      match.model_regex === undefined
    ) {
      context.addIssue({
        code: 'custom',
        path: ['match'],
        message: 'name a provider or a model; `model: "*"` means all',
      });
    }
    if (rule.multiplier === undefined && !hasTokenRates(rule) && noFee(rule)) {
      context.addIssue({
        code: 'custom',
        path: ['match'],
        message: 'this entry sets nothing: give prices (input, output, …) or a multiplier',
      });
    }
  });

function noFee(rule: { web_search?: unknown; request?: unknown; audio_minute?: unknown }): boolean {
  const { web_search: search, request, audio_minute: minute } = rule;
  return search === undefined && request === undefined && minute === undefined;
}

/** `provider/model`. */
export const modelName = z
  .string()
  .regex(/^[^/\s]+\/\S+$/, 'write it as provider/model, for example openai/gpt-4o-mini');

/** One entry of `model_aliases`. */
export const modelAliasSchema = z
  .strictObject({
    provider: z.string().min(1).optional().meta({
      description: 'Provider of the calls; `*` is any run of characters.',
    }),
    server: z.string().min(1).optional().meta({
      description: '`server.address` of the calls; `*` is any run of characters.',
    }),
    model: z.string().min(1).optional().meta({
      description: 'Name that the calls have for the model; `*` is any run of characters.',
    }),
    model_regex: regex.optional().meta({ description: 'The same as a regular expression.' }),
    as: modelName.meta({ description: 'The model it stands for, as `provider/model`.' }),
  })
  .refine(({ model, model_regex: pattern }) => model !== undefined || pattern !== undefined, {
    path: ['model'],
    message: 'name the model: model or model_regex',
  });

/** The file `overlay.yaml`. */
export const overlaySchema = z.strictObject({
  released: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  provider_aliases: z.record(z.string(), z.string()),
  prices: z.array(priceRuleSchema.refine(({ source }) => source !== undefined, 'name the source')),
});
