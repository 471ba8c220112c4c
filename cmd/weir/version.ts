import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { printData, printJson } from './terminal.ts';

/** Weir's version, from package.json. */
export function readVersion(): string {
  const file = findPackageFile(import.meta.dirname);
  const data: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const hasVersion = typeof data === 'object' && data !== null && 'version' in data;
  return hasVersion ? String(data.version) : 'unknown';
}

/** Compiled files stand at different depths; the project's root is the first folder upwards with a package.json. */
function findPackageFile(from: string): string {
  const file = join(from, 'package.json');
  return existsSync(file) || dirname(from) === from ? file : findPackageFile(dirname(from));
}

/** `weir version`: what runs here. */
export function createVersionCommand(): Command {
  return new Command('version')
    .summary('print the version')
    .description('Print the version of Weir, and with --json of what it runs on.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ weir version --json')
    .action((options: { readonly json?: boolean }) => {
      const version = readVersion();
      const { platform, arch } = process;
      if (options.json === true) printJson({ version, node: process.version, platform, arch });
      else printData(version);
    });
}
