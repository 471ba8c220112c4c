import { resolve } from 'node:path';
import { Command } from 'commander';
import { addConfigOptions, loadConfigOptions, type ConfigOptions } from './config-options.ts';
import { CommandFailure, exitCodes } from './exit-code.ts';
import { keepHeapSmall } from './heap-growth.ts';

/** What the process gives to the daemon; only `main.ts` listens for signals. */
export interface RunHooks {
  /** Calls `listener` once, when the process is asked to stop. */
  readonly onShutdown: (listener: () => void) => void;
  /** Calls `listener` whenever the process is asked to reload its configuration. */
  readonly onReload: (listener: () => void) => void;
}

interface RunOptions extends ConfigOptions {
  /** False with `--no-watch`. */
  readonly watch?: boolean;
}

/** `weir` and `weir run`: the daemon, until it is asked to stop. */
export function createRunCommand(hooks: RunHooks): Command {
  return addConfigOptions(new Command('run'))
    .summary('run the daemon (the default)')
    .description('Run the daemon. Without --config it runs the built-in configuration.')
    .option('--no-watch', 'reload on SIGHUP and POST /-/reload only, not on a changed file')
    .allowExcessArguments(false)
    .addHelpText('after', '\nExample:\n  $ weir run -c config.yaml')
    .action((options: RunOptions) => run(options, hooks));
}

async function run(options: RunOptions, hooks: RunHooks): Promise<void> {
  const letHeapGrow = keepHeapSmall();
  const loaded = await loadConfigOptions(options);
  const [{ requireConfig }, { runDaemon }] = await Promise.all([
    import('./report-config.ts'),
    import('./run.ts'),
  ]);
  const config = requireConfig(loaded);
  const findings = loaded.result.ok ? loaded.result.warnings : [];
  const code = await runDaemon(config, {
    warnings: findings.filter(({ severity }) => severity === 'warning'),
    configSources: loaded.sources,
    builtIn: loaded.builtIn,
    watchedFiles: options.watch === false ? [] : loaded.files.map((file) => resolve(file)),
    load: async () => (await loadConfigOptions(options)).result,
    onReady: letHeapGrow,
    onShutdown: hooks.onShutdown,
    onReload: hooks.onReload,
  });
  if (code !== exitCodes.ok) throw new CommandFailure('', code);
}
