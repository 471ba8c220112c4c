import { z } from 'zod';
import { parseDuration } from './parse-duration.ts';

const durationText = z
  .union([z.string(), z.literal(0)])
  .transform((input, context): number => {
    const ms = parseDuration(String(input));
    if (ms !== undefined) return ms;
    context.addIssue({
      code: 'custom',
      message: `"${String(input)}" is not a duration (use 200ms, 5s, 1m30s)`,
    });
    return z.NEVER;
  })
  .meta({ format: 'duration' });

/** A duration in YAML, parsed to milliseconds, without a default. */
export function duration(): typeof durationText {
  return durationText.clone();
}

/** A duration in YAML, parsed to milliseconds; the default is written as in YAML: `durationOr('200ms')`. */
export function durationOr(defaultText: string): z.ZodPrefault<typeof durationText> {
  return durationText.prefault(defaultText);
}
