import { z } from 'zod';

/** A key of the Collector's that is not available here: whoever sets it is told why, and what to do instead. */
export function unavailable(why: string): z.ZodOptional<z.ZodUnknown> {
  return z
    .unknown()
    .optional()
    .refine((value) => value === undefined, { error: why })
    .meta({ description: `Not available: ${why}.` });
}
