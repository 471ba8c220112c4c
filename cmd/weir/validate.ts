import { Command } from 'commander';
import type { Config } from '../../pipeline/config/config.ts';
import type { Diagnostic } from '../../pipeline/config/diagnostic.ts';
import { addConfigOptions, loadConfigOptions, type ConfigOptions } from './config-options.ts';
import { CommandFailure, exitCodes } from './exit-code.ts';
import { diagnosticStyle, printJson, tell } from './terminal.ts';

/** `weir validate`: everything that is wrong with a configuration, at once; exit code 78 where anything is. */
export function createValidateCommand(): Command {
  return addConfigOptions(new Command('validate'))
    .summary('check a configuration and report every mistake')
    .description('Check a configuration and report every mistake with its place.')
    .argument('[files...]', 'the same as --config')
    .option('--json', 'print the findings as JSON on standard output')
    .addHelpText('after', '\nExample:\n  $ weir validate config.yaml')
    .action(validate);
}

async function validate(
  files: readonly string[],
  options: ConfigOptions & { readonly json?: boolean },
): Promise<void> {
  const { formatDiagnostics } = await import('../../pipeline/config/format-diagnostics.ts');
  const config = [...(options.config ?? []), ...files];
  const { result, sources } = await loadConfigOptions({ ...options, config });
  const built = result.ok ? await findBuildFailure(result.config, sources) : [];
  const diagnostics = [...(result.ok ? result.warnings : result.diagnostics), ...built];
  const valid = result.ok && built.length === 0;
  if (options.json === true) printJson({ valid, diagnostics });
  else process.stderr.write(formatDiagnostics(diagnostics, diagnosticStyle()));
  const count = (severity: string): number =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const name = sources.join(', ');
  if (!valid) {
    const message = `${name}: ${plural(count('error'), 'error')}`;
    throw new CommandFailure(options.json === true ? '' : message, exitCodes.invalidConfig);
  }
  if (options.json !== true) {
    const warnings = count('warning');
    tell(`${name}: valid${warnings === 0 ? '' : `, ${plural(warnings, 'warning')}`}`);
  }
}

/** What only shows when the components are built: a key file that is missing, a pattern that does not compile. */
async function findBuildFailure(
  config: Config,
  sources: readonly string[],
): Promise<readonly Diagnostic[]> {
  const { checkBuild } = await import('./check-build.ts');
  const message = await checkBuild(config);
  if (message === undefined) return [];
  const position = { file: sources.join(', '), line: 0, column: 0 };
  return [{ severity: 'error', code: 'build_failed', path: '', message, position }];
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
