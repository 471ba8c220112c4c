import { z } from 'zod';
import { durationOr } from '../../pipeline/config/duration.ts';

const body = (status: string, text: string): z.ZodDefault<z.ZodString> =>
  z
    .string()
    .default('')
    .meta({ description: `Body of the answer at \`path\` where ${status}; empty gives ${text}.` });

const likePipeline = {
  description: 'Accepted as in the Collector, like check_collector_pipeline.',
};

/** The Collector's keys of `health_check`. */
export const healthCheckConfig = z.strictObject({
  endpoint: z
    .string()
    .regex(/^.*:\d{1,5}$/, { message: 'must be host:port' })
    .default('127.0.0.1:13133')
    .meta({ description: 'Host and port to serve on; port 0 takes a free one.' }),
  path: z
    .string()
    .startsWith('/')
    .default('/')
    .meta({ description: "Path of the Collector's own check, beside /ready and /live." }),
  response_body: z
    .strictObject({ healthy: body('ready', 'JSON'), unhealthy: body('not ready', 'JSON') })
    .prefault({})
    .meta({ description: 'Bodies that the check at `path` answers with.' }),
  check_collector_pipeline: z
    .strictObject({
      enabled: z.boolean().default(false).meta(likePipeline),
      interval: durationOr('5m').meta(likePipeline),
      exporter_failure_threshold: z.int().min(0).default(5).meta(likePipeline),
    })
    .optional()
    .meta({
      description:
        'Accepted as in the Collector, which does not look at it either: /ready tells of a log that refuses.',
    }),
});

/** The parsed form of `healthCheckConfig`. */
export type HealthCheckConfig = z.output<typeof healthCheckConfig>;
