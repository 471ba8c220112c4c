import { z } from 'zod';
import { durationOr } from './duration.ts';
import { secret } from './secret.ts';
import { cipherSuites, curves, isCipherSuite } from './tls-names.ts';
import { unavailable } from './unavailable.ts';

const versions = ['1.2', '1.3'] as const;

const version = z.enum(versions, {
  error: (issue) => `"${String(issue.input)}" is not spoken here (use "1.2" or "1.3")`,
});

const cipherSuite = z.string().refine(isCipherSuite, {
  error: (issue) =>
    `"${String(issue.input)}" is not a cipher suite that is spoken here (use ${cipherSuites.join(', ')})`,
});

/** What a text in PEM has in it; a file name has not. */
export const pemMark = '-----BEGIN ';

const isPem = (text: string): boolean => text === '' || text.includes(pemMark);

/** Text in PEM. The message does not repeat what may be a key. */
function inline<T extends z.ZodString>(text: T, fileKey: string): z.ZodOptional<T> {
  return text
    .refine(isPem, { error: `holds no PEM (a file is named by ${fileKey})` })
    .meta(text.meta() ?? {})
    .optional();
}

/** Keys that the Collector has for clients and for servers. */
const sharedKeys = {
  cert_file: z.string().optional().meta({ description: 'Certificate chain, PEM.' }),
  cert_pem: inline(z.string().meta({ description: 'Certificate chain, inline.' }), 'cert_file'),
  key_file: z.string().optional().meta({ description: 'Private key, PEM.' }),
  key_pem: inline(secret('Private key, inline.'), 'key_file'),
  include_system_ca_certs_pool: z.boolean().default(false).meta({
    description: "Trust the system's certificates beside those that are given.",
  }),
  reload_interval: durationOr('10s').meta({
    description: 'How often the files are looked at for a change; never where 0.',
  }),
  min_version: version.default('1.2').meta({ description: 'Oldest TLS version.' }),
  max_version: version.optional().meta({ description: 'Newest TLS version.' }),
  cipher_suites: z.array(cipherSuite).default([]).meta({
    description: "Suites of TLS 1.2, by the Collector's names; those of 1.3 are always on.",
  }),
  include_insecure_cipher_suites: z
    .literal(false, { error: 'broken cipher suites are not spoken here; leave it away' })
    .default(false)
    .meta({ description: 'Accepted as in the Collector, where it is false.' }),
  curve_preferences: z
    .array(z.enum(curves))
    .default([])
    .meta({ description: 'Curves of the key exchange, the preferred one first.' }),
  tpm: unavailable('keys are read from files only; name one in key_file'),
};

/** The Collector's server TLS block; absent means plaintext. */
export const serverTls = z
  .strictObject({
    ...sharedKeys,
    ca_file: z.string().optional().meta({
      description: 'Accepted as in the Collector: clients are held against `client_ca_file`.',
    }),
    ca_pem: z.string().optional().meta({
      description: 'Accepted as in the Collector: clients are held against `client_ca_file`.',
    }),
    client_ca_file: z
      .string()
      .optional()
      .meta({ description: 'Clients must show a certificate signed by one of these (mTLS).' }),
    client_ca_file_reload: z.boolean().optional().meta({
      description: 'Accepted as in the Collector: it is looked at with the other files.',
    }),
  })
  .superRefine((tls, context) => {
    const report = reportTo(context);
    checkShared(tls, report);
    if (isGiven(tls.cert_file) || isGiven(tls.cert_pem)) return;
    // Where only the certificate is missing, that was said already, at the key.
    if (isGiven(tls.key_file) || isGiven(tls.key_pem)) return;
    report([], 'a server has to show a certificate: add cert_file and key_file');
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
    ca_pem: inline(z.string().meta({ description: 'Certificates to trust, inline.' }), 'ca_file'),
    ...sharedKeys,
    server_name_override: z
      .string()
      .optional()
      .meta({ description: 'Name to expect in the server certificate.' }),
  })
  .superRefine((tls, context) => {
    const report = reportTo(context);
    checkEither(tls, 'ca', report);
    checkShared(tls, report);
  })
  .meta({ description: 'TLS to a sink.' });

export type ServerTls = z.output<typeof serverTls>;
export type ClientTls = z.output<typeof clientTls>;

/** True where a file or a PEM is given: an empty text is none, as in the Collector. */
export function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

type Report = (path: readonly string[], message: string) => void;

function reportTo(context: z.RefinementCtx): Report {
  return (path, message) => {
    context.addIssue({ code: 'custom', path: [...path], message });
  };
}

type SharedTls = Pick<ServerTls & ClientTls, keyof typeof sharedKeys>;

function checkShared(tls: SharedTls, report: Report): void {
  checkEither(tls, 'cert', report);
  checkEither(tls, 'key', report);
  checkPair(tls, { given: 'cert', missing: 'key' }, report);
  checkPair(tls, { given: 'key', missing: 'cert' }, report);
  const { min_version: oldest, max_version: newest } = tls;
  if (newest !== undefined && versions.indexOf(newest) < versions.indexOf(oldest)) {
    report(['max_version'], `is older than min_version ${oldest}: raise it, or lower min_version`);
  }
}

type Part = 'ca' | 'cert' | 'key';
type PartKeys<P extends Part> = Readonly<
  Partial<Record<`${P}_file` | `${P}_pem`, string | undefined>>
>;

function checkEither<P extends Part>(tls: PartKeys<P>, part: P, report: Report): void {
  if (!isGiven(tls[`${part}_file`]) || !isGiven(tls[`${part}_pem`])) return;
  report([`${part}_pem`], `${part}_file is given too: leave one of them away`);
}

function checkPair(
  tls: SharedTls,
  { given, missing }: { readonly given: 'cert' | 'key'; readonly missing: 'cert' | 'key' },
  report: Report,
): void {
  const from = isGiven(tls[`${given}_file`]) ? 'file' : 'pem';
  if (!isGiven(tls[`${given}_${from}`])) return;
  if (isGiven(tls[`${missing}_file`]) || isGiven(tls[`${missing}_pem`])) return;
  report([`${given}_${from}`], `${missing}_file is missing: a certificate and its key go together`);
}
