import { z } from 'zod';
import { deliveryKeys } from '../../pipeline/deliver/config.ts';

/** Keys of the `debug` exporter, the Collector's. */
export const debugConfig = z.strictObject({
  verbosity: z.enum(['basic', 'normal', 'detailed']).default('basic').meta({
    description:
      'basic: one line a span, log record or metric; normal: and the messages, clipped; detailed: and every attribute, event and link.',
  }),
  sampling_initial: z.int().min(0).default(2).meta({
    description: 'Batches printed in each second before sampling starts.',
  }),
  sampling_thereafter: z.int().min(0).default(1).meta({
    description: 'After those, one batch in this many is printed; 1 prints all, 0 none.',
  }),
  use_internal_logger: z.boolean().default(true).meta({
    description:
      "Accepted as in the Collector and without effect: user content never goes to Weir's own log.",
  }),
  output_paths: z
    .array(
      z.enum(['stdout', 'stderr'], {
        error: (issue) =>
          `"${String(issue.input)}" is not an output (use stdout or stderr; the file exporter writes files)`,
      }),
    )
    .min(1)
    .default(['stdout'])
    .meta({ description: 'Where the text goes: stdout, stderr, or both.' }),
  ...deliveryKeys({ timeout: '5s' }),
});

/** The parsed form of `debugConfig`. */
export type DebugConfig = z.output<typeof debugConfig>;
