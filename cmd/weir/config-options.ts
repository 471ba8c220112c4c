import type { Command } from 'commander';
import type { LoadResult } from '../../pipeline/config/load.ts';
import type { ConfigSource } from '../../pipeline/config/source.ts';

/** The options that say which configuration is meant. */
export interface ConfigOptions {
  readonly config?: readonly string[];
  readonly set?: readonly string[];
  readonly dataDir?: string;
}

/** A configuration as it was asked for, and where it came from. */
export interface LoadedConfig {
  readonly result: LoadResult;
  /** Names of the sources, for messages. */
  readonly sources: readonly string[];
  /** Paths of those that are files. */
  readonly files: readonly string[];
  /** No file was given, and the built-in configuration is in force. */
  readonly builtIn: boolean;
}

function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

/** Adds `--config`, `--set` and `--data-dir` to a command. */
export function addConfigOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'file, or env:NAME; repeat to merge several', collect)
    .option('-s, --set <key=value>', 'override one key, as in a.b.c=value', collect)
    .option('--data-dir <dir>', 'where data is kept (WEIR_DATA_DIR, ./weir-data)');
}

/** Loads what the options name, or the built-in configuration where they name no file. */
export async function loadConfigOptions(options: ConfigOptions): Promise<LoadedConfig> {
  const [{ loadConfig }, { toSource }, { registry }] = await Promise.all([
    import('../../pipeline/config/load.ts'),
    import('../../pipeline/config/source.ts'),
    import('./components.ts'),
  ]);
  const locations = options.config ?? [];
  const builtIn = locations.length === 0;
  const sources = builtIn
    ? [{ kind: 'text' as const, name: 'built-in', text: await builtInText(options) }]
    : locations.map((location) => toSource(location, process.env));
  const result = await loadConfig({
    sources,
    sets: options.set ?? [],
    env: process.env,
    registry,
    cwd: process.cwd(),
    dataDir: options.dataDir,
  });
  const files = sources.flatMap((source) => (source.kind === 'file' ? [source.path] : []));
  return { result, sources: sources.map(nameOf), files, builtIn };
}

function nameOf(source: ConfigSource): string {
  return source.kind === 'file' ? source.path : source.name;
}

/** The built-in configuration as YAML: with the embedded store where this install has it. */
export async function builtInText(options: { readonly dataDir?: string }): Promise<string> {
  const [{ isChdbAvailable }, { defaultConfigText }, { resolveDataDir }] = await Promise.all([
    import('../../extensions/chdb/availability.ts'),
    import('./default-config.ts'),
    import('../../pipeline/config/data-dir.ts'),
  ]);
  const { dataDir } = options;
  return defaultConfigText({
    embeddedStore: isChdbAvailable().available,
    dataDir: resolveDataDir('./weir-data', { dataDir, env: process.env, cwd: process.cwd() }),
  });
}
