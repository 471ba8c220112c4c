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
  const asked = [options.dataDir, options.env['WEIR_DATA_DIR']];
  // An unset variable of a shell arrives as an empty text.
  const chosen = asked.find((path) => path !== undefined && path !== '');
  return resolve(options.cwd, chosen ?? configured);
}
