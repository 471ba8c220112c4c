import { Command } from 'commander';
import { printJson } from './terminal.ts';

/** `weir schema`: the JSON Schema of the configuration, for editors. */
export function createSchemaCommand(): Command {
  return new Command('schema')
    .summary('print the JSON Schema of the configuration, for editors')
    .description('Print the JSON Schema (2020-12) of the configuration, for editors.')
    .addHelpText('after', '\nExample:\n  $ weir schema > config.schema.json')
    .action(async () => {
      const [{ toJsonSchema }, { registry }] = await Promise.all([
        import('../../pipeline/config/json-schema.ts'),
        import('./components.ts'),
      ]);
      printJson(toJsonSchema(registry));
    });
}
