import { z } from 'zod';
import { byteSizeOr } from '../../pipeline/config/byte-size.ts';
import { secret } from '../../pipeline/config/secret.ts';
import { unavailable } from '../../pipeline/config/unavailable.ts';
import { actions } from './actions.ts';
import { askedActions } from './asked-actions.ts';
import { parseEncryptionKey } from './encryption.ts';
import type { Entity } from './entity.ts';
import { entities, userFindings } from './entity.ts';
import { knownRegions, presetNames } from './presets.ts';
import { minLiteralBytes } from './required-literals.ts';
import { checkPattern } from './user-pattern.ts';

const pattern = z.string().superRefine((text, context) => {
  const checked = checkPattern(text);
  if (!checked.ok) context.addIssue({ code: 'custom', message: `the pattern ${checked.message}` });
});

/** Shorter keys can be found by trying: 32 bytes, as the Collector demands. */
const minKeyBytes = 32;

const action = z.enum(actions);
const entityAction = z
  .enum([...actions, 'off'])
  .optional()
  .meta({ description: 'What becomes of this entity; off does not look for it.' });
const entityActions = z.strictObject(
  // One key an entity, by construction.
  Object.fromEntries(entities.map((entity) => [entity, entityAction])) as Record<
    Entity,
    typeof entityAction
  >,
);

/** Names of entities, and what summaries count beside them. */
const reserved = new Set<string>([
  ...entities,
  ...userFindings,
  'redacted',
  'masked',
  'allowed',
  'ignored',
]);

const keyword = z
  .string()
  .refine((text) => Buffer.byteLength(text) >= minLiteralBytes, 'is shorter than three bytes');

const custom = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9_]{0,31}$/,
      'must be up to 32 small letters, digits and underscores, a letter first',
    )
    .refine((name) => !reserved.has(name), {
      error: ({ input }) => `${String(input)} is a name of Weir's own; choose another`,
    })
    .meta({ description: 'Name of what the pattern finds, as it stands in tags and metrics.' }),
  pattern: pattern.meta({ description: 'Pattern of the value, as in blocked_values.' }),
  keywords: z.array(keyword).default([]).meta({
    description:
      'The pattern is tried only in texts that hold one of these, whatever the case of their ASCII letters; of three bytes or more.',
  }),
  action: action.optional().meta({ description: 'What becomes of it, over action.' }),
});

const override = z.strictObject({
  keys: z
    .array(z.string())
    .default([])
    .meta({ description: 'Keys of attributes, * for anything; empty is everywhere.' }),
  resource: z.record(z.string(), z.string()).default({}).meta({
    description: 'Resource attributes and the values they must have, such as a tenant.',
  }),
  attributes: z.record(z.string(), z.string()).default({}).meta({
    description:
      'Attributes of the span or record and the values they must have, such as genai.tenant.id.',
  }),
  action: z
    .enum([...actions, 'off'])
    .optional()
    .meta({ description: 'Action there, off to let values be.' }),
  entities: entityActions
    .default({})
    .meta({ description: 'Action by entity there, over this action.', inline: true }),
});

const keyId = z
  .string()
  .regex(/^[A-Za-z]{0,4}\d{0,3}$/, 'must be up to four letters and three digits');

