import { resolve } from 'node:path';

/** Where the data directory is: the command line before the environment before the file; absolute. */
export function resolveDataDir(
  configured: string,
  options: {
    readonly dataDir?: string | undefined;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly cwd: string;
  },
): string {
  const fromEnv = options.env['WEIR_DATA_DIR'];
  const chosen = options.dataDir ?? (fromEnv === '' ? undefined : fromEnv) ?? configured;
  return resolve(options.cwd, chosen);
}
