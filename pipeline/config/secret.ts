import { z } from 'zod';

/** A string that `print-config` and every log show as `[REDACTED]`. The flag travels in the schema's metadata. */
export function secret(description: string): z.ZodString {
  return z.string().meta({ description, secret: true });
}
