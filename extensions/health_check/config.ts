import { z } from 'zod';

const body = (status: string, text: string): z.ZodDefault<z.ZodString> =>
  z
    .string()
    .default('')
    .meta({ description: `Body of the answer at \`path\` where ${status}; empty gives ${text}.` });

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
});

/** The parsed form of `healthCheckConfig`. */
export type HealthCheckConfig = z.output<typeof healthCheckConfig>;
