import { Command } from 'commander';
import {
  addConfigOptions,
  builtInText,
  loadConfigOptions,
  type ConfigOptions,
} from './config-options.ts';
import { printData, printJson } from './terminal.ts';

/** `weir print-config`: the configuration in force after merging and expanding, without its secrets. */
export function createPrintConfigCommand(): Command {
  return addConfigOptions(new Command('print-config'))
    .summary('print the configuration in force, secrets redacted')
    .description('Print the configuration after merging and expanding, secrets redacted.')
    .option('--json', 'print JSON instead of YAML')
    .option('--source', 'print the built-in configuration as it is written')
    .addHelpText(
      'after',
      '\nExample:\n  $ weir print-config -c config.yaml --set service.workers=2',
    )
    .action(printConfigInForce);
}

async function printConfigInForce(
  options: ConfigOptions & { readonly json?: boolean; readonly source?: boolean },
): Promise<void> {
  if (options.source === true) {
    printData(await builtInText(options));
    return;
  }
  const [{ printConfig, toPrintableConfig }, { requireConfig }] = await Promise.all([
    import('../../pipeline/config/print-config.ts'),
    import('./report-config.ts'),
  ]);
  const config = requireConfig(await loadConfigOptions(options));
  if (options.json === true) printJson(toPrintableConfig(config));
  else printData(printConfig(config));
}
