import type { NodePath } from './node.ts';
import { schemasAt, type JsonSchema } from './schema-walk.ts';
import { suggest } from './suggest.ts';

/** What stands in the place of a secret. */
export const redacted = '[REDACTED]';

const sensitiveName =
  /pass(?:word|wd|phrase)|secret|token|api_?key|(?:private|access|hash|hmac|signing)_?key|key_pem|authorization|credential|dsn|cookie|bearer|salt/i;
const harmlessName = /(?:_file|_path|_url|tokens|_name)$/i;

const names = [
  'password',
  'passphrase',
  'secret',
  'token',
  'auth_token',
  'authorization',
  'api_key',
  'access_key',
  'private_key',
  'key_pem',
  'hash_key',
  'headers',
  'credentials',
];

/** True for a key whose name says that its value is a secret, or nearly says so, for a mistyped one is a secret too. */
export function isSensitiveName(key: string): boolean {
  if (key === 'headers') return true;
  if (harmlessName.test(key)) return false;
  return sensitiveName.test(key) || suggest(key, names) !== undefined;
}

/** True where the value at `path` must not be shown: flagged in the schema, under `headers`, or by its name. */
export function isSensitivePath(schema: JsonSchema, path: NodePath): boolean {
  return path.some((step, index) => {
    const schemas = schemasAt(schema, path.slice(0, index + 1));
    if (schemas.some((part) => part['secret'] === true)) return true;
    if (step === 'headers') return true;
    return schemas.length === 0 && isSensitiveName(String(step));
  });
}

/** Hides the user part of URLs and passwords in their queries. */
export function redactUrls(text: string): string {
  return text
    .replace(/(:\/\/)[^/\s@"'?]+@/g, `$1${redacted}@`)
    .replace(
      /([?&](?:password|passwd|token|access_token|api_key|key|secret|sig|signature)=)[^&\s"']+/gi,
      `$1${redacted}`,
    );
}