const object = z.strictObject({
  mode: z.enum(['enforce', 'audit']).default('enforce').meta({
    description: 'audit counts what would be found and changes no value.',
  }),
  preset: z.enum(presetNames).default('default').meta({
    description:
      'Which entities are looked for: default is everything but names; secrets are keys, tokens and passwords; pci are cards; gdpr_eu and cn are what is personal there, names by phrase and key included; none leaves it to entities.',
  }),
  regions: z.array(z.enum(knownRegions)).default([]).meta({
    description:
      'Countries whose identity numbers are looked for, and whose national phone numbers are taken without a word such as phone; empty is all numbers, and no phone number without a word.',
  }),
  entities: entityActions.default({}).meta({
    description: 'Action by entity, over preset and action; off does not look for it.',
    inline: true,
  }),
  action: action.default('redact').meta({
    description:
      'What becomes of a value: redact writes its kind in brackets, mask keeps the last four characters, hash writes a keyed hash, pseudonym one for each trace, encrypt what weir decrypt turns back, truncate keeps the beginning, drop takes the attribute away, block the whole item.',
  }),
  overrides: z.array(override).max(31).default([]).meta({
    description:
      'Other actions for single attributes, or for resources and items such as those of a tenant; the first that fits decides.',
  }),
  custom: z.array(custom).default([]).meta({
    description: 'The user’s own kinds of values, by pattern.',
  }),
  deny_list: z.string().optional().meta({
    description: 'File of terms to be found, one a line, whatever their case: names, projects.',
  }),
  allow_list: z.string().optional().meta({
    description:
      'File of values that stay, one a line, whatever their case; judged match by match.',
  }),
  content: z.enum(['keep', 'drop']).default('keep').meta({
    description:
      'drop takes prompts, completions, tool arguments and documents away and keeps models, tokens, costs and times.',
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
  ignored_key_patterns: z.array(pattern).default([]).meta({ description: 'The same by pattern.' }),
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
      'A found value that matches stays as it is; judged match by match, not by attribute. The value of a blocked key stays where a pattern matches all of it; what content: drop leaves out never does.',
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
  hmac_key_id: keyId
    .default('k1')
    .meta({ description: 'Name of the key, written into every hash so that keys can be changed.' }),
  encryption_key: secret(
    'Key of the encrypt action: 32, 48 or 64 bytes in hex or base64, as `openssl rand -hex 64` makes them.',
  ).optional(),
  encryption_key_file: z.string().optional().meta({
    description: 'File that holds the key of the encrypt action, in place of encryption_key.',
  }),
  encryption_key_id: keyId.default('k1').meta({
    description: 'Name of the key, written into every encrypted value so that keys can be changed.',
  }),
  summary: z.enum(['debug', 'info', 'silent', '']).default('debug').meta({
    description:
      'Attributes that say what was done, redaction.{redacted,masked,allowed,ignored}.{count,keys} and redaction.<entity>.count: debug writes counts and keys, info only counts, silent none.',
  }),
  url_sanitizer: unavailable(
    'paths of URLs are not shortened, only what is personal or secret in them is found; write what else must go in `custom`',
  ),
  db_sanitizer: unavailable(
    'queries are not parsed, only what is personal or secret in them is found; write what else must go in `custom`, or take the attribute away with `overrides: [{ keys: [db.query.text], action: drop }]`',
  ),
  max_text_size: byteSizeOr('16MiB').meta({
    description: 'A longer text is not scanned but replaced as a whole.',
  }),
});

const notAKey = 'is not 32, 48 or 64 bytes in hex or base64';

/** Actions that need a key, its name in the configuration, and what they do. */
const keyed = [
  ['hash', 'hmac_key', 'hashing'],
  ['encrypt', 'encryption_key', 'encrypting'],
] as const;

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
  if (config.hmac_key !== undefined && Buffer.byteLength(config.hmac_key) < minKeyBytes) {
    reject('hmac_key', `the key is shorter than ${minKeyBytes} bytes`);
  }
  if (config.encryption_key !== undefined && !parseEncryptionKey(config.encryption_key)) {
    reject('encryption_key', `the key ${notAKey}`);
  }
  const asked = askedActions(config);
  for (const [action, key, word] of keyed) {
    const file = `${key}_file` as const;
    if (config[key] !== undefined && config[file] !== undefined) {
      reject(file, `set either ${key} or ${file}`);
    }
    if (asked.has(action) && config[key] === undefined && config[file] === undefined) {
      const variable = action === 'hash' ? 'REDACTION_KEY' : 'ENCRYPTION_KEY';
      reject(key, `${word} needs a key: set ${key}: \${env:${variable}} or ${file}`);
    }
  }
});

/** Parsed configuration of `redaction`. */
export type RedactionConfig = z.output<typeof redactionConfig>;

/** Checks a key of the hash action that was read from a file. @throws Error that says what is wrong, without the key. */
export function checkHashKey(key: string, file: string): string {
  const trimmed = key.trim();
  if (Buffer.byteLength(trimmed) >= minKeyBytes) return trimmed;
  throw new Error(`the key in ${file} is shorter than ${minKeyBytes} bytes`);
}

/** Checks a key of the encrypt action that was read from a file. @throws Error as above. */
export function checkEncryptionKey(key: string, file: string): string {
  if (parseEncryptionKey(key) !== undefined) return key.trim();
  throw new Error(`the key in ${file} ${notAKey}`);
}
