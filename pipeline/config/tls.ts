import { z } from 'zod';
import { durationOr } from './duration.ts';
import { secret } from './secret.ts';

const version = z.enum(['1.2', '1.3']);

/** The Collector's server TLS block; absent means plaintext. */
export const serverTls = z
  .strictObject({
    cert_file: z.string().optional().meta({ description: 'Certificate chain, PEM.' }),
    cert_pem: z.string().optional().meta({ description: 'Certificate chain, PEM, inline.' }),
    key_file: z.string().optional().meta({ description: 'Private key, PEM.' }),
    key_pem: secret('Private key, PEM, inline.').optional(),
    client_ca_file: z
      .string()
      .optional()
      .meta({ description: 'Clients must show a certificate signed by one of these (mTLS).' }),
    reload_interval: durationOr('10s').meta({
      description: 'How often the files are looked at for a change.',
    }),
    min_version: version.default('1.2').meta({ description: 'Oldest TLS version accepted.' }),
    max_version: version.optional().meta({ description: 'Newest TLS version accepted.' }),
  })
  .meta({ description: 'TLS of a listening port.' });

/** The Collector's client TLS block. */
export const clientTls = z
  .strictObject({
    insecure: z
      .boolean()
      .default(false)
      .meta({ description: 'Plaintext gRPC; has no meaning for http:// and https:// endpoints.' }),
    insecure_skip_verify: z
      .boolean()
      .default(false)
      .meta({ description: 'Accepts any server certificate.' }),
    ca_file: z.string().optional().meta({ description: 'Certificates to trust, PEM.' }),
    cert_file: z.string().optional().meta({ description: 'Client certificate, PEM.' }),
    key_file: z.string().optional().meta({ description: 'Client key, PEM.' }),
    server_name_override: z
      .string()
      .optional()
      .meta({ description: 'Name to expect in the server certificate.' }),
    min_version: version.default('1.2').meta({ description: 'Oldest TLS version accepted.' }),
  })
  .meta({ description: 'TLS to a sink.' });

export type ServerTls = z.output<typeof serverTls>;
export type ClientTls = z.output<typeof clientTls>;
