import { z } from 'zod';
import { minProbability } from './threshold.ts';

/** The Collector's keys of `probabilistic_sampler`, with its defaults. */
export const probabilisticSamplerConfig = z.strictObject({
  mode: z.enum(['hash_seed', 'proportional', 'equalizing']).default('hash_seed').meta({
    description:
      'hash_seed decides by an FNV-1a hash with 14 bits. proportional keeps this share of what arrives; equalizing brings every item down to this share, counting what was sampled before. Both use the 56 random bits of W3C trace ids.',
  }),
  sampling_percentage: z
    .number()
    .min(0)
    .refine((percentage) => percentage <= 0 || Math.fround(percentage) / 100 >= minProbability, {
      message: 'is smaller than 56 bits can express; use 0 to keep nothing',
    })
    .meta({ description: 'Share of items to keep, in percent; 100 and above keeps all.' }),
  hash_seed: z
    .int()
    .min(0)
    .max(0xffff_ffff)
    .default(0)
    .meta({ description: 'Seed of the hash; the same on all instances of a tier.' }),
  fail_closed: z.boolean().default(true).meta({
    description:
      'Drop an item whose randomness is missing or whose sampling state is broken; false keeps it.',
  }),
  sampling_precision: z
    .int()
    .min(1)
    .max(14)
    .default(4)
    .meta({ description: 'Hex digits of the threshold that is written.' }),
  attribute_source: z.enum(['traceID', 'record']).default('traceID').meta({
    description: 'Logs: decide by the trace id, or by the attribute in from_attribute.',
  }),
  from_attribute: z.string().default('').meta({
    description:
      'Logs, hash_seed mode: attribute to hash where the record has no trace id or attribute_source is record.',
  }),
  sampling_priority: z.string().default('').meta({
    description: 'Logs: attribute that holds a percentage of its own for the record.',
  }),
});

/** Parsed configuration of `probabilistic_sampler`. */
export type ProbabilisticSamplerConfig = z.output<typeof probabilisticSamplerConfig>;
