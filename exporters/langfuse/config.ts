import { z } from 'zod';
import { secret } from '../../pipeline/config/secret.ts';
import { clientTls } from '../../pipeline/config/tls.ts';
import { deliveryKeys } from '../../pipeline/deliver/config.ts';
import { httpUrl } from '../otlp_http/http-url.ts';
import { missingCredential } from './connection.ts';

/** What Langfuse takes as an environment; it replaces anything else by "default". */
const environment = z
  .string()
  .regex(/^(?!langfuse)[a-z0-9_-]{1,40}$/, 'use a-z, 0-9, - and _, 40 at most, not "langfuse…"');

/** Keys of the `langfuse` exporter. */
export const langfuseConfig = z
  .strictObject({
    endpoint: httpUrl.optional().meta({
      description:
        'Base URL of Langfuse; LANGFUSE_HOST where absent, else https://cloud.langfuse.com.',
    }),
    public_key: z.string().optional().meta({
      description: 'Public key of a project (pk-lf-…); LANGFUSE_PUBLIC_KEY where absent.',
    }),
    secret_key: secret(
      'Secret key of the project (sk-lf-…); LANGFUSE_SECRET_KEY where absent.',
    ).optional(),
    genai_only: z
      .boolean()
      .default(false)
      .meta({ description: 'Sends GenAI spans only, each below its nearest GenAI ancestor.' }),
    environment: environment.optional().meta({
      description: 'Environment of spans that name none themselves or in their resource.',
    }),
    release: z.string().optional().meta({ description: 'Release of spans that name none.' }),
    headers: z
      .record(z.string(), secret('Value of a header.'))
      .default({})
      .meta({ description: 'Headers sent besides, for example to a proxy before Langfuse.' }),
    compression: z
      .enum(['gzip', 'none'])
      .default('gzip')
      .meta({ description: 'Compression of request bodies; Langfuse knows gzip only.' }),
    tls: clientTls.prefault({}).meta({ description: 'TLS to an https:// endpoint.' }),
    ...deliveryKeys({ timeout: '30s' }),
  })
  .superRefine((config, context) => {
    const missing = missingCredential(config);
    if (missing === undefined) return;
    const { key, variable } = missing;
    const message = `Langfuse needs a ${key}: set it, or ${variable}`;
    context.addIssue({ code: 'custom', path: [key], message });
  });

/** The parsed form of `langfuseConfig`. */
export type LangfuseConfig = z.output<typeof langfuseConfig>;
