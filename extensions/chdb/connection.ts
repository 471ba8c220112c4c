import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { makeDirectory } from '../../pipeline/config/make-directory.ts';

/** How to reach an embedded ClickHouse over HTTP. Offered to other components as `chdb.connection`. */
export interface ChdbConnection {
  /** `http://127.0.0.1:8123`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Who may query the store. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** The name under which the extension offers its `ChdbConnection`. */
export const connectionOffer = 'chdb.connection';

const database = 'default';

/** Directory of the engine's files inside a data directory. */
export function storeDirectory(dataDir: string): string {
  return join(dataDir, 'clickhouse');
}

/** File (mode 0600) that holds the store's user, its random password, and where it was last served. */
function credentialsFile(dataDir: string): string {
  return join(storeDirectory(dataDir), 'credentials.json');
}

/**
 * The connection that a daemon on this data directory last served; undefined where none ever did. It may have stopped
 * since: a refused connection tells.
 */
export function readChdbConnection(dataDir: string): ChdbConnection | undefined {
  const { user, password, url } = readCredentials(dataDir);
  if (user === undefined || password === undefined || url === undefined) return undefined;
  return { url, user, password, database };
}

/** The store's credentials, made on first use and kept, so that dashboards survive a restart. */
export function createCredentials(dataDir: string): Credentials {
  const { user, password } = readCredentials(dataDir);
  if (user !== undefined && password !== undefined) return { user, password };
  const created = { user: 'weir', password: randomBytes(24).toString('base64url') };
  writeCredentials(dataDir, created);
  return created;
}

/** Notes where the store is served now, for `weir query` and for people. */
export function recordConnection(
  dataDir: string,
  url: string,
  credentials: Credentials,
): ChdbConnection {
  writeCredentials(dataDir, { ...credentials, url });
  return { url, ...credentials, database };
}

/** Whether a value that an extension offered is a `ChdbConnection`. */
export function isChdbConnection(value: unknown): value is ChdbConnection {
  if (typeof value !== 'object' || value === null) return false;
  return ['url', 'user', 'password', 'database'].every(
    (key) => typeof (value as Record<string, unknown>)[key] === 'string',
  );
}

interface CredentialsFile {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly url?: string | undefined;
}

function readCredentials(dataDir: string): CredentialsFile {
  try {
    const parsed: unknown = JSON.parse(readFileSync(credentialsFile(dataDir), 'utf8'));
    const field = (name: string): string | undefined => {
      const value = (parsed as Record<string, unknown> | null)?.[name];
      return typeof value === 'string' ? value : undefined;
    };
    return { user: field('user'), password: field('password'), url: field('url') };
  } catch {
    // Absent or damaged: new credentials are made, and the rows stay readable because the engine itself has no password.
    return {};
  }
}

function writeCredentials(dataDir: string, content: CredentialsFile): void {
  makeDirectory(storeDirectory(dataDir));
  const file = credentialsFile(dataDir);
  const fresh = `${file}.${String(process.pid)}`;
  writeFileSync(fresh, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, file);
}
