import { Command } from 'commander';
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
  const diagnostics = result.ok ? result.warnings : result.diagnostics;
  if (options.json === true) printJson({ valid: result.ok, diagnostics });
  else process.stderr.write(formatDiagnostics(diagnostics, diagnosticStyle()));
  const count = (severity: string): number =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const name = sources.join(', ');
  if (!result.ok) {
    const message = `${name}: ${plural(count('error'), 'error')}`;
    throw new CommandFailure(options.json === true ? '' : message, exitCodes.invalidConfig);
  }
  if (options.json !== true) {
    const warnings = count('warning');
    tell(`${name}: valid${warnings === 0 ? '' : `, ${plural(warnings, 'warning')}`}`);
  }
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
