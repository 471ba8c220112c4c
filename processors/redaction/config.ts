import { z } from 'zod';
import { byteSizeOr } from '../../pipeline/config/byte-size.ts';
import { secret } from '../../pipeline/config/secret.ts';
import { entities } from './entity.ts';
import { checkPattern } from './user-pattern.ts';

const pattern = z.string().superRefine((text, context) => {
  const checked = checkPattern(text);
  if (!checked.ok) context.addIssue({ code: 'custom', message: `the pattern ${checked.message}` });
});

const actions = ['redact', 'mask', 'hash'] as const;

/** Shorter keys can be found by trying: 32 bytes, as the Collector demands. */
const minKeyBytes = 32;

const object = z.strictObject({
  mode: z.enum(['enforce', 'audit']).default('enforce').meta({
    description: 'audit counts what would be found and changes no value.',
  }),
  preset: z.enum(['default', 'secrets', 'pci', 'all', 'none']).default('default').meta({
    description:
      'Which entities are looked for: default and all are everything below entities; secrets are keys, tokens and passwords; pci are cards; none leaves it to entities.',
  }),
  entities: z
    .partialRecord(z.enum(entities), z.enum([...actions, 'off']))
    .default({})
    .meta({ description: 'Action by entity, over preset and action; off does not look for it.' }),
  action: z.enum(actions).default('redact').meta({
    description:
      'What becomes of a value: redact writes its kind in brackets, mask keeps the last four digits, hash writes a keyed hash.',
  }),
  allow_all_keys: z.boolean().optional().meta({
    description:
      'Keep attributes that allowed_keys does not list; true unless allowed_keys is set.',
  }),
  allowed_keys: z
    .array(z.string())
    .default([])
    .meta({ description: 'Attributes to keep; all others are removed. Empty keeps all.' }),
  ignored_keys: z
    .array(z.string())
    .default([])
    .meta({ description: 'Attributes that are kept and never looked into.' }),
  blocked_key_patterns: z
    .array(pattern)
    .default([])
    .meta({ description: 'Attributes whose key matches have their whole value replaced.' }),
  blocked_values: z
    .array(pattern)
    .default([])
    .meta({ description: 'Patterns of values to replace, besides the entities.' }),
  allowed_values: z.array(pattern).default([]).meta({
    description:
      'A found value that matches stays as it is; judged match by match, not by attribute.',
  }),
  redact_all_types: z.boolean().default(true).meta({
    description: 'Accepted for the Collector’s sake: numbers and bytes are always looked into.',
  }),
  hash_function: z
    .enum(['', 'hmac-sha256', 'hmac-sha512', 'md5', 'sha1', 'sha3'])
    .default('')
    .meta({
      description:
        'Makes hash the default action and names its function; only keyed ones are taken.',
    }),
  hmac_key: secret(`Key of the hash action, at least ${minKeyBytes} bytes.`).optional(),
  hmac_key_file: z
    .string()
    .optional()
    .meta({ description: 'File that holds the key of the hash action, in place of hmac_key.' }),
  hmac_key_id: z
    .string()
    .regex(/^[A-Za-z]{0,4}\d{0,3}$/, 'must be up to four letters and three digits')
    .default('k1')
    .meta({ description: 'Name of the key, written into every hash so that keys can be changed.' }),
  summary: z.enum(['debug', 'info', 'silent', '']).default('debug').meta({
    description:
      'Attributes that say what was done: debug writes counts and keys, info only counts, silent none.',
  }),
  max_text_size: byteSizeOr('16MiB').meta({
    description: 'A longer text is not scanned but replaced as a whole.',
  }),
});

/** Keys of `redaction`: the Collector's where they exist there, and what goes beyond a list of patterns. */
export const redactionConfig = object.superRefine((config, context) => {
  const reject = (key: string, message: string): void => {
    context.addIssue({ code: 'custom', path: [key], message });
  };
  if (['md5', 'sha1', 'sha3'].includes(config.hash_function)) {
    reject(
      'hash_function',
      `${config.hash_function} without a key hides nothing: whoever tries all phone numbers finds the one behind a hash. Use hmac-sha256 with hmac_key`,
    );
  }
  if (config.hmac_key !== undefined && config.hmac_key_file !== undefined) {
    reject('hmac_key_file', 'set either hmac_key or hmac_key_file');
  }
  if (config.hmac_key !== undefined && Buffer.byteLength(config.hmac_key) < minKeyBytes) {
    reject('hmac_key', `the key is shorter than ${minKeyBytes} bytes`);
  }
  const hashes =
    config.action === 'hash' ||
    config.hash_function.startsWith('hmac') ||
    Object.values(config.entities).includes('hash');
  if (hashes && config.hmac_key === undefined && config.hmac_key_file === undefined) {
    reject('hmac_key', 'hashing needs a key: set hmac_key: ${env:REDACTION_KEY} or hmac_key_file');
  }
});

/** Parsed configuration of `redaction`. */
export type RedactionConfig = z.output<typeof redactionConfig>;

/** Checks a key that was read from a file. @throws Error that says what is wrong, without the key. */
export function checkKey(key: string, file: string): string {
  const trimmed = key.trim();
  if (Buffer.byteLength(trimmed) >= minKeyBytes) return trimmed;
  throw new Error(`the key in ${file} is shorter than ${minKeyBytes} bytes`);
}
